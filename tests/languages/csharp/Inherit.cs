#--- path: Inherit.cs ---#
class A { protected virtual void Go() { } }
#     ^ def class A
#                                ^^ def method A.Go
class B : A { protected override void Go() { base.Go(); Go(); } }
#     ^ def class B
#                                     ^^ def method B.Go
#                                                 ^^ call B.Go -> super[B].Go
#                                                       ^^ call B.Go -> self[B].Go
interface I { void Run(); }
#         ^ def interface I
#                  ^^^ def method I.Run
class C : B, I { public void Run() { Go(); this.Go(); } }
#     ^ def class C
#                            ^^^ def method C.Run
#                                    ^^ call C.Run -> C?Go
#                                               ^^ call C.Run -> self[C].Go
