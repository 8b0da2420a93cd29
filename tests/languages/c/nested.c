#--- path: nested.c ---#
struct Outer {
#      ^^^^^ def struct Outer
    struct Inner { int deep; } inner;
#          ^^^^^ def struct Outer.Inner
#                      ^^^^ def field Outer.Inner.deep
#                              ^^^^^ def field Outer.inner
    enum Kind { ONE } kind;
#        ^^^^ def enum Outer.Kind
#               ^^^ def constant Outer.Kind.ONE
#                     ^^^^ def field Outer.kind
    void (*method)(struct Outer *self);
#          ^^^^^^ def field Outer.method
};
