#--- path: Inherit.swift ---#
class A { func go() {} }
#     ^ def class A
#              ^^ def method A.go
class B: A { override func go() { super.go(); go() } }
#     ^ def class B
#                          ^^ def method B.go
#                                       ^^ call B.go -> super[B].go
#                                             ^^ call B.go -> self[B].go
protocol P { func run() }
#        ^ def interface P
#                 ^^^ def method P.run
struct C: P { func run() { self.run() } }
#      ^ def struct C
#                  ^^^ def method C.run
#                               ^^^ call C.run -> self[C].run
