"""Writes one file so that it is there whole or not at all: under another name first, then flushed, then renamed."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.source import Place


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
        if target.exists():
            shutil.copymode(target, unfinished)
        _flush(unfinished, os.O_RDWR)
        unfinished.replace(target)
        if os.name != "nt":  # that system gives no handle of a folder
            _flush(target.parent, os.O_RDONLY)
    finally:
        unfinished.unlink(missing_ok=True)


def _clear_up(target: Path) -> None:
    """Removes what runs left behind that were killed."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.unfinished"):
        process = left.name.removesuffix(".unfinished").rpartition(".")[2]
        if process.isdigit() and not _is_running(int(process)):
            left.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    if os.name == "nt":  # there, signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def check_output(path: Path, argument: str, suffixes: Sequence[str]) -> tuple[Diagnostic, ...]:
    """Why a file cannot be written, found before any work is done: its ending, its folder."""
    if path.suffix.lower() not in suffixes:
        ending = f"the ending `{path.suffix}`" if path.suffix else "no ending"
        known = " or ".join(suffixes)
        return (_unusable(path, argument, f"`{path}` has {ending}", f"name a file that ends in {known}"),)
    if path.is_dir():
        return (_unusable(path, argument, f"`{path}` is a folder", "name a file in it"),)
    if not path.parent.is_dir():
        remedy = "make the folder first, or correct the path"
        return (_unusable(path, argument, f"there is no folder `{path.parent}`", remedy),)
    if not os.access(path.parent, os.W_OK):
        remedy = "name a file in a folder in which you may write"
        return (_unusable(path, argument, f"the folder `{path.parent}` cannot be written in", remedy),)
    return ()


def unwritable(path: Path, error: OSError) -> Diagnostic:
    """A file that the system did not let us write."""
    reason = (error.strerror or type(error).__name__).lower()
    return Diagnostic(
        kinds.FILE_UNWRITABLE,
        f"`{path}` cannot be written: {reason}",
        (Label(Place(str(path))),),
        ("What stood there before is still there, whole.",),
        (Fix("make room, or name a file where you may write"),),
        {"path": str(path)},
    )


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unusable(path: Path, argument: str, message: str, remedy: str) -> Diagnostic:
    data = {"argument": argument, "path": str(path)}
    return Diagnostic(kinds.ARGUMENT_UNUSABLE, f"{argument}: {message}", fixes=(Fix(remedy),), data=data)
