"""Writes a folder so that it is there whole or not at all: beside it under another name first, then flushed, then renamed."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from competency.interchange.replace_file import left_by_killed
from competency.interchange.replace_files import flush

# The name of the new folder in the one to work in.
MADE = "made"


@contextmanager
def replace_folder(out: Path) -> Iterator[Path]:
    """Gives a folder to work in, beside `out`; what then stands in it as the folder MADE takes the place of `out`.

    When the block fails, or makes no such folder, `out` is as it was. OSError where the disk refuses.
    """
    out = out.resolve()
    work = out.with_name(f".{out.name}.{os.getpid()}.unfinished")
    _clear_up(out)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
        made = work / MADE
        if made.exists():
            for path in (*made.rglob("*"), made):
                flush(path)
            if out.exists():
                out.rename(work / "replaced")
            made.rename(out)
            flush(out.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _clear_up(out: Path) -> None:
    """Removes what runs left behind that were killed; an older folder that such a run had moved away comes back."""
    for left in left_by_killed(out.parent, f".{glob.escape(out.name)}.*.unfinished"):
        if (left / "replaced").exists() and not out.exists():
            (left / "replaced").rename(out)
        shutil.rmtree(left, ignore_errors=True)
