#--- path: inherit.lua ---#
local Base = {}
#     ^^^^ def class Base
function Base:go() end
#        ^^^^ def impl Base
#             ^^ def method Base.go
local Derived = setmetatable({}, { __index = Base })
#     ^^^^^^^ def class Derived
#               ^^^^^^^^^^^^ call module -> !setmetatable
function Derived:run() self:go() end
#        ^^^^^^^ def impl Derived
#                ^^^ def method Derived.run
#                           ^^ call Derived.run -> self[Derived].go
return Derived
