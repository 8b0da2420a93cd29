#--- path: calls.py ---#
import os.path
from .shapes import Circle as C, helper

@helper(1)
#^^^^^^ call module -> :helper
def run(first, second=helper(), *args: helper()):
#                     ^^^^^^ call module -> :helper
#                                      ^^^^^^ call module -> :helper
    os.path.join(first.name(), "x").upper()
#           ^^^^ call run -> :os.path.join
#                      ^^^^ call run -> run(first).name
#                                   ^^^^^ call run -> :os.path.join().upper
    text = f"{helper(first)!r:{len(text)}}"
#             ^^^^^^ call run -> :helper
#                              ^^^ call run -> !len
    key = lambda x, y=second(): x.z(first())
#                     ^^^^^^ call run -> run(second)
#                                 ^ call run -> run(x#1).z
#                                   ^^^^^ call run -> run(first)
    [item.go(C()) for item in args]
#         ^^ call run -> run:item#2.go
#            ^ call run -> :C
    first[0]()
#   ^^^^^ call run -> run(first)[]
    "{}".format(unknown(await second()))
#        ^^^^^^ call run -> <str>.format
#               ^^^^^^^ call run -> ?unknown
#                             ^^^^^^ call run -> run(second)
    (first or C() if key else second).end()
#             ^ call run -> :C
#                                     ^^^ call run -> (run(first) | :C() | run(second)).end
    first[1:].copy()
#             ^^^^ call run -> run(first).copy
    é.ü()
#      ^^ call run -> ?é.ü
    type(first).kind = 1
#   ^^^^ call run -> !type
class K(C.base()):
#         ^^^^ call module -> :C.base
    made = helper()
#          ^^^^^^ call K -> :helper
    again = made()
#           ^^^^ call K -> K:made
    def m(self, x=made()):
#                 ^^^^ call K -> K:made
        made()
#       ^^^^ call K.m -> ?made
        match self.x():
#                  ^ call K.m -> self[K].x
            case C(a=b) if b():
#                          ^ call K.m -> K.m:b
                with b() as c: c()
#                    ^ call K.m -> K.m:b
#                              ^ call K.m -> K.m:c
