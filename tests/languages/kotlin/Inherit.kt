#--- path: Inherit.kt ---#
open class A {
#          ^ def class A
    open fun go() {}
#            ^^ def method A.go
}

class B : A() {
#     ^ def class B
    override fun go() {
#                ^^ def method B.go
        super.go()
#             ^^ call B.go -> super[B].go
        go()
#       ^^ call B.go -> self[B].go
    }
}

class Both(val kept: Kept) : A(), Kept by kept {
#     ^^^^ def class Both
#              ^^^^ def field Both.kept
    fun more() {
#       ^^^^ def method Both.more
        go()
#       ^^ call Both.more -> Both?go
    }
}
val later by lazy { 2 }
#   ^^^^^ def variable later
#            ^^^^ call module -> ?lazy
