#--- path: scoping.py ---#
from star import *
x = 1
def outer(p):
    def middle():
        nonlocal p
        global made, x
        p = x
        made = p
        x()
#       ^ call outer.middle -> :x
        p()
#       ^ call outer.middle -> outer:p
    late()
#   ^^^^ call outer -> outer:late
    late = middle
    made()
#   ^^^^ call outer -> :made
    len()
#   ^^^ call outer -> !len
    star_name()
#   ^^^^^^^^^ call outer -> ?star_name
    [w() for w in p(w)]
#    ^ call outer -> outer:w#1
#                 ^ call outer -> outer:p
    w()
#   ^ call outer -> ?w
    [y := x() for _ in p]
#         ^ call outer -> :x
    y()
#   ^ call outer -> outer:y
    for i, (j, *k) in p: i(), j(), k()
#                        ^ call outer -> outer:i
#                             ^ call outer -> outer:j
#                                  ^ call outer -> outer:k
    try: ...
    except E as e: e()
#                  ^ call outer -> outer:e
    import a.b, c as d
    a.b(), d()
#     ^ call outer -> outer:a.b
#          ^ call outer -> outer:d
def generic[T](t): T()
#                  ^ call generic -> generic:T
