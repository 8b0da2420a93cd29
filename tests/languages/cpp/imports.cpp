#--- path: imports.cpp ---#
#include <vector>
#^ import module vector:*
#include "shape.hpp"
#^ import module .shape.hpp:*
