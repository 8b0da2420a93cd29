#--- path: Broken.cs ---#
class Good
#     ^^^^ def class Good
{
    void One() { First(); }
#        ^^^ def method Good.One
#                ^^^^^ call Good.One -> ?First
    void Bad( { Second(; }
#^ problem syntax error: missing ')'
#        ^^^ def method Good.Bad
#               ^^^^^^ call Good.Bad -> ?Second
    void After() { Third(); }
#        ^^^^^ def method Good.After
#                  ^^^^^ call Good.After -> ?Third
}
class Last { void End() { Fourth(); } }
#     ^^^^ def class Last
#                 ^^^ def method Last.End
#                         ^^^^^^ call Last.End -> ?Fourth
