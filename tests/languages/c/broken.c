#--- path: broken.c ---#
int good(void) { first(); }
#^ problem syntax error near 'int good(void) { first(); } int bad(int…'
#   ^^^^ def function good
#                ^^^^^ call good -> ?first
int bad(int a { second(; }
#^ problem syntax error near 'int a { second(; } int after(void) { th…'
int after(void) { third(); }
#   ^^^^^ def function after
#                 ^^^^^ call after -> ?third
int open(void) { if (x { fourth(); }
#^ problem syntax error: missing ')'
#                        ^^^^^^ call module -> ?fourth
int last(void) { fifth(); }
#   ^^^^ def function last
#                ^^^^^ call last -> ?fifth
