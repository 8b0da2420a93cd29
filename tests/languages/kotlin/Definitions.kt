#--- path: Definitions.kt ---#
package com.foo

/** A shape. */
@Marked
abstract class Shape<T : Area>(val size: Int, start: Shape = Shape()) : Base<T>(size), One {
#^ assign Shape:T = _
#^ assign Shape:size: Int = _
#^ assign Shape:start: Shape = _
#              ^^^^^ def class Shape [abstract]
#                                  ^^^^ def field Shape.size
    private val field: Shape = make()
#^ assign Shape:field: Shape = Shape?make()
#               ^^^^^ def field Shape.field
    var other = Shape()
#^ assign Shape:other = :Shape()
#       ^^^^^ def field Shape.other
    val computed get() = field.go()
#^ assign Shape:computed = _
#       ^^^^^^^^ def field Shape.computed

    constructor(a: Int) : this(a, Shape())
#   ^^^^^^^^^^^ def constructor Shape.constructor

    override suspend fun <U> area(p: List<U>, vararg rest: String): Shape? {
#                            ^^^^ def method Shape.area [async]
        val local = p.first()
#^ assign Shape.area:local = Shape.area(p).first()
        for (each: Shape in p) { }
#^ assign Shape.area:each#1: Shape = *Shape.area(p)
        val (a, b) = pair
#^ assign Shape.area:a = _
#^ assign Shape.area:b = _
        return local
    }

    abstract fun none()
#                ^^^^ def method Shape.none [abstract]

    companion object {
        const val LIMIT = 3
#^ assign Shape:LIMIT = <Int>
#                 ^^^^^ def field Shape.LIMIT
        fun create() = Shape()
#           ^^^^^^ def method Shape.create
    }

    inner class Inner {
#               ^^^^^ def class Shape.Inner
        fun deep() {}
#           ^^^^ def method Shape.Inner.deep
    }

    enum class Kind(val i: Int) {
#^ assign Shape.Kind:i: Int = _
#              ^^^^ def class Shape.Kind
#                       ^ def field Shape.Kind.i
        ROUND(1) {
#^ assign Shape.Kind:ROUND = new definition[Shape.Kind]
#       ^^^^^ def field Shape.Kind.ROUND
            override fun own() {}
#                        ^^^ def method Shape.Kind.own
        },
        SQUARE(2);
#^ assign Shape.Kind:SQUARE = new definition[Shape.Kind]
#       ^^^^^^ def field Shape.Kind.SQUARE
    }
}

object Single : Base() {
#      ^^^^^^ def class Single
    fun only() {}
#       ^^^^ def method Single.only
}

interface One : Two {
#         ^^^ def interface One
    fun required()
#       ^^^^^^^^ def method One.required
    fun shown() { required() }
#       ^^^^^ def method One.shown
}

fun Shape.grown(a: Int): Shape = this.go()
#   ^^^^^ def impl Shape
#         ^^^^^ def method Shape.grown

fun top() {
#   ^^^ def function top
    val made = object : One {
#^ assign top:made = _
#                       ^^^ def class top.object One
        override fun required() {}
#                    ^^^^^^^^ def method top.object One.required
    }
}

typealias Other = Shape
#^ assign :Other = :Shape
#         ^^^^^ def type Other

val LIMIT = 3
#^ assign :LIMIT = <Int>
#   ^^^^^ def constant LIMIT
