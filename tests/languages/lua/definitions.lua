#--- path: definitions.lua ---#
local M = {}
#     ^ def class M
local Other = {}
#     ^^^^^ def class Other
-- Adds.
function M.add(a, ...) end
#        ^ def impl M
#          ^^^ def method M.add
function M:method(b) end
#        ^ def impl M
#          ^^^^^^ def method M.method
local function hidden() local function inner() end end
#              ^^^^^^ def function hidden
#                                      ^^^^^ def function hidden.inner
M.value = function(c) end
#< def impl M
# ^^^^^ def method M.value
local plain = function() end
#     ^^^^^ def function plain
M.sub = { field = function() end, size = 1 }
#         ^^^^^ def function field
function Other.new() end
#        ^^^^^ def impl Other
#              ^^^ def method Other.new
function global() end
#        ^^^^^^ def function global
return M
