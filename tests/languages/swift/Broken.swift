#--- path: Broken.swift ---#
class Good { func one() { first() } }
#     ^^^^ def class Good
#                 ^^^ def method Good.one
func bad( { second(; }
#^ problem syntax error: missing ')'
#    ^^^ def function bad
class Last { func end() { third() } }
#     ^^^^ def class Last
#                 ^^^ def method Last.end
