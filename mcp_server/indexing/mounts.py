"""Which file systems hold a folder?"""

import re
from pathlib import Path

MOUNTS = "/proc/self/mountinfo"


def file_systems(root: Path, mounts: str = MOUNTS) -> list[str]:
    """Return the kinds of the file systems below ``root``: of the one that holds it, then of what is mounted in it.

    [] where the system does not say. Source: proc(5), mountinfo.
    """
    try:
        lines = Path(mounts).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    place, kind = "", ""
    inside: list[str] = []
    for line in lines:
        # The mount point is the fifth field, the kind the first one after " - ".
        head, _, tail = line.partition(" - ")
        fields = head.split()
        if len(fields) < 5 or not tail:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        if root.is_relative_to(point):
            if len(point) >= len(place):
                place, kind = point, tail.split()[0]
        elif Path(point).is_relative_to(root):
            inside.append(tail.split()[0])
    return [kind, *inside] if kind else []
