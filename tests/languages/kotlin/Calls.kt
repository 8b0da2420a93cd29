#--- path: Calls.kt ---#
package com.foo

import com.bar.Baz

class Calls(val field: Foo) : Base() {
    fun helper() {}

    fun own(p: Foo, helper: Foo): Foo {
        helper()
#       ^^^^^^ call Calls.own -> Calls.own(helper)
        helper.go()
#              ^^ call Calls.own -> Calls.own(helper).go
        own(p, helper = p)
#       ^^^ call Calls.own -> self[Calls].own
        this.own(p, p).then().more()
#            ^^^ call Calls.own -> self[Calls].own
#                      ^^^^ call Calls.own -> self[Calls].own().then
#                             ^^^^ call Calls.own -> self[Calls].own().then().more
        super.own(p, p)
#             ^^^ call Calls.own -> super[Calls].own
        inherited()
#       ^^^^^^^^^ call Calls.own -> Calls?inherited
        field.go()
#             ^^ call Calls.own -> self[Calls].field.go
        Baz.make().go()
#           ^^^^ call Calls.own -> :Baz.make
#                  ^^ call Calls.own -> :Baz.make().go
        com.bar.Other.make()
#                     ^^^^ call Calls.own -> Calls?com.bar.Other.make
        Foo(1).go()
#       ^^^ call Calls.own -> Calls?Foo
#              ^^ call Calls.own -> Calls?Foo().go
        p?.next()?.go()
#          ^^^^ call Calls.own -> Calls.own(p).next
#                  ^^ call Calls.own -> Calls.own(p).next().go
        p!!.go()
#           ^^ call Calls.own -> Calls.own(p).go
        (p as Foo).go()
#                  ^^ call Calls.own -> new Calls?Foo.go
        list[0].go()
#               ^^ call Calls.own -> Calls?list[].go
        (p ?: field).go()
#                    ^^ call Calls.own -> (Calls.own(p) | self[Calls].field).go
        list.map { it.go() }
#            ^^^ call Calls.own -> Calls?list.map
#                     ^^ call Calls.own -> Calls?it.go
        list.map(1) { x: Foo -> x.go(helper()) }
#            ^^^ call Calls.own -> Calls?list.map
#                                 ^^ call Calls.own -> Calls.own:x#2.go
#                                    ^^^^^^ call Calls.own -> Calls.own(helper)
        val made = Foo(2)
#                  ^^^ call Calls.own -> Calls?Foo
        made.go()
#            ^^ call Calls.own -> Calls.own:made.go
        for (x: Foo in foos()) x.go()
#                      ^^^^ call Calls.own -> Calls?foos
#                                ^^ call Calls.own -> Calls.own:x#3.go
        for (x: Bar in bars()) x.go()
#                      ^^^^ call Calls.own -> Calls?bars
#                                ^^ call Calls.own -> Calls.own:x#4.go
        try { p.go() } catch (e: Error) { e.go() }
#               ^^ call Calls.own -> Calls.own(p).go
#                                           ^^ call Calls.own -> Calls.own:e#6.go
        when (p) {
            is Foo -> p.go()
#                       ^^ call Calls.own -> Calls.own(p).go
        }
        val text = "${p.go()}"
#                       ^^ call Calls.own -> Calls.own(p).go
        return p
    }

    class Nested {
        fun run() { helper() }
#                   ^^^^^^ call Calls.Nested.run -> self[Calls].helper
    }
}

fun Foo.extended() { go(); this.go() }
#                    ^^ call Foo.extended -> Foo?go
#                               ^^ call Foo.extended -> self[Foo].go
