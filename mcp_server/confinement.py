"""How is a file below a root opened so that nothing outside the root is ever read?

A path is resolved below the root's descriptor and no part of it may be a symbolic link, so a link that is put in
place between a check and an open leads nowhere: there is no check before the open. Linux does this in one call,
openat2(2) with RESOLVE_BENEATH, NO_SYMLINKS and NO_MAGICLINKS; elsewhere, and where a sandbox refuses that call, each
part is opened relative to the one above with O_NOFOLLOW. Pipes, sockets and devices are opened without waiting and
refused by what the descriptor is, not by what the name was.

A hard link cannot be told from the file itself: whoever may make one may read the file.
"""

import ctypes
import errno
import os
import stat
import sys
from functools import cache
from pathlib import Path

from mcp_server.stamp import settled

_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY

# One number on every architecture since Linux 5.6; the standard library has no name for it.
_OPENAT2 = 437
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08


class _How(ctypes.Structure):
    """``struct open_how`` of linux/openat2.h."""

    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_folder(root: Path, path: str) -> int:
    """Open the folder at ``path`` below ``root`` ("" is the root) and return its descriptor.

    Raises:
        OSError: it is not there, is no folder, or a part of the path is a symbolic link (ELOOP or ENOTDIR).
    """
    return _open(root, path, _FOLDER)


def read_file(root: Path, path: str, limit: int) -> tuple[os.stat_result, bytes]:
    """Return the status and bytes of the regular file at ``path`` below ``root``.

    The status is taken first, so that it is never newer than the bytes.

    Raises:
        OSError: EFBIG when the file holds more than ``limit`` bytes, ENXIO when it is no regular file, EXDEV when
            ``path`` is no plain path below the root, ELOOP when a part of it is a symbolic link.
    """
    at = _open(root, path, _FILE)
    try:
        return read_descriptor(at, path, limit)
    finally:
        os.close(at)


def read_descriptor(at: int, path: str, limit: int) -> tuple[os.stat_result, bytes]:
    """Return the status and bytes of an open file, as ``read_file`` does; ``path`` is for the error."""
    if not stat.S_ISREG(os.fstat(at).st_mode):
        raise OSError(errno.ENXIO, "not a regular file", path)
    status = settled(at)
    portions: list[bytes] = []
    size, held = status.st_size, 0
    while size <= limit and (portion := os.read(at, limit + 1 - held)):
        portions.append(portion)
        held += len(portion)
        size = max(size, held)
    if size > limit:
        raise OSError(errno.EFBIG, "larger than allowed", path)
    return status, b"".join(portions)


def _open(root: Path, path: str, flags: int) -> int:
    parts = path.split("/") if path else []
    if "\0" in path or not {"", ".", ".."}.isdisjoint(parts):
        raise OSError(errno.EXDEV, "not a path below the root", path)
    try:
        name = os.fsencode(path)
    except UnicodeEncodeError:
        raise OSError(errno.ENOENT, "no such name", path) from None
    at = os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    if not parts:
        return at
    try:
        return _open_beneath(at, name, flags) if has_openat2() else _open_by_parts(at, parts, flags)
    finally:
        os.close(at)


@cache
def has_openat2() -> bool:
    """Say whether the system opens beneath a folder in one call; sandboxes that do not know the call refuse it."""
    if sys.platform != "linux":
        return False
    at = os.open("/", _FOLDER)
    try:
        os.close(_open_beneath(at, b".", _FOLDER))
    except OSError:
        return False
    finally:
        os.close(at)
    return True


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _open_beneath(at: int, name: bytes, flags: int) -> int:
    how = _How(flags, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS)
    while True:
        opened = int(_libc().syscall(_OPENAT2, at, name, ctypes.byref(how), ctypes.sizeof(how)))
        if opened >= 0:
            return opened
        number = ctypes.get_errno()
        if number != errno.EINTR:
            raise OSError(number, os.strerror(number), os.fsdecode(name))


def _open_by_parts(at: int, parts: list[str], flags: int) -> int:
    """Open part by part from the descriptor ``at``, which stays open; no part may be a symbolic link."""
    inner = at
    for number, part in enumerate(parts, 1):
        try:
            opened = os.open(part, flags if number == len(parts) else _FOLDER, dir_fd=inner)
        finally:
            if inner != at:
                os.close(inner)
        inner = opened
    return inner
