#--- path: Calls.scala ---#
package com.foo
import com.bar.Baz
class Calls(val field: Foo) extends Base {
  def helper() = 1
  def own(p: Foo, other: Foo): Foo = {
    helper()
#   ^^^^^^ call Calls.own -> self[Calls].helper
    other.go()
#         ^^ call Calls.own -> Calls.own(other).go
    own(p, p)
#   ^^^ call Calls.own -> self[Calls].own
    this.own(p, p).andThen().more()
#        ^^^ call Calls.own -> self[Calls].own
#                  ^^^^^^^ call Calls.own -> self[Calls].own().andThen
#                            ^^^^ call Calls.own -> self[Calls].own().andThen().more
    super.own(p, p)
#         ^^^ call Calls.own -> super[Calls].own
    inherited()
#   ^^^^^^^^^ call Calls.own -> Calls?inherited
    field.go()
#         ^^ call Calls.own -> self[Calls].field.go
    Baz.make().go()
#       ^^^^ call Calls.own -> :Baz.make
#              ^^ call Calls.own -> :Baz.make().go
    com.bar.Other.make()
#                 ^^^^ call Calls.own -> Calls?com.bar.Other.make
    new Foo(1).go()
#       ^^^ call Calls.own -> type Calls?Foo
#              ^^ call Calls.own -> type Calls?Foo().go
    Foo(1).go()
#   ^^^ call Calls.own -> Calls?Foo
#          ^^ call Calls.own -> Calls?Foo().go
    f[Int](1)
#   ^ call Calls.own -> Calls?f
    other.typed[Int](1)
#         ^^^^^ call Calls.own -> Calls.own(other).typed
    list.map(x => x.go(helper()))
#        ^^^ call Calls.own -> Calls?list.map
#                   ^^ call Calls.own -> Calls.own(x#1).go
#                      ^^^^^^ call Calls.own -> self[Calls].helper
    list.map { case q: Foo => q.go() }
#        ^^^ call Calls.own -> Calls?list.map
#                               ^^ call Calls.own -> Calls.own:q#2.go
    for (x <- list) x.go()
#                     ^^ call Calls.own -> Calls.own:x#3.go
    p match {
      case f: Foo => f.go()
#                      ^^ call Calls.own -> Calls.own:f#4.go
      case Point(w) => w.go()
#                        ^^ call Calls.own -> Calls.own:w#5.go
    }
    val made = new Foo(2)
#                  ^^^ call Calls.own -> type Calls?Foo
    made.go()
#        ^^ call Calls.own -> Calls.own:made.go
    val text = s"${p.go()}"
#                    ^^ call Calls.own -> Calls.own(p).go
    p
  }
  class Nested { def run() = helper() }
#                            ^^^^^^ call Calls.Nested.run -> self[Calls].helper
}
