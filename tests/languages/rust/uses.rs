#--- path: src/uses.rs ---#
use std::collections::{HashMap, hash_map::Entry as E, self};
#^ import module std::collections::hash_map:Entry as E
#^ import module std::collections:HashMap as HashMap
#^ import module std:collections as collections
use crate::a::b::*;
#^ import module crate::a::b:*
use super::x;
#^ import module super:x as x
pub use self::y::Z;
#^ import module self::y:Z as Z
use single;
#^ import module single as single
use ::outer::thing;
#^ import module outer:thing as thing
extern crate foo as bar;
#^ import module foo as bar
mod other;
#^ import module self::other as other
mod inline {
    use super::x::Y;
#^ import inline self::x:Y as Y
    use super::super::up;
#^ import inline super:up as up
    use self::deep::Z;
#^ import inline self::inline::deep:Z as Z
}
fn f() { use crate::local::Name; }
#^ import f crate::local:Name as Name
