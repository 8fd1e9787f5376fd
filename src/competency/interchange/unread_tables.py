"""What stands in a folder of fact tables, looks like a table and is not read: a warning each, so that it does not pass unseen.

Knows names alone: no file is opened.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path

from competency.diagnostics import Diagnostic
from competency.diagnostics.kinds import FACTS_UNREAD
from competency.interchange.file_problem import file_problem
from competency.interchange.rejects import REJECTS_NAME
from competency.model.facts import FactType

TABLE_SUFFIXES = (".csv", ".parquet")

_PACKED = (".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip", ".zst")


def unread_tables(folder: Path, fact_types: Sequence[FactType]) -> list[Diagnostic]:
    """A warning for each file and folder in `folder` that looks like a table of facts and is none that is read.

    Where a table stands under its right name, what has its name with another ending or in a folder below is taken for a copy.
    """
    plurals = {fact_type.plural.casefold(): fact_type.plural for fact_type in fact_types}
    present = {
        plural for plural in plurals.values() if any(_is(path, Path.is_file) for path in table_paths(folder, plural))
    }
    found: list[Diagnostic] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == REJECTS_NAME or path.name.endswith(f".{REJECTS_NAME}"):
            continue
        if _is(path, Path.is_dir):
            found += _of_folder(path, plurals, present)
        else:
            found += _of_file(path, plurals, present)
    return found


def table_paths(folder: Path, plural: str) -> list[Path]:
    """Where a table may stand in a folder of facts."""
    return [folder / f"{plural}{suffix}" for suffix in TABLE_SUFFIXES]


def _of_folder(path: Path, plurals: dict[str, str], present: set[str]) -> list[Diagnostic]:
    below = [
        table
        for plural in plurals.values()
        if plural not in present
        for table in table_paths(path, plural)
        if _is(table, Path.is_file)
    ]
    if below:
        remedy = "Move it up into the folder of the facts."
        what = "stands in a folder of its own; it was not read"
        return [_unread(table, f"`{path.name}/{table.name}` {what}", remedy) for table in below]
    name = path.name.casefold()
    is_file_name = name.endswith(TABLE_SUFFIXES)
    plural = plurals.get(path.stem.casefold() if is_file_name else name)
    if plural is None or (plural in present and not is_file_name):
        return []
    remedy = f"Put the table there as one file, `{plural}.csv` or `{plural}.parquet`."
    return [_unread(path, f"`{path.name}` is a folder and no table; it was not read", remedy)]


def _of_file(path: Path, plurals: dict[str, str], present: set[str]) -> list[Diagnostic]:
    name = path.name.casefold()
    plural = plurals.get(name.partition(".")[0].strip())
    if plural is not None and path.name in {table.name for table in table_paths(path.parent, plural)}:
        if _is(path, Path.is_file):
            return []
        remedy = "Put the table itself there."
        return [_unread(path, f"`{path.name}` is no file, or a link that leads to none; it was not read", remedy)]
    if name.endswith(TABLE_SUFFIXES):
        return _misnamed(path, plural, plurals)
    if plural is None or plural in present:
        return []
    if name.endswith(_PACKED):
        message, remedy = (
            f"`{path.name}` is packed; it was not read",
            f"Unpack it to `{plural}.csv` in the same folder.",
        )
    else:
        message = f"`{path.name}` does not end in {' or '.join(TABLE_SUFFIXES)}; it was not read"
        remedy = f"Rename it to `{plural}.csv` if its cells stand between commas; else save it so under that name."
    return [_unread(path, message, remedy)]


def _misnamed(path: Path, plural: str | None, plurals: dict[str, str]) -> list[Diagnostic]:
    """Of a file with the ending of a table, which is not named as one is."""
    suffix = path.suffix.casefold()
    if plural is not None and path.stem.casefold() == plural.casefold():
        table = path.with_name(f"{plural}{suffix}")
        if _is(table, Path.is_file) and table.samefile(path):  # on some systems large and small letters are the same
            return []
        message = f"`{path.name}` is not written as the table `{table.name}` is; it was not read"
        remedy = "Keep one of the two files." if _is(table, Path.is_file) else f"Rename it to `{table.name}`."
        return [_unread(path, message, remedy)]
    nearest = difflib.get_close_matches(path.stem.casefold(), plurals, n=1)
    remedy = f"Did you mean `{plurals[nearest[0]]}{suffix}`?" if nearest else "Declare the fact type in the book."
    return [_unread(path, f"`{path.name}` is no table of facts that is declared; it was not read", remedy)]


def _is(path: Path, kind: Callable[[Path], bool]) -> bool:
    """Whether a path is of a kind; it is none where we may not even look: that is told where it is read."""
    try:
        return kind(path)
    except OSError:
        return False


def _unread(path: Path, message: str, remedy: str) -> Diagnostic:
    return file_problem(FACTS_UNREAD, path, f"{message}.", remedy)
