#--- path: definitions.cpp ---#
#include "shape.hpp"
namespace geo::flat {
#         ^^^ def namespace geo::flat
using T = std::map<int, Shape>;
#^ assign geo::flat:T = ?std.map[]
#     ^ def type geo::flat.T
enum class Colour { Red, Green };
#^ assign geo::flat.Colour:Green = _
#^ assign geo::flat.Colour:Red = _
#          ^^^^^^ def enum geo::flat.Colour
#                   ^^^ def constant geo::flat.Colour.Red
#                        ^^^^^ def constant geo::flat.Colour.Green
/// A shape.
template <typename T, class U = int>
class Shape : public Base<T>, private ns::Other {
#     ^^^^^ def class geo::flat.Shape
public:
    explicit Shape(int a) : Base<T>(a), size_(a) { init(); }
#            ^^^^^ def constructor geo::flat.Shape.Shape
    ~Shape();
#   ^ def method geo::flat.Shape.~Shape [declaration]
    virtual int area(const std::string &s, int d = 3) const override = 0;
#               ^^^^ def method geo::flat.Shape.area [declaration]
    static Shape make() { return Shape(1); }
#                ^^^^ def method geo::flat.Shape.make [static]
    bool operator==(const Shape &o);
#        ^^^^^^^^ def method geo::flat.Shape.operator== [declaration]
    template <class V> auto generic(V v) -> Shape { return v; }
#                           ^^^^^^^ def method geo::flat.Shape.generic
    struct Inner { void deep(); };
#          ^^^^^ def struct geo::flat.Shape.Inner
#                       ^^^^ def method geo::flat.Shape.Inner.deep [declaration]
private:
    int size_;
#^ assign geo::flat.Shape:size_: int = _
#       ^^^^^ def field geo::flat.Shape.size_
    std::vector<Shape> list_;
#^ assign geo::flat.Shape:list_: std::vector<Shape> = _
#                      ^^^^^ def field geo::flat.Shape.list_
    Shape *next_ = nullptr;
#^ assign geo::flat.Shape:next_: Shape = _
#          ^^^^^ def field geo::flat.Shape.next_
};
}
int geo::flat::Shape::area(const std::string &s) { auto local = 1; return local; }
#^ assign Shape.area:local = <number>
#              ^^^^^ def impl Shape
#                     ^^^^ def method Shape.area
void Shape::Inner::deep() {}
#           ^^^^^ def impl Inner
#                  ^^^^ def method Inner.deep
static void free_function(Shape &a, Shape *b = nullptr) {}
#           ^^^^^^^^^^^^^ def function free_function [static]
extern "C" { int plain(int); }
#                ^^^^^ def function plain [declaration]
using geo::flat::Shape;
#^ assign :Shape = ?geo.flat.Shape
namespace g = geo;
#^ assign :g = ?geo
constexpr int LIMIT = 3;
#^ assign :LIMIT: int = <number>
#             ^^^^^ def constant LIMIT
typedef std::vector<int> Numbers;
#^ assign :Numbers = ?std.vector[]
#                        ^^^^^^^ def type Numbers
