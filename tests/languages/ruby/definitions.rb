#--- path: definitions.rb ---#
require 'set'
module Geo
#      ^^^ def module Geo [partial]
  # A shape.
  class Shape < Base::Area
#       ^^^^^ def class Geo.Shape [partial]
    include Enumerable, Grows
    extend Helpers
    LIMIT = Size.new(1)
#^ assign Geo.Shape:LIMIT = Geo.Shape?Size()
#   ^^^^^ def constant Geo.Shape.LIMIT
    def initialize(a, b = 1, *rest, k: 2, **o, &blk)
#       ^^^^^^^^^^ def method Geo.Shape.initialize
      @size = Size.new
#^ assign self[Geo.Shape].@size = Geo.Shape?Size()
      @count ||= 0
#^ assign self[Geo.Shape].@count = <Integer>
      local = a.next
#^ assign Geo.Shape.initialize:local = Geo.Shape.initialize(a).next()
      x, y = pair
#^ assign Geo.Shape.initialize:x = _
#^ assign Geo.Shape.initialize:y = _
      list.each { |each| each.go }
    end
    def self.make(a) = new(a)
#            ^^^^ def method Geo.Shape.make [static]
    class << self
      def other; end
#         ^^^^^ def method Geo.Shape.other [static]
    end
    def area?
#       ^^^^ def method Geo.Shape.area?
      @size
    end
    class Inner
#         ^^^^^ def class Geo.Shape.Inner [partial]
      def deep; end
#         ^^^^ def method Geo.Shape.Inner.deep
    end
  end
end
def top(a) = a
#   ^^^ def function top
class Geo::Outer; end
#     ^^^ def impl Geo
#          ^^^^^ def class Geo.Outer [partial]
