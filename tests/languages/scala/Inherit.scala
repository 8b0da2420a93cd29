#--- path: Inherit.scala ---#
class A { def go() = 1 }
#     ^ def class A
#             ^^ def method A.go
class B extends A { override def go() = super.go(); def run() = go() }
#     ^ def class B
#                                ^^ def method B.go
#                                             ^^ call B.go -> super[B].go
#                                                       ^^^ def method B.run
#                                                               ^^ call B.run -> self[B].go
trait M { def m() = 1 }
#     ^ def trait M
#             ^ def method M.m
class C extends B with M { def all() = { go(); m(); this.m() } }
#     ^ def class C
#                              ^^^ def method C.all
#                                        ^^ call C.all -> C?go
#                                              ^ call C.all -> C?m
#                                                        ^ call C.all -> self[C].m
