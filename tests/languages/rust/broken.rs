#--- path: src/broken.rs ---#
fn good() { first(); }
#  ^^^^ def function good
#           ^^^^^ call good -> ?first
fn bad( { second(; }
#^ problem syntax error near 'fn bad( { second(; } fn after() { third…'
fn after() { third(); }
#^ problem syntax error near ') { third(); } impl Open { fn method(&s…'
#  ^^^^^ def function after
#            ^^^^^ call after -> ?third
impl Open {
#    ^^^^ def impl Open
    fn method(&self) { self.x( }
#^ problem syntax error near '} fn next(&self) { fourth(); } } fn las…'
    fn next(&self) { fourth(); }
#      ^^^^ def method Open.next
#                    ^^^^^^ call Open.next -> ?fourth
}
fn last() { fifth(); }
#  ^^^^ def function last
#           ^^^^^ call last -> ?fifth
