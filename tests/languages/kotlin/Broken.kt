#--- path: Broken.kt ---#
class Good {
#     ^^^^ def class Good
    fun one() { first() }
#       ^^^ def method Good.one
}

fun bad( { second(; }
#^ problem syntax error near 'fun bad( { second(; } fun after() { thi…'

fun after() { third() }
#   ^^^^^ def function after
