#--- path: src/inherit.rs ---#
trait Base { fn base(&self); }
#     ^^^^ def trait Base
#               ^^^^ def method Base.base [abstract]
trait Sub: Base { fn sub(&self) { self.base(); } }
#     ^^^ def trait Sub
#                    ^^^ def method Sub.sub
#                                      ^^^^ call Sub.sub -> self[Sub].base
struct S;
#      ^ def struct S
impl Base for S { fn base(&self) {} }
#             ^ def impl S
#                    ^^^^ def method S.base
impl Sub for S {}
#            ^ def impl S
impl S { fn own(&self) { self.sub(); self.base(); } }
#    ^ def impl S
#           ^^^ def method S.own
#                             ^^^ call S.own -> self[S].sub
#                                         ^^^^ call S.own -> self[S].base
