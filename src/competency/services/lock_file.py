"""A file that one process at a time has for itself. The system frees it when that process ends, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lock_file(path: Path) -> Iterator[bool]:
    """Gives whether a file, made if need be, is ours until the block ends: False where somebody else has it.

    On a disk that cannot lock, as some of a network, it is everybody's. OSError where the file cannot be made. It stays there:
    who removed it could remove one that another process has just locked.
    """
    with path.open("ab") as file:
        yield _is_ours(file.fileno())


if sys.platform == "win32":
    import msvcrt

    def _is_ours(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _is_ours(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:  # this disk cannot lock
            return True
        return True
