#--- path: pkg/imports.py ---#
from __future__ import annotations
import a.b
#<  import module a.b as a
import a.b as c, d
#<  import module a.b as c
#<  import module d as d
from . import e
#<  import module .:e as e
from ..x.y import (
    f as g,
#   ^ import module ..x.y:f as g
    h,
#   ^ import module ..x.y:h as h
)
from z import *
#< import module z:*
if TYPE_CHECKING:
    from t import T
#   ^ import module t:T as T
def load():
    try:
        import fast as engine
#       ^ import load fast as engine
    except ImportError:
        engine = None
class K:
    import inside
#   ^ import K inside as inside
