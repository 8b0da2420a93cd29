#--- path: calls.php ---#
<?php
namespace Geo;
use Geo\Flat\Shape;
function helper() {}
class Calls extends Base {
    private Foo $field;
    function helper() {}
    static function make() { return new self(); }
#                                       ^^^^ call Calls.make -> class[Calls]
    function own(Foo $p, $other): Foo {
        helper();
#       ^^^^^^ call Calls.own -> :helper
        $p->go()->more();
#           ^^ call Calls.own -> Calls.own($p).go
#                 ^^^^ call Calls.own -> Calls.own($p).go().more
        $this->own($p, $p);
#              ^^^ call Calls.own -> self[Calls].own
        $this->field->go();
#                     ^^ call Calls.own -> self[Calls].field.go
        parent::own($p, $p);
#               ^^^ call Calls.own -> super[Calls].own
        self::make();
#             ^^^^ call Calls.own -> class[Calls].make
        static::make();
#               ^^^^ call Calls.own -> class[Calls].make
        Calls::make();
#              ^^^^ call Calls.own -> :Calls.make
        Shape::make()->go();
#              ^^^^ call Calls.own -> :Shape.make
#                      ^^ call Calls.own -> :Shape.make().go
        \Glob\Other::make();
#                    ^^^^ call Calls.own -> ?Glob\Other.make
        space\call();
#       ^^^^^ call Calls.own -> ?space\call
        $made = new Foo(1);
#                   ^^^ call Calls.own -> ?Foo
        $made->go();
#              ^^ call Calls.own -> Calls.own:$made.go
        (new Foo)->go();
#            ^^^ call Calls.own -> ?Foo
#                  ^^ call Calls.own -> ?Foo().go
        $p?->go();
#            ^^ call Calls.own -> Calls.own($p).go
        $list[0]->go();
#                 ^^ call Calls.own -> ?$list[].go
        $f = function (Foo $x) use ($p) { $x->go(); $p->go(); };
#                                             ^^ call Calls.own -> Calls.own:$x#1.go
#                                                       ^^ call Calls.own -> Calls.own($p).go
        $g = fn(Foo $q) => $q->go();
#                              ^^ call Calls.own -> Calls.own:$q#2.go
        $f(1);
#       ^^ call Calls.own -> Calls.own:$f
        $class::make();
#               ^^^^ call Calls.own -> ?$class.make
        foreach ($list as $each) { $each->go(); }
#                                         ^^ call Calls.own -> Calls.own:$each.go
        try { } catch (Error $e) { $e->go(); }
#                                      ^^ call Calls.own -> Calls.own:$e.go
        strlen("x");
#       ^^^^^^ call Calls.own -> ?strlen
        return $p;
    }
}
