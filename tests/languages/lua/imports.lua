#--- path: imports.lua ---#
local x = require("a.b")
#^ import module a.b as x
local y = require "c"
#^ import module c as y
require("d")
#^ import module d:*
