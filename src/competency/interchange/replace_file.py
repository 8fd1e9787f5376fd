"""Writes one file so that it is there whole or not at all: under another name first, then flushed, then renamed."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replace_file(path: Path) -> Iterator[Path]:
    """Gives the name to write under; when the block ends well, the file takes the place of `path`.

    When the block fails, `path` is as it was. A link is followed, and the rights of the older file are kept.
    OSError where the disk refuses.
    """
    target = path.resolve()
    # the process is part of the name: two runs at once must not write into one file
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    _clear_up(target)
    try:
        yield unfinished
        with suppress(FileNotFoundError):
            shutil.copymode(target, unfinished)
        _flush(unfinished, os.O_RDWR)
        unfinished.replace(target)
        if os.name != "nt":  # that system gives no handle of a folder
            _flush(target.parent, os.O_RDONLY)
    finally:
        unfinished.unlink(missing_ok=True)


def _clear_up(target: Path) -> None:
    """Removes what runs left behind that were killed."""
    for left in left_by_killed(target.parent, f".{glob.escape(target.name)}.*.unfinished"):
        left.unlink(missing_ok=True)


def left_by_killed(folder: Path, pattern: str) -> Iterator[Path]:
    """Of the files and folders of a pattern, named `...PROCESS.ENDING`, those of processes that run no more."""
    for left in folder.glob(pattern):
        process = left.stem.rpartition(".")[2]
        if process.isdigit() and not is_running(int(process)):
            yield left


def is_running(process: int) -> bool:
    """Whether a process of this computer runs, by its number; where that cannot be told, that it does."""
    if os.name == "nt":  # there, signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
