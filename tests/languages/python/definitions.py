#--- path: shapes.py ---#
"""Shapes."""
import typing
LIMIT = 10
#< def constant LIMIT
scale: float = 1.0
#< def variable scale
T = typing.TypeVar("T")
#< def variable T
Point: typing.TypeAlias = tuple[int, int]
#< def type Point
type Pair[A] = tuple[A, A]
#    ^^^^ def type Pair
LIMIT = 11
a, b = 1, 2
handler = None
def handler(): pass
#   ^^^^^^^ def function handler


class Circle(Base, metaclass=ABCMeta):
#     ^^^^^^ def class Circle [abstract]
    unit: str = "m"
#   ^^^^ def field Circle.unit

    def area(self, /, b: int = 3, *rest: int, key=g(), **more) -> float:
#       ^^^^ def method Circle.area
        local = 1
        def inner():
#           ^^^^^ def function Circle.area.inner [generator]
            yield local
        return inner

    @property
    def size(self): ...
#       ^^^^ def property Circle.size

    @staticmethod
    def make(): ...
#       ^^^^ def method Circle.make [static]

    @classmethod
    async def load(cls): yield 1
#             ^^^^ def method Circle.load [async, generator, class]

    class Inner:
#         ^^^^^ def class Circle.Inner
        @abstractmethod
        def deep(self): ...
#           ^^^^ def method Circle.Inner.deep [abstract]
if scale:
    def conditional(): ...
#       ^^^^^^^^^^^ def function conditional
