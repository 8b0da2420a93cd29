#--- path: assign.py ---#
x = y = make()
#< assign :x = ?make()
#< assign :y = ?make()
a, (b, c) = 1, other
#< assign :a = <int>
#< assign :b = ?other[]
#< assign :c = ?other[]
n: int
#< assign :n: int = _
n += 1
class K:
    field: list[int] = []
#   ^ assign K:field: list[int] = <list>
    def __init__(self, p, q: int):
#   ^ assign K.__init__:q = K.__init__(q)
        self.p = self.q = p
#       ^ assign self[K].p = K.__init__(p)
#       ^ assign self[K].q = K.__init__(p)
        q = p or {}
#       ^ assign K.__init__:q = (K.__init__(p) | <dict>)
        for self.i, j in p: pass
#       ^ assign self[K].i = *K.__init__(p)[]
#       ^ assign K.__init__:j = *K.__init__(p)[]
        with p as w: pass
#       ^ assign K.__init__:w = enter K.__init__(p)
        if (z := p.get()): del z
#       ^ assign K.__init__:z = K.__init__(p).get()
        p[0] = 1
        first, *rest = p, q
#       ^ assign K.__init__:first = <tuple>[]
#       ^ assign K.__init__:rest = <tuple>
