#--- path: shapes.java ---#
package com.foo;

/** A shape. */
@Deco(x = 1)
public abstract class Shape<T extends Area> extends Base<T> implements One, Two {
#^ assign Shape:T = _
#                     ^^^^^ def class Shape [abstract]
    private static final int LIMIT = make(), other;
#^ assign Shape:LIMIT: int = Shape?make()
#^ assign Shape:other: int = _
#                            ^^^^^ def field Shape.LIMIT
#                                            ^^^^^ def field Shape.other
    static { init(); }
    Shape(int a, String... rest) { super(a); }
#   ^^^^^ def constructor Shape.Shape
    @Override
    public <U> List<U> area(final Map<String, U> m, int[] sizes) throws E {
#                      ^^^^ def method Shape.area
        var local = 1;
#^ assign Shape.area:local = <int>
        class Local { void go() {} }
#             ^^^^^ def class Shape.area.Local
#                          ^^ def method Shape.area.Local.go
        return null;
    }
    public static abstract void none();
#                               ^^^^ def method Shape.none [static, abstract]
    enum Kind {
#        ^^^^ def enum Shape.Kind
        ONE(1) { void own() {} }, TWO;
#^ assign Shape.Kind:ONE = new definition[Shape.Kind]
#^ assign Shape.Kind:TWO = new definition[Shape.Kind]
#       ^^^ def class Shape.Kind.new ONE
#       ^^^ def field Shape.Kind.ONE
#                     ^^^ def method Shape.Kind.new ONE.own
#                                 ^^^ def field Shape.Kind.TWO
        Kind(int i) {}
#       ^^^^ def constructor Shape.Kind.Kind
    }
    record Point(int x, Shape y) {
#^ assign Shape.Point:x: int = _
#^ assign Shape.Point:y: Shape = _
#          ^^^^^ def class Shape.Point
        Point { check(); }
#       ^^^^^ def constructor Shape.Point.Point
    }
    interface Inner extends One, Two {
#             ^^^^^ def interface Shape.Inner
        int SIZE = 3;
#^ assign Shape.Inner:SIZE: int = <int>
#           ^^^^ def field Shape.Inner.SIZE
        default void shown() {}
#                    ^^^^^ def method Shape.Inner.shown
    }
    @interface Marker { int value() default 3; }
#              ^^^^^^ def interface Shape.Marker
#                           ^^^^^ def method Shape.Marker.value
    static class Deep { static class Deeper { void deepest() {} } }
#                ^^^^ def class Shape.Deep [static]
#                                    ^^^^^^ def class Shape.Deep.Deeper [static]
#                                                  ^^^^^^^ def method Shape.Deep.Deeper.deepest
    Runnable r = new Runnable() { public void run() {} };
#^ assign Shape:r: Runnable = Shape?Runnable()
#            ^ def field Shape.r
#                    ^^^^^^^^ def class Shape.new Runnable
#                                             ^^^ def method Shape.new Runnable.run
}
class Second {}
#     ^^^^^^ def class Second
