#--- path: inherit.cpp ---#
struct Base { virtual void go() {} };
#      ^^^^ def struct Base
#                          ^^ def method Base.go
struct Left : Base { void go() override { Base::go(); } };
#      ^^^^ def struct Left
#                         ^^ def method Left.go
#                                               ^^ call Left.go -> :Base.go
struct Both : virtual public Left, ns::Right<int> { void run() { go(); Left::go(); } };
#      ^^^^ def struct Both
#                                                        ^^^ def method Both.run
#                                                                ^^ call Both.run -> Both?go
#                                                                            ^^ call Both.run -> :Left.go
