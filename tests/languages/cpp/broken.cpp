#--- path: broken.cpp ---#
class Good {
#     ^^^^ def class Good
    void one() { first(); }
#        ^^^ def method Good.one
#                ^^^^^ call Good.one -> ?first
    void bad( { second(; }
#^ problem syntax error near '( { second(; } void after()'
#        ^^^ def method Good.bad
    void after() { third(); }
#                  ^^^^^ call Good.bad -> ?third
};
void last() { fourth(); }
#    ^^^^ def function last
#             ^^^^^^ call last -> ?fourth
