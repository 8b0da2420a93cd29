#--- path: src/calls.rs ---#
use crate::shapes::{Shape, Kind as K, inner};
use std::mem;
fn free() {}
struct Own { shape: Shape }
impl Own {
    fn new() -> Self { Self::start(); Self { shape: Shape::new() } }
#                            ^^^^^ call Own.new -> class[Own].start
#                                                          ^^^ call Own.new -> :Shape.new
    fn start() {}
    fn run(&mut self, other: &Own, f: impl Fn()) -> Result<(), E> {
        free();
#       ^^^^ call Own.run -> :free
        run();
#       ^^^ call Own.run -> ?run
        self.start();
#            ^^^^^ call Own.run -> self[Own].start
        self.shape.area().more();
#                  ^^^^ call Own.run -> self[Own].shape.area
#                         ^^^^ call Own.run -> self[Own].shape.area().more
        other.run(other, f)?.end();
#             ^^^ call Own.run -> Own.run(other).run
#                            ^^^ call Own.run -> Own.run(other).run().end
        K::make();
#          ^^^^ call Own.run -> :K.make
        inner::deep();
#              ^^^^ call Own.run -> :inner.deep
        crate::shapes::inner::deep();
#                             ^^^^ call Own.run -> :crate.shapes.inner.deep
        self::free();
#             ^^^^ call Own.run -> :self.free
        super::up();
#              ^^ call Own.run -> :super.up
        mem::swap(a, b);
#            ^^^^ call Own.run -> :mem.swap
        <Shape as Area>::area(&self.shape);
#                        ^^^^ call Own.run -> :Shape.area
        Vec::<i32>::new();
#                   ^^^ call Own.run -> !Vec.new
        free::<i32>();
#       ^^^^ call Own.run -> :free
        (other as Shape).area();
#                        ^^^^ call Own.run -> new :Shape.area
        (&mut self.shape).area();
#                         ^^^^ call Own.run -> self[Own].shape.area
        other.fetch().await?.done();
#             ^^^^^ call Own.run -> Own.run(other).fetch
#                            ^^^^ call Own.run -> await Own.run(other).fetch().done
        println!("{}", hidden());
#       ^^^^^^^ call Own.run -> !println!
#                      ^^^^^^ call Own.run -> ?hidden
        own_macro!(hidden());
#       ^^^^^^^^^ call Own.run -> ?own_macro!
        f();
#       ^ call Own.run -> Own.run(f)
        let f = |p: Shape, q| p.area(q.area());
#                               ^^^^ call Own.run -> Own.run:p#1.area
#                                      ^^^^ call Own.run -> Own.run(q#1).area
        f(1);
#       ^ call Own.run -> Own.run:f#2
        let shape = Shape::new();
#                          ^^^ call Own.run -> :Shape.new
        shape.area();
#             ^^^^ call Own.run -> Own.run:shape#2.area
        let shape = shape.into_kind();
#                         ^^^^^^^^^ call Own.run -> Own.run:shape#2.into_kind
        shape.round();
#             ^^^^^ call Own.run -> Own.run:shape#3.round
        { let shape = K::new(); shape.none(); }
#                        ^^^ call Own.run -> :K.new
#                                     ^^^^ call Own.run -> Own.run:shape#5.none
        shape.round();
#             ^^^^^ call Own.run -> Own.run:shape#3.round
        unsafe { other.danger() }
#                      ^^^^^^ call Own.run -> Own.run(other).danger
        return list[0].item();
#                      ^^^^ call Own.run -> ?list[].item
    }
}
mod tests {
    use super::*;
    fn check() { free(); super::free(); Own::new().run(); self::local(); }
#                ^^^^ call tests.check -> :free
#                               ^^^^ call tests.check -> :self.free
#                                            ^^^ call tests.check -> :Own.new
#                                                  ^^^ call tests.check -> :Own.new().run
#                                                               ^^^^^ call tests.check -> :self.tests.local
    fn local() {}
}
