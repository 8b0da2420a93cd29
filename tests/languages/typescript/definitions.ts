#--- path: definitions.ts ---#
import { Base } from "./base";
/** A shape. */
@sealed
export abstract class Shape<T extends Base> extends Base implements Drawable {
#                     ^^^^^ def class Shape [abstract]
  static count: number = 0;
#        ^^^^^ def field Shape.count [static]
  #secret = 1;
# ^ def field Shape.#secret
  onDraw = () => this.draw();
# ^^^^^^ def method Shape.onDraw
  constructor(private readonly name: string, sides?: number) { super(); }
# ^^^^^^^^^^^ def method Shape.constructor
  get label(): string { return this.name; }
#     ^^^^^ def property Shape.label
  set label(value: string) {}
#     ^^^^^ def property Shape.label
  async *walk<U>(each: U): AsyncGenerator<U> {}
#        ^^^^ def method Shape.walk [async, generator]
  area(): number;
# ^^^^ def method Shape.area [overload]
  area(scale?: number): number { return 1; }
# ^^^^ def method Shape.area
  abstract draw(): void;
#          ^^^^ def method Shape.draw [abstract]
  static make(): Shape<Base> { return null!; }
#        ^^^^ def method Shape.make [static]
  "quoted name"() {}
# ^ def method Shape.quoted name
}
interface Drawable extends A.B<string>, C {
#         ^^^^^^^^ def interface Drawable
  draw(): void;
# ^^^^ def method Drawable.draw [abstract]
  label: string;
# ^^^^^ def field Drawable.label
  deep?(): { inner(): void };
# ^^^^ def method Drawable.deep [abstract]
#            ^^^^^ def method Drawable.deep.inner [abstract]
}
type Pair = { left(): void } & Drawable;
#    ^^^^ def type Pair
#             ^^^^ def method Pair.left [abstract]
type Alias = Shape<Base> | null;
#    ^^^^^ def type Alias
enum Colour { Red, Green = 2 }
#    ^^^^^^ def enum Colour
namespace Tools {
#         ^^^^^ def namespace Tools
  export const LIMIT = 3;
#              ^^^^^ def constant Tools.LIMIT
  export function helper() { const local = 1; function inner() {} }
#                 ^^^^^^ def function Tools.helper
#                                                      ^^^^^ def function Tools.helper.inner
  const arrow = async (x: number) => x;
#       ^^^^^ def function Tools.arrow [async]
}
declare module "other" { export function outside(): void }
#              ^ def namespace other
#                                        ^^^^^^^ def function other.outside [overload]
export default class { run() {} }
#              ^^^^^ def class default
#                      ^^^ def method default.run
const counter = { value: 1, up() {}, down: function () {}, sideways: () => 1, nested: { deep() {} } };
#     ^^^^^^^ def variable counter
#                           ^^ def method counter.up [unbound]
#                                    ^^^^ def method counter.down [unbound]
#                                                          ^^^^^^^^ def method counter.sideways [unbound]
#                                                                                       ^^^^ def method counter.deep [unbound]
var Expression = class Named extends Base { go() {} };
#   ^^^^^^^^^^ def class Expression
#                                           ^^ def method Expression.go
function over(a: string): void;
#        ^^^^ def function over [overload]
function over(a: any) { return function returned() {}; }
#        ^^^^ def function over
#                                       ^^^^^^^^ def function over.returned [unbound]
#--- path: broken.ts ---#
class Good {
#^ problem syntax error near 'class Good { one() { first(); } bad( { …'
#     ^^^^ def class Good
  one() { first(); }
# ^^^ def method Good.one
#         ^^^^^ call Good.one -> ?first
  bad( { second(; }
#^ problem syntax error near '; } after() { third(); } } function nex…'
  after() { third(); }
# ^^^^^ def method Good.after
#           ^^^^^ call Good.after -> ?third
}
function next() { fourth(); }
#        ^^^^ def function next
#                 ^^^^^^ call next -> ?fourth
const x = (;
#^ problem syntax error near '; export'
#     ^ def variable x
export function last() { fifth(); }
#               ^^^^ def function last
#                        ^^^^^ call last -> ?fifth
