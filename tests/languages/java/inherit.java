#--- path: inherit.java ---#
class A extends B {
    A() { this(1); }
#         ^^^^ call A.A -> class[A]
    A(int i) { super(i); }
#              ^^^^^ call A.A -> ?B
    void m() { super.m(); One.super.m(); }
#                    ^ call A.m -> super[A].m
#                                   ^ call A.m -> super[A].m
    static class Free { void n() { m(); } }
#                                  ^ call A.Free.n -> self[A].m
}
