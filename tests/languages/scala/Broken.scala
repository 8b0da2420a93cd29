#--- path: Broken.scala ---#
class Good {
#     ^^^^ def class Good
  def one() = first()
#     ^^^ def method Good.one
}
def bad( = { second(; }
#^ problem syntax error near '('
#   ^^^ def function bad
class Last { def end() = third() }
#     ^^^^ def class Last
#                ^^^ def method Last.end
