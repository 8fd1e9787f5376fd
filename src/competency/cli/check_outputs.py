"""Files that a command writes: each is a file of its own, and none stands among what the command reads or keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic


def check_outputs(written: Sequence[tuple[str, Path]], kept_whole: Mapping[str, Path | None]) -> tuple[Diagnostic, ...]:
    """What is wrong with where files are written. `written`: options with their files; of an option the first fault is told.

    `kept_whole`: options with the files and folders that they name, in which nothing may be written. Paths are compared as
    the system follows them, so that another spelling or a link hides nothing; a file to which a link in such a folder leads
    counts as one of the folder.
    """
    places = [place for option, path in kept_whole.items() for place in _places(option, path)]
    found: dict[str, Diagnostic] = {}
    others: set[Path] = set()
    for option, path in written:
        target = path.resolve()
        what = next((what for place, what in places if target.is_relative_to(place)), "")
        if what:
            wrong = unusable(option, f"`{path}` is {what}", "write it outside: nothing there may be replaced")
            found.setdefault(option, wrong)
        elif target in others:
            found.setdefault(option, unusable(option, f"`{path}` is written already", "name another file"))
        others.add(target)
    return tuple(found.values())


def _places(option: str, path: Path | None) -> Iterator[tuple[Path, str]]:
    """Where nothing may be written, and what a file there would be."""
    if path is None:
        return
    with suppress(OSError):  # what cannot be read is told of when it is read
        if path.is_file():
            yield path.resolve(), f"the file that is read as {option}"
            return
        yield path.resolve(), f"inside `{path}`, the folder of {option}"
        for entry in path.iterdir():
            if entry.is_symlink() and entry.is_file():
                yield entry.resolve(), f"the file that `{entry}` leads to, in the folder of {option}"
