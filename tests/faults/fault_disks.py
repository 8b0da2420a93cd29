"""On which disks can a fault be had for real?

A file system of its own in an image file, mounted over a loop device: its power can be cut, it can be full, it can
be read-only. It takes the rights to mount; ``Unavailable`` says in words what is missing.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

# The least that mkfs.xfs makes; ext4 needs little, and a small disk is soon full.
_BYTES = {"ext4": 48 << 20, "ext4 small blocks": 48 << 20, "xfs": 320 << 20}
# Blocks of 4 KB, as on every disk of a usual size. A small ext4 gets blocks of 1 KB, where SQLite's shared memory file
# has holes, and to write into one ends the process (SIGBUS) when the disk is full.
_EXT4 = ("mkfs.ext4", "-q", "-F", "-m", "0", "-b")
_MAKE = {
    "ext4": (*_EXT4, "4096"),
    "ext4 small blocks": (*_EXT4, "1024"),
    "xfs": ("mkfs.xfs", "-q", "-f"),
}
# A dying process gives its last file back a moment after its last word.
_UNMOUNTS = 500


class Unavailable(Exception):
    """This machine cannot show this fault; the text says why."""


class Disk:
    """A mounted file system of kind "ext4", "ext4 small blocks" or "xfs"."""

    def __init__(self, kind: str, folder: Path) -> None:
        """Make and mount it below ``folder``.

        Raises:
            Unavailable: It cannot be made or mounted here.
        """
        self.path = folder / "mount"
        if os.geteuid() != 0:
            raise Unavailable("mounting a file system takes root")
        if shutil.which(_MAKE[kind][0]) is None:
            raise Unavailable(f"{_MAKE[kind][0]} is not installed")
        image = folder / "image"
        folder.mkdir(parents=True, exist_ok=True)
        self.path.mkdir()
        with image.open("wb") as file:
            file.truncate(_BYTES[kind])
        _run(*_MAKE[kind], str(image))
        self._device = _run("losetup", "--find", "--show", str(image)).strip()
        try:
            self.mount()
        except Unavailable:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unmount()
        self.close()

    def mount(self, *options: str) -> None:
        """Mount it; what is in its journal is done again."""
        _run("mount", *(option for name in options for option in ("-o", name)), self._device, str(self.path))

    def unmount(self) -> None:
        """Unmount it; whoever used it must have ended."""
        for _ in range(_UNMOUNTS):
            done = subprocess.run(["umount", str(self.path)], capture_output=True, text=True, check=False)
            if done.returncode == 0 or "not mounted" in done.stderr:
                return
        raise OSError(f"the file system cannot be unmounted: {done.stderr}")

    def close(self) -> None:
        """Give the loop device back."""
        _run("losetup", "--detach", self._device)

    def again(self, *options: str) -> None:
        """Unmount and mount, as a new start of the machine does."""
        self.unmount()
        self.mount(*options)

    def free(self) -> None:
        """Remove what filled it."""
        (self.path / "ballast").unlink(missing_ok=True)


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", "") or str(error)
        raise Unavailable(f"{command[0]} does not work here: {told.strip()}") from error
