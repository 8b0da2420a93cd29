#--- path: Imports.cs ---#
using System.Linq;
#^ import module System.Linq:*
using static System.Math;
#^ import module System.Math:*
using Shapes = Geo.Flat.Shape;
#^ import module Geo.Flat:Shape as Shapes
global using Global;
#^ import module Global:*
