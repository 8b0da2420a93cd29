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
