#--- path: inherit.py ---#
class A:
    def __new__(cls, *args):
        return super().__new__(cls)
#              ^^^^^ call A.__new__ -> !super
#                      ^^^^^^^ call A.__new__ -> super[A].__new__

    @classmethod
    def make(cls):
        return cls.more(cls())
#                  ^^^^ call A.make -> class[A].more
#                       ^^^ call A.make -> class[A]

    @staticmethod
    def stat(self): self.x()
#                        ^ call A.stat -> A.stat(self).x

class B(A):
    def run(self):
        super(B, self).run()
#       ^^^^^ call B.run -> !super
#                      ^^^ call B.run -> super[B].run
        super(A, self).run()
#       ^^^^^ call B.run -> !super
#                      ^^^ call B.run -> super[A].run
        type(self).make()
#       ^^^^ call B.run -> !type
#                  ^^^^ call B.run -> class[B].make
        self.__class__.make()
#                      ^^^^ call B.run -> class[B].make
        def inner():
            self.run()
#                ^^^ call B.run.inner -> self[B].run
        return lambda: self.a.b()
#                             ^ call B.run -> self[B].a.b

    def changed(self):
        self = other(self)
#              ^^^^^ call B.changed -> ?other
        self.run()
#            ^^^ call B.changed -> B.changed:self@2.run
