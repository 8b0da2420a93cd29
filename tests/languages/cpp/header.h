#--- path: header.h ---#
#pragma once
namespace geo { class Shape { int area(); }; }
#         ^^^ def namespace geo
#                     ^^^^^ def class geo.Shape
#                                 ^^^^ def method geo.Shape.area [declaration]
