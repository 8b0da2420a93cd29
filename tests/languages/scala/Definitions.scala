#--- path: Definitions.scala ---#
package com.foo

/** A shape. */
@marked
abstract class Shape[T <: Area](val size: Int, start: Shape = new Shape) extends Base[T](size) with One {
#^ assign Shape:size: Int = _
#^ assign Shape:start: Shape = _
#              ^^^^^ def class Shape [abstract]
#                                   ^^^^ def field Shape.size
#                                              ^^^^^ def field Shape.start
  private val field: Shape = make()
#^ assign Shape:field: Shape = Shape?make()
#             ^^^^^ def field Shape.field
  var other = new Shape(1)
#^ assign Shape:other = type :Shape()
#     ^^^^^ def field Shape.other
  def this(a: Int) = this(a, null)
#     ^^^^ def method Shape.this
  override def area[U](p: List[U], rest: String*)(implicit i: I): Shape = {
#              ^^^^ def method Shape.area
    val local = p.first()
#^ assign Shape.area:local = Shape.area(p).first()
    val (a, b) = pair
#^ assign Shape.area:a = _
#^ assign Shape.area:b = _
    for (each <- p) each.go()
#^ assign Shape.area:each#1 = *Shape.area(p)
    local
  }
  def none(): Unit
#     ^^^^ def method Shape.none
  class Inner { def deep() = 1 }
#       ^^^^^ def class Shape.Inner
#                   ^^^^ def method Shape.Inner.deep
  type Alias = Shape
#^ assign Shape:Alias = :Shape
#      ^^^^^ def type Shape.Alias
}

object Shape { def apply(a: Int): Shape = new Shape(a) }
#      ^^^^^ def module Shape
#                  ^^^^^ def method Shape.apply

trait One extends Two {
#     ^^^ def trait One
  def required(): Unit
#     ^^^^^^^^ def method One.required
  def shown() { required() }
#     ^^^^^ def method One.shown
}

case class Point(x: Int, y: Shape) extends Base(x)
#^ assign Point:x: Int = _
#^ assign Point:y: Shape = _
#          ^^^^^ def class Point [case]
#                ^ def field Point.x
#                        ^ def field Point.y

enum Kind { case Round, Square; case Other(i: Int) }
#^ assign Kind:Other = new definition[Kind]
#^ assign Kind:Round = new definition[Kind]
#^ assign Kind:Square = new definition[Kind]
#^ assign Kind:i: Int = _
#    ^^^^ def enum Kind
#                ^^^^^ def field Kind.Round
#                       ^^^^^^ def field Kind.Square
#                                    ^^^^^ def field Kind.Other
#                                          ^ def field Kind.i

extension (f: Shape) def grown(a: Int) = f.go()
#^ assign :f: Shape = _
#             ^^^^^ def impl Shape
#                        ^^^^^ def method Shape.grown

object Main {
#      ^^^^ def module Main
  val made = new One { def required() = () }
#^ assign Main:made = type :One()
#     ^^^^ def field Main.made
#                ^^^ def class Main.new One
#                          ^^^^^^^^ def method Main.new One.required
}
