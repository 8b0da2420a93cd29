#--- path: calls.java ---#
package com.foo;
import com.bar.Baz;
import static com.bar.Baz.qux;
public class Calls extends Base {
    private Foo field = new Foo(make());
#                           ^^^ call Calls -> Calls?Foo
#                               ^^^^ call Calls -> Calls?make
    static void helper() {}
    void own(Foo p, Foo helper) {
        helper();
#       ^^^^^^ call Calls.own -> self[Calls].helper
        helper.go();
#              ^^ call Calls.own -> Calls.own(helper).go
        own(p, p);
#       ^^^ call Calls.own -> self[Calls].own
        this.own(p, p).then().more();
#            ^^^ call Calls.own -> self[Calls].own
#                      ^^^^ call Calls.own -> self[Calls].own().then
#                             ^^^^ call Calls.own -> self[Calls].own().then().more
        super.own(p, p);
#             ^^^ call Calls.own -> super[Calls].own
        inherited();
#       ^^^^^^^^^ call Calls.own -> Calls?inherited
        field.go();
#             ^^ call Calls.own -> self[Calls].field.go
        this.field.go();
#                  ^^ call Calls.own -> self[Calls].field.go
        p.go();
#         ^^ call Calls.own -> Calls.own(p).go
        Baz.make().go();
#           ^^^^ call Calls.own -> :Baz.make
#                  ^^ call Calls.own -> :Baz.make().go
        qux();
#       ^^^ call Calls.own -> :qux
        com.bar.Other.make();
#                     ^^^^ call Calls.own -> Calls?com.bar.Other.make
        new Baz<Foo>(1).go();
#           ^^^ call Calls.own -> :Baz
#                       ^^ call Calls.own -> :Baz().go
        new Baz.Inner();
#               ^^^^^ call Calls.own -> :Baz.Inner
        ((Foo) p).go();
#                 ^^ call Calls.own -> new Calls?Foo.go
        list[0].go();
#               ^^ call Calls.own -> Calls?list[].go
        (p != null ? p : field).go();
#                               ^^ call Calls.own -> (Calls.own(p) | self[Calls].field).go
        Calls.this.own(p, p);
#                  ^^^ call Calls.own -> new :Calls.own
        "text".length();
#              ^^^^^^ call Calls.own -> <String>.length
        Runnable r = () -> p.run(helper());
#                            ^^^ call Calls.own -> Calls.own(p).run
#                                ^^^^^^ call Calls.own -> self[Calls].helper
        Fn f = (a, b) -> a.go(b);
#                          ^^ call Calls.own -> Calls.own(a#2).go
        Fn g = a -> a.go();
#                     ^^ call Calls.own -> Calls.own(a#3).go
        String.valueOf(1);
#              ^^^^^^^ call Calls.own -> Calls?String.valueOf
    }
    void blocks(Object o) {
        for (Foo x : foos()) x.go();
#                    ^^^^ call Calls.blocks -> Calls?foos
#                              ^^ call Calls.blocks -> Calls.blocks:x#1.go
        for (Bar x : bars()) x.go();
#                    ^^^^ call Calls.blocks -> Calls?bars
#                              ^^ call Calls.blocks -> Calls.blocks:x#2.go
        try (Res x = open()) { x.go(); } catch (E1 | E2 e) { e.go(); }
#                    ^^^^ call Calls.blocks -> Calls?open
#                                ^^ call Calls.blocks -> Calls.blocks:x#3.go
#                                                              ^^ call Calls.blocks -> Calls.blocks:e#5.go
        if (o instanceof Foo y) y.go();
#                                 ^^ call Calls.blocks -> Calls.blocks:y.go
        switch (o) { case Foo z -> z.go(); }
#                                    ^^ call Calls.blocks -> Calls.blocks:z#7.go
    }
    class Nested {
        void run() { own(null, null); helper(); this.run(); Calls.helper(); }
#                    ^^^ call Calls.Nested.run -> self[Calls].own
#                                     ^^^^^^ call Calls.Nested.run -> self[Calls.Nested].helper
#                                                    ^^^ call Calls.Nested.run -> self[Calls.Nested].run
#                                                                 ^^^^^^ call Calls.Nested.run -> :Calls.helper
        void helper() { new Thread() { public void run() { start(); helper(); } }; }
#                           ^^^^^^ call Calls.Nested.helper -> Calls?Thread
#                                                          ^^^^^ call Calls.Nested.helper.new Thread.run -> Calls.Nested.helper.new Thread?start
#                                                                   ^^^^^^ call Calls.Nested.helper.new Thread.run -> Calls.Nested.helper.new Thread?helper
    }
}
