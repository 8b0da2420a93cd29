#--- path: inherit.ts ---#
class A<T> { kept: B<T>; static shared = new A(); first() {} }
#^ assign A:kept: B<T> = _
#^ assign A:shared = new :A
#^ assign :T#1 = !type parameter()
#                                            ^ call A -> :A
class B<T> extends A<T> implements I, J<T> {
#^ assign :T#2 = !type parameter()
  second() { this.first(); super.first(); B.shared.first(); }
#                 ^^^^^ call B.second -> self[B].first
#                                ^^^^^ call B.second -> super[B].first
#                                                  ^^^^^ call B.second -> :B.shared.first
}
interface I extends J<string> { third(): this; field: A<I>; }
#^ assign I:field: A<I> = _
type Both = I & J<number>;
type Either = A<string> | B<string>;
#^ assign :Either = (:A[] | :B[])
function use<U extends I>(u: U, either: Either) { u.third().third(); either.first(); }
#^ assign use:U = !type parameter()
#                                                   ^^^^^ call use -> use(u).third
#                                                           ^^^^^ call use -> use(u).third().third
#                                                                           ^^^^^ call use -> use(either).first
const Mixed = class extends mix(A) { fourth() { super.first(); } };
#                           ^^^ call module -> ?mix
#                                                     ^^^^^ call Mixed.fourth -> super[Mixed].first
