"""What stands in a folder that keeps runs: the names of its files, and what no run has kept there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from competency.services.decided_tables import TABLES

# LABEL says what is kept, and LOCK is held by the run that is at work. A part has a table each, and one of them the INDEX.
LABEL, LOCK, INDEX, PART = "kept.json", "kept.lock", "learners.parquet", "run-"

_OF_PART = (INDEX, *(f"{table}.parquet" for table in TABLES))


def part_file(part: str, table: str) -> str:
    """The name of a part's table within the folder."""
    return f"{part}/{table}.parquet"


def file_in_the_way(folder: Path) -> str:
    """A file in a folder, or a folder in it, that no run has kept there; or nothing.

    What a run left there that was killed, or is at work, is its own.
    """
    return next(_others(folder), "")


def _others(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if re.fullmatch(rf"{PART}[1-9][0-9]*", path.name) and path.is_dir() and not path.is_symlink():
            yield from (f"{path.name}/{one.name}" for one in _listed(path) if not _is_own(one, _OF_PART))
        elif not _is_own(path, (LABEL, LOCK)):
            yield path.name


def _listed(part: Path) -> list[Path]:
    try:
        return sorted(part.iterdir())
    except FileNotFoundError:  # a run that is at work has just removed it
        return []


def _is_own(path: Path, names: tuple[str, ...]) -> bool:
    """Whether a file has one of these names, or that of such a file which is not finished."""
    of_unfinished = re.fullmatch(r"\.(.+)\.[0-9]+\.unfinished", path.name)
    return (of_unfinished[1] if of_unfinished else path.name) in names and not path.is_dir()
