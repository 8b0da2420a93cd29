#--- path: calls.lua ---#
local x = require("a.b")
#         ^^^^^^^ call module -> !require
local M = {}
local function helper(a) end
function M.run(self_made, other)
  helper(1)
# ^^^^^^ call M.run -> :helper
  x.go(1)
#   ^^ call M.run -> :x.go
  x:method(2)
#   ^^^^^^ call M.run -> :x.method
  M.other()
#   ^^^^^ call M.run -> :M.other
  other.go()
#       ^^ call M.run -> M.run(other).go
  string.format("x"):upper()
#        ^^^^^^ call M.run -> !string.format
#                    ^^^^^ call M.run -> !string.format().upper
  local made = x.new()
#                ^^^ call M.run -> :x.new
  made:go()
#      ^^ call M.run -> M.run:made.go
  for i, v in ipairs(list) do v:go() end
#             ^^^^^^ call M.run -> !ipairs
#                               ^^ call M.run -> M.run:v#1.go
  for i = 1, 3 do helper(i) end
#                 ^^^^^^ call M.run -> :helper
  local f = function(c) c.d() end
#                         ^ call M.run.f -> M.run.f(c#1).d
  f()
# ^ call M.run -> M.run:f
  M.field = made
  free()
# ^^^^ call M.run -> ?free
end
function M:other() self:run() self.size.go() M.run() end
#                       ^^^ call M.other -> self[M].run
#                                       ^^ call M.other -> self[M].size.go
#                                              ^^^ call M.other -> :M.run
return M
