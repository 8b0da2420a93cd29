#--- path: calls.rb ---#
require_relative "geo/shape"
#< call module -> ?require_relative
def helper; end
class Calls < Base
  def initialize
    @field = Foo.new(1)
#            ^^^ call Calls.initialize -> Calls?Foo
  end
  def own(p, other)
    helper
#   ^^^^^^ call Calls.own -> self[Calls].helper
    helper()
#   ^^^^^^ call Calls.own -> self[Calls].helper
    helper 1
#   ^^^^^^ call Calls.own -> self[Calls].helper
    self.own(p, other).more
#        ^^^ call Calls.own -> self[Calls].own
#                      ^^^^ call Calls.own -> self[Calls].own().more
    inherited
#   ^^^^^^^^^ call Calls.own -> Calls?inherited
    missing.go
#   ^^^^^^^ call Calls.own -> Calls?missing
#           ^^ call Calls.own -> Calls?missing().go
    @field.go
#          ^^ call Calls.own -> self[Calls].@field.go
    p.go.more(1) { |q| q.go }
#     ^^ call Calls.own -> Calls.own(p).go
#        ^^^^ call Calls.own -> Calls.own(p).go().more
#                        ^^ call Calls.own -> Calls.own(q#1).go
    made = Foo.new(1)
#          ^^^ call Calls.own -> Calls?Foo
    made.go
#        ^^ call Calls.own -> Calls.own:made.go
    made
    made = p.next
#            ^^^^ call Calls.own -> Calls.own(p).next
    Shape.make(1)&.go
#         ^^^^ call Calls.own -> Calls?Shape.make
#                  ^^ call Calls.own -> Calls?Shape.make().go
    ::Top.go
#         ^^ call Calls.own -> _.go
    Geo::Shape.go
#              ^^ call Calls.own -> Calls?Geo.Shape.go
    Geo::Shape.new(helper)
#        ^^^^^ call Calls.own -> Calls?Geo.Shape
#                  ^^^^^^ call Calls.own -> self[Calls].helper
    yield 1
    [1].each do |i| i.go end
#       ^^^^ call Calls.own -> <Array>.each
#                     ^^ call Calls.own -> Calls.own(i#2).go
    raise Error, "x" if ready?
#   ^^^^^ call Calls.own -> Calls?raise
#                       ^^^^^ call Calls.own -> Calls?ready?
    text = "#{p.go} #{helper}"
#               ^^ call Calls.own -> Calls.own(p).go
#                     ^^^^^^ call Calls.own -> self[Calls].helper
    begin
      p.go
#       ^^ call Calls.own -> Calls.own(p).go
    rescue Failure => e
      e.go
#       ^^ call Calls.own -> Calls.own:e.go
    end
    return helper
#          ^^^^^^ call Calls.own -> self[Calls].helper
  end
  def helper; end
  private :helper
# ^^^^^^^ call Calls -> Calls?private
end
