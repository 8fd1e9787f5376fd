"""Puts several files into a folder at once: after a crash all of them are the new ones, or all the old ones.

New files are written into a folder of their own; giving that folder its second name is the moment that counts. Files
that had not been moved to their place by then are moved by the next call.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNFINISHED = ".facts-unfinished"
_COMPLETE = ".facts-complete"


@contextmanager
def replace_files(folder: Path) -> Iterator[Path]:
    """Gives a folder to write new files into; when the block ends well they take the place of those in `folder`.

    A table that arrives in one format takes the place of the same table in the other. When the block fails, `folder`
    stays as it was, also where it was not there. OSError where the disk refuses.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    finish_interrupted(folder)
    unfinished = folder / _UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        yield unfinished
        for path in unfinished.iterdir():
            flush(path)
        flush(unfinished)
        unfinished.rename(folder / _COMPLETE)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        if is_new:
            folder.rmdir()
        raise
    flush(folder)
    finish_interrupted(folder)


def is_interrupted(folder: Path) -> bool:
    """Whether files that are complete have not all been moved to their place."""
    return (folder / _COMPLETE).exists()


def finish_interrupted(folder: Path) -> None:
    """Move complete files to their place; nothing where there are none."""
    complete = folder / _COMPLETE
    if not complete.exists():
        return
    for path in sorted(complete.iterdir()):
        for suffix in {".csv", ".parquet"} - {path.suffix}:
            (folder / path.name).with_suffix(suffix).unlink(missing_ok=True)
        path.replace(folder / path.name)
    flush(folder)
    complete.rmdir()


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before anything relies on them."""
    if path.is_dir() and os.name == "nt":
        return  # this system gives no handle of a folder
    # A file is opened for writing because some systems flush no other handle.
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
