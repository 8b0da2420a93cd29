#--- path: classes.js ---#
class A extends mix(B) {
#     ^ def class A
#               ^^^ call module -> ?mix
  static #made = 1;
#        ^ def field A.#made [static]
  handler = () => this.z();
# ^^^^^^^ def method A.handler
#                      ^ call A.handler -> self[A].z
  static { setup(); }
#          ^^^^^ call A -> ?setup
  constructor() { super(); }
# ^^^^^^^^^^^ def method A.constructor
#                 ^^^^^ call A.constructor -> super[A]
  get g() { return this.#p(); }
#     ^ def property A.g
#                       ^ call A.g -> self[A].#p
  async *walk() { yield* this.walk(); }
#        ^^^^ def method A.walk [async, generator]
#                             ^^^^ call A.walk -> self[A].walk
  static s() { this.t(); A.s(); }
#        ^ def method A.s [static]
#                   ^ call A.s -> class[A].t
#                          ^ call A.s -> :A.s
  #p() {}
# ^ def method A.#p
}
const counter = () => ({ up() { return this.down(); }, down: () => counter().up() });
#     ^^^^^^^ def function counter
#                        ^^ def method counter.up [unbound]
#                                           ^^^^ call counter.up -> counter:{}@265.down
#                                                      ^^^^ def method counter.down [unbound]
#                                                                  ^^^^^^^ call counter.down -> :counter
#                                                                            ^^ call counter.down -> :counter().up
counter().up();
#< call module -> :counter
#         ^^ call module -> :counter().up
function outer() { inner(); function inner() { outer(); } const run = () => { run(); }; return run; }
#        ^^^^^ def function outer
#                  ^^^^^ call outer -> outer:inner
#                                    ^^^^^ def function outer.inner
#                                              ^^^^^ call outer.inner -> :outer
#                                                               ^^^ def function outer.run
#                                                                             ^^^ call outer.run -> outer:run
export default (x) => x.go();
#              ^ def function default
#                       ^^ call default -> default(x).go
label: for (const k in o) { k.trim(); }
#                             ^^^^ call module -> :k#2.trim
var hoisted = 1; { var hoisted2 = hoisted.toFixed(); } hoisted2.x();
#   ^^^^^^^ def variable hoisted
#                      ^^^^^^^^ def variable hoisted2
#                                         ^^^^^^^ call module -> :hoisted.toFixed
#                                                               ^ call module -> :hoisted2.x
