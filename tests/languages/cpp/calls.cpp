#--- path: calls.cpp ---#
#include "shape.hpp"
static int helper(int a) { return a; }
class Own : public Shape {
    Shape field;
    static Own make() { return Own(1); }
#                              ^^^ call Own.make -> :Own
    Own(int a) : Shape(a) { start(); }
#                           ^^^^^ call Own.Own -> self[Own].start
    void start() { inherited(); helper(1); this->start(); field.area(); Shape::area(); }
#                  ^^^^^^^^^ call Own.start -> Own?inherited
#                               ^^^^^^ call Own.start -> :helper
#                                                ^^^^^ call Own.start -> self[Own].start
#                                                               ^^^^ call Own.start -> self[Own].field.area
#                                                                              ^^^^ call Own.start -> Own?Shape.area
    void outside();
    class Nested { void run() { start(); } };
#                               ^^^^^ call Own.Nested.run -> self[Own].start
};
void Own::outside() { start(); helper(2); this->start(); field.area(); }
#                     ^^^^^ call Own.outside -> Own?start
#                              ^^^^^^ call Own.outside -> :helper
#                                               ^^^^^ call Own.outside -> self[Own].start
#                                                              ^^^^ call Own.outside -> Own?field.area
void run(Shape &shape, Own *own) {
    shape.area().more();
#         ^^^^ call run -> run(shape).area
#                ^^^^ call run -> run(shape).area().more
    own->start();
#        ^^^^^ call run -> run(own).start
    geo::flat::distance(1);
#              ^^^^^^^^ call run -> ?geo.flat.distance
    ::helper(3);
#     ^^^^^^ call run -> :helper
    shape.generic<int>(1);
#         ^^^^^^^ call run -> run(shape).generic
    Box<int>::create();
#             ^^^^^^ call run -> ?Box.create
    Shape().area();
#   ^^^^^ call run -> ?Shape
#           ^^^^ call run -> ?Shape().area
    Own *made = new Own(2);
#                   ^^^ call run -> :Own
    made->start();
#         ^^^^^ call run -> run:made.start
    auto other = Own::make();
#                     ^^^^ call run -> :Own.make
    other.start();
#         ^^^^^ call run -> run:other.start
    static_cast<Own *>(own)->start();
#   ^^^^^^^^^^^ call run -> ?static_cast
#                            ^^^^^ call run -> ?static_cast().start
    for (auto &each : list) each.area();
#                                ^^^^ call run -> run:each#1.area
    for (Shape &each : list) each.area();
#                                 ^^^^ call run -> run:each#2.area
    try { } catch (const Error &e) { e.what(); }
#                                      ^^^^ call run -> run:e#4.what
    if (auto found = find()) found->go();
#                    ^^^^ call run -> ?find
#                                   ^^ call run -> run:found#6.go
    auto f = [&](Shape &p) { p.area(); helper(4); };
#                              ^^^^ call run -> run:p#7.area
#                                      ^^^^^^ call run -> :helper
    f(shape);
#   ^ call run -> run:f
    (*own).start();
#          ^^^^^ call run -> run(own).start
    list[0].area();
#           ^^^^ call run -> ?list[].area
    own ? own->start() : shape.area();
#              ^^^^^ call run -> run(own).start
#                              ^^^^ call run -> run(shape).area
    std::move(shape);
#        ^^^^ call run -> ?std.move
}
