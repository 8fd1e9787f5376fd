"""Files that are written whole or not at all, and what is said where the system does not let us."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.interchange.file_problem import reason_of
from competency.interchange.replace_file import replace_file
from competency.source import Place

__all__ = ["check_output", "replace_file", "unwritable"]


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
    return Diagnostic(
        kinds.FILE_UNWRITABLE,
        f"`{path}` cannot be written: {reason_of(error)}",
        (Label(Place(str(path))),),
        ("What stood there before is still there, whole.",),
        (Fix("make room, or name a file where you may write"),),
        {"path": str(path)},
    )


def _unusable(path: Path, argument: str, message: str, remedy: str) -> Diagnostic:
    data = {"argument": argument, "path": str(path)}
    return Diagnostic(kinds.ARGUMENT_UNUSABLE, f"{argument}: {message}", fixes=(Fix(remedy),), data=data)
