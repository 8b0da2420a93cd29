"""What is said of an error that nobody expected?

One file must not end a run: whatever goes wrong in parsing or linking it becomes a problem of the file. This says
where, so that the mistake, which is this program's, can be found.
"""

import traceback
from pathlib import Path

_PROGRAM = str(Path(__file__).parents[1])


def place(error: BaseException) -> str:
    """Return the kind of an error and where in this program it was raised: "KeyError in hierarchy.py:176".

    The error's own text is left out: it may hold a row's id, which another index of the same files has otherwise.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_PROGRAM)]
    return type(error).__name__ + (f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "")
