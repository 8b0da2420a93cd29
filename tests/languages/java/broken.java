#--- path: broken.java ---#
class Good {
#     ^^^^ def class Good
    void one() { first(); }
#        ^^^ def method Good.one
#                ^^^^^ call Good.one -> ?first
    void bad( { second(; }
#^ problem syntax error: missing ')'
#        ^^^ def method Good.bad
    void after() { third(); }
#        ^^^^^ def method Good.after
#                  ^^^^^ call Good.after -> ?third
}
class Next {
#     ^^^^ def class Next
    void last() { if (x { fourth(); }
#^ problem syntax error: missing ')'
#        ^^^^ def method Next.last
#                         ^^^^^^ call Next.last -> ?fourth
}
class Final { void end() { fifth(); } }
#^ problem syntax error: missing '}'
#     ^^^^^ def class Next.Final
#                  ^^^ def method Next.Final.end
#                          ^^^^^ call Next.Final.end -> ?fifth
