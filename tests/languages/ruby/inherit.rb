#--- path: inherit.rb ---#
class A
#     ^ def class A [partial]
  def go; end
#     ^^ def method A.go
end
module M
#      ^ def module M [partial]
  def mixed; end
#     ^^^^^ def method M.mixed
end
class B < A
#     ^ def class B [partial]
  include M
# ^^^^^^^ call B -> B?include
  def run
#     ^^^ def method B.run
    go
#   ^^ call B.run -> B?go
    mixed
#   ^^^^^ call B.run -> B?mixed
    self.go
#        ^^ call B.run -> self[B].go
  end
end
