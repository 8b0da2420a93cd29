#--- path: calls.ts ---#
import def, { named as other, type Shape } from "./shapes";
import * as ns from "./space";
import legacy = require("./legacy");
function outer(p: Shape, { part, deep: [first] }: Options, ...rest: Shape[]) {
  def(); other(); ns.member(); legacy.old();
# ^^^ call outer -> :def
#        ^^^^^ call outer -> :other
#                    ^^^^^^ call outer -> :ns.member
#                                     ^^^ call outer -> :legacy.old
  p.area(); part.go(); first.go(); rest[0].area();
#   ^^^^ call outer -> outer(p).area
#                ^^ call outer -> outer:part.go
#                            ^^ call outer -> outer:first.go
#                                          ^^^^ call outer -> outer(rest)[].area
  const value = p as unknown as Circle;
  value.round(); (p as Circle).round(); (<Circle>p).round(); p!.area?.(); (p satisfies Shape).area();
#       ^^^^^ call outer -> outer:value.round
#                              ^^^^^ call outer -> new :Circle.round
#                                                   ^^^^^ call outer -> new :Circle.round
#                                                               ^^^^ call outer -> outer(p).area
#                                                                                             ^^^^ call outer -> outer(p).area
  const made = new Circle<string>(1);
#                  ^^^^^^ call outer -> :Circle
  made.round(); new ns.Square().side(); new (pick())();
#      ^^^^^ call outer -> outer:made.round
#                      ^^^^^^ call outer -> :ns.Square
#                               ^^^^ call outer -> new :ns.Square.side
#                                           ^ call outer -> ?pick()
#                                            ^^^^ call outer -> ?pick
  if (p) { const p = new Circle(1); p.round(); function inner() { p.round(); } inner(); }
#                        ^^^^^^ call outer -> :Circle
#                                     ^^^^^ call outer -> outer:p#1.round
#                                                                   ^^^^^ call outer.inner -> outer:p#1.round
#                                                                              ^^^^^ call outer -> outer:inner#1
  for (const each of rest) each.area();
#                               ^^^^ call outer -> outer:each#2.area
  for (let i = 0; i < 3; i++) { let made = i; made.toFixed(); }
#                                                  ^^^^^^^ call outer -> outer:made#4.toFixed
  try { p.area(); } catch (made) { made.message(); }
#         ^^^^ call outer -> outer(p).area
#                                       ^^^^^^^ call outer -> outer:made#6.message
  rest.map((each) => each.area()).filter(other);
#      ^^^ call outer -> outer(rest).map
#                         ^^^^ call outer -> outer:each#7.area
#                                 ^^^^^^ call outer -> outer(rest).map().filter
  rest.forEach(function (each: Circle) { each.round(); this.odd(); });
#      ^^^^^^^ call outer -> outer(rest).forEach
#                                             ^^^^^ call outer -> outer:each#8.round
#                                                           ^^^ call outer -> outer(this).odd
  const { left, right: renamed } = p.pair();
#                                    ^^^^ call outer -> outer(p).pair
  left(); renamed.go();
# ^^^^ call outer -> outer:left
#                 ^^ call outer -> outer:renamed.go
  const arrow = async (x: Circle) => (await x.load()).go();
#                                             ^^^^ call outer.arrow -> outer.arrow(x).load
#                                                     ^^ call outer.arrow -> await outer.arrow(x).load().go
  arrow(made)(1);
# ^^^^^ call outer -> outer:arrow()
# ^^^^^ call outer -> outer:arrow
  hoisted();
# ^^^^^^^ call outer -> outer:hoisted
  var late = 1;
  function hoisted() { late.toFixed(); Math.max(1); unknown(); String(1); globalThis.parseInt("1"); }
#                           ^^^^^^^ call outer.hoisted -> outer:late.toFixed
#                                           ^^^ call outer.hoisted -> !Math.max
#                                                   ^^^^^^^ call outer.hoisted -> ?unknown
#                                                              ^^^^^^ call outer.hoisted -> !String
#                                                                                    ^^^^^^^^ call outer.hoisted -> !parseInt
  return `text ${p.area()} ${tag`x${other()}`}`;
#                  ^^^^ call outer -> outer(p).area
#                            ^^^ call outer -> ?tag
#                                   ^^^^^ call outer -> :other
}
class Circle extends ns.Base<string> {
  start = this.round();
#              ^^^^^ call Circle -> self[Circle].round
  handler = () => this.round();
#                      ^^^^^ call Circle.handler -> self[Circle].round
  constructor(readonly owner: Circle) { super(owner); this.owner.round(); }
#                                       ^^^^^ call Circle.constructor -> super[Circle]
#                                                                ^^^^^ call Circle.constructor -> self[Circle].owner.round
  round() { super.round(); const self = this; self.load(); function plain(this: Circle) { this.round(); } }
#                 ^^^^^ call Circle.round -> super[Circle].round
#                                                  ^^^^ call Circle.round -> Circle.round:self.load
#                                                                                              ^^^^^ call Circle.round.plain -> Circle.round.plain(this).round
  static of() { this.of(); return new this(null!); }
#                    ^^ call Circle.of -> class[Circle].of
#                                     ^^^^ call Circle.of -> class[Circle]
  static { this.of(); }
#               ^^ call Circle -> class[Circle].of
  #hidden() { this.#hidden(); this["round"](); }
#                  ^ call Circle.#hidden -> self[Circle].#hidden
#                             ^^^^ call Circle.#hidden -> self[Circle].round
  generic<T extends Circle>(t: T) { t.round(); return this; }
#                                     ^^^^^ call Circle.generic -> Circle.generic(t).round
}
