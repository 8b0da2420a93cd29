#--- path: definitions.php ---#
<?php
namespace Geo\Flat;

/** A shape. */
#[Marked]
abstract class Shape extends Base implements One, Two {
#              ^^^^^ def class Shape [abstract]
    use Grows;
    const LIMIT = 3;
#^ assign Shape:LIMIT = <int>
#         ^^^^^ def constant Shape.LIMIT
    private ?Shape $next = null;
#^ assign Shape:next: ?Shape = <None>
#                   ^^^^ def field Shape.next
    public static int $count = 1;
#^ assign Shape:count: int = <int>
#                      ^^^^^ def field Shape.count
    public function __construct(private Shape $inner, int ...$rest) { $this->size = new Size(); }
#^ assign self[Shape].size = ?Size()
#                   ^^^^^^^^^^^ def method Shape.__construct
    public static function make(): static { return new self(); }
#                          ^^^^ def method Shape.make [static]
    abstract function none();
#                     ^^^^ def method Shape.none [abstract]
    function area(Shape $other, $d = 3): ?Shape {
#            ^^^^ def method Shape.area
        $local = $other->next();
#^ assign Shape.area:$local = Shape.area($other).next()
        foreach ($list as $key => $each) { $each->go(); }
#^ assign Shape.area:$each = *?$list
        try { } catch (Error $e) { }
#^ assign Shape.area:$e: Error = _
        return $local;
    }
}
interface One extends Two { function required(): int; }
#         ^^^ def interface One
#                                    ^^^^^^^^ def method One.required
trait Grows { function grow() {} }
#     ^^^^^ def trait Grows
#                      ^^^^ def method Grows.grow
enum Kind: int { case Round = 1; function own() {} }
#^ assign Kind:Round = new definition[Kind]
#    ^^^^ def enum Kind
#                     ^^^^^ def field Kind.Round
#                                         ^^^ def method Kind.own
function top(Shape $a): Shape { return new class extends Shape { function inner() {} }; }
#        ^^^ def function top
#                                                        ^^^^^ def class top.new Shape
#                                                                         ^^^^^ def method top.new Shape.inner
