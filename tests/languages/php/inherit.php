#--- path: inherit.php ---#
<?php
class A { function go() {} }
#     ^ def class A
#                  ^^ def method A.go
class B extends A { function go() { parent::go(); $this->go(); } }
#     ^ def class B
#                            ^^ def method B.go
#                                           ^^ call B.go -> super[B].go
#                                                        ^^ call B.go -> self[B].go
trait T { function t() {} }
#     ^ def trait T
#                  ^ def method T.t
class C extends B { use T; function run() { $this->t(); $this->go(); } }
#     ^ def class C
#                                   ^^^ def method C.run
#                                                  ^ call C.run -> self[C].t
#                                                              ^^ call C.run -> self[C].go
