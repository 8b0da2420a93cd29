#--- path: Calls.swift ---#
class Calls: Base {
    let field: Foo = Foo(make())
#                    ^^^ call Calls -> Calls?Foo
#                        ^^^^ call Calls -> Calls?make
    func helper() {}
    func own(_ p: Foo, other: Foo) -> Foo {
        helper()
#       ^^^^^^ call Calls.own -> self[Calls].helper
        other.go()
#             ^^ call Calls.own -> Calls.own(other).go
        own(p, other: p)
#       ^^^ call Calls.own -> self[Calls].own
        self.own(p, other: p).then().more()
#            ^^^ call Calls.own -> self[Calls].own
#                             ^^^^ call Calls.own -> self[Calls].own().then
#                                    ^^^^ call Calls.own -> self[Calls].own().then().more
        super.own(p, other: p)
#             ^^^ call Calls.own -> super[Calls].own
        inherited()
#       ^^^^^^^^^ call Calls.own -> Calls?inherited
        field.go()
#             ^^ call Calls.own -> self[Calls].field.go
        self.field.go()
#                  ^^ call Calls.own -> self[Calls].field.go
        Baz.make().go()
#           ^^^^ call Calls.own -> Calls?Baz.make
#                  ^^ call Calls.own -> Calls?Baz.make().go
        A.B.go(x: 1)
#           ^^ call Calls.own -> Calls?A.B.go
        Foo(1).go()
#       ^^^ call Calls.own -> Calls?Foo
#              ^^ call Calls.own -> Calls?Foo().go
        Box<Foo>(1).go()
#       ^^^ call Calls.own -> Calls?Box
#                   ^^ call Calls.own -> Calls?Box().go
        p?.next()?.go()
#          ^^^^ call Calls.own -> Calls.own(p).next
#                  ^^ call Calls.own -> Calls.own(p).next().go
        p!.go()
#          ^^ call Calls.own -> Calls.own(p).go
        (p as! Foo).go()
#                   ^^ call Calls.own -> new Calls?Foo.go
        (p ?? field).go()
#                    ^^ call Calls.own -> (Calls.own(p) | self[Calls].field).go
        list.map { $0.go() }
#            ^^^ call Calls.own -> Calls?list.map
#                     ^^ call Calls.own -> Calls?$0.go
        list.map(1) { (x: Foo) in x.go(helper()) }
#            ^^^ call Calls.own -> Calls?list.map
#                                   ^^ call Calls.own -> Calls.own:x#2.go
#                                      ^^^^^^ call Calls.own -> self[Calls].helper
        let made = Foo(2)
#                  ^^^ call Calls.own -> Calls?Foo
        made.go()
#            ^^ call Calls.own -> Calls.own:made.go
        for x in list { x.go() }
#                         ^^ call Calls.own -> Calls.own:x#3.go
        if let found = find() { found.go() }
#                      ^^^^ call Calls.own -> Calls?find
#                                     ^^ call Calls.own -> Calls.own:found#4.go
        guard let sure = find() else { return p }
#                        ^^^^ call Calls.own -> Calls?find
        sure.go()
#            ^^ call Calls.own -> Calls.own:sure.go
        do { try p.go() } catch let e as Failure { e.go() }
#                  ^^ call Calls.own -> Calls.own(p).go
#                                                    ^^ call Calls.own -> Calls.own:e#6.go
        switch p { case let .some(v): v.go() }
#                                       ^^ call Calls.own -> Calls.own:v#7.go
        let text = "\(p.go())"
#                       ^^ call Calls.own -> Calls.own(p).go
        await p.go()
#               ^^ call Calls.own -> Calls.own(p).go
        return p
    }
    class Nested { func run() { helper() } }
#                               ^^^^^^ call Calls.Nested.run -> self[Calls].helper
}
extension Foo { func extended() { go(); self.go() } }
#                                 ^^ call Foo.extended -> Foo?go
#                                            ^^ call Foo.extended -> self[Foo].go
