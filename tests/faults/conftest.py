"""Which modules do the fault tests share with their neighbours?"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "stores"))
