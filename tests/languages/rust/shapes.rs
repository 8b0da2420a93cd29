#--- path: src/shapes.rs ---#
//! Shapes.
pub mod inner {
#       ^^^^^ def module inner
    pub fn deep() {}
#          ^^^^ def function inner.deep
}
mod elsewhere;
/// A shape.
#[derive(Debug)]
#[repr(C)]
pub struct Shape<T: Area> {
#^ assign Shape:T = _
#          ^^^^^ def struct Shape
    pub size: i32,
#^ assign Shape:size: i32 = _
#       ^^^^ def field Shape.size
    kind: Kind,
#^ assign Shape:kind: Kind = _
#   ^^^^ def field Shape.kind
}
struct Pair(i32, Shape);
#^ assign Pair:0: i32 = _
#^ assign Pair:1: Shape = _
#      ^^^^ def struct Pair
pub enum Kind {
#        ^^^^ def enum Kind
    Round(i32),
#^ assign Kind:Round = new definition[Kind]
#^ assign Kind:Round.0: i32 = _
#   ^^^^^ def field Kind.Round
    Square { side: i32 },
#^ assign Kind:Square = new definition[Kind]
#^ assign Kind:Square.side: i32 = _
#   ^^^^^^ def field Kind.Square
    None,
#^ assign Kind:None = new definition[Kind]
#   ^^^^ def field Kind.None
}
pub trait Area: Sized + Other {
#         ^^^^ def trait Area
    const LIMIT: i32 = 3;
#^ assign Area:LIMIT: i32 = <int>
#         ^^^^^ def constant Area.LIMIT
    type Out;
#        ^^^ def type Area.Out
    fn area(&self) -> Self::Out;
#      ^^^^ def method Area.area [abstract]
    fn default_area(&self) -> i32 { self.area() }
#      ^^^^^^^^^^^^ def method Area.default_area
    fn make() -> Self;
#      ^^^^ def method Area.make [static, abstract]
}
impl<T> Area for Shape<T> where T: Area {
#                ^^^^^ def impl Shape
    type Out = i32;
#^ assign Shape:Out = !i32
#        ^^^ def type Shape.Out
    fn area(&self) -> i32 {
#      ^^^^ def method Shape.area
        fn helper(a: i32) -> i32 { a }
#          ^^^^^^ def function Shape.area.helper
        helper(1)
    }
}
impl Shape<i32> {
#    ^^^^^ def impl Shape
    pub async fn new(a: i32, mut b: &Kind, (c, d): (i32, i32)) -> Self { Shape { size: 1, kind: b } }
#                ^^^ def method Shape.new [static, async]
}
static COUNT: i32 = 3;
#^ assign :COUNT: i32 = <int>
#      ^^^^^ def constant COUNT
const FIRST: Shape = Shape::new();
#^ assign :FIRST: Shape = :Shape.new()
#     ^^^^^ def constant FIRST
type Alias<T> = Vec<T>;
#^ assign :Alias = !Vec[]
#    ^^^^^ def type Alias
macro_rules! shout { ($x:expr) => { hidden($x) } }
#            ^^^^^ def macro shout
fn values(opt: Option<Kind>, list: Vec<Kind>) {
#  ^^^^^^ def function values
    let x: Kind = Kind::None;
#^ assign values:x: Kind = :Kind.None
    let (p, q) = pair;
#^ assign values:p = _
#^ assign values:q = _
    let Pair(n, ref s) = pair;
#^ assign values:n = new :Pair.0
#^ assign values:s = new :Pair.1
    let Shape { size, kind: k } = shape;
#^ assign values:k = new :Shape.kind
#^ assign values:size = new :Shape.size
    if let Some(z) = opt { z; }
#^ assign values:z#1 = values(opt)
    for each in list { each; }
#^ assign values:each#3 = *values(list)
    match x { Kind::Round(r) => r, other => other }
#^ assign values:other#6 = values:x
#^ assign values:r#5 = :Kind.Round.0
    let x = x.grown();
#^ assign values:x#7 = values:x.grown()
}
