"""What is wrong with a table as a whole, and its header, whichever way the table is read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from competency.diagnostics import Diagnostic, DiagnosticKind, Fix, Label
from competency.diagnostics.kinds import FACTS_HEADER, FACTS_UNREADABLE
from competency.interchange.file_problem import reason_of
from competency.model.facts import FactType
from competency.source import Place


class TableFault(Exception):
    """A table that is wrong as a whole: nothing of it is read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def checked_header(path: Path, fact_type: FactType, cells: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns. Raises TableFault for one that is unknown, repeated or missing."""
    header = tuple(cell.strip() for cell in cells)
    names = [column.name for column in fact_type.columns]
    known = f"The columns of {fact_type.plural} are: {', '.join(names)}."
    for number, name in enumerate(header, start=1):
        if name not in names:
            nearest = difflib.get_close_matches(name, names, n=1)
            remedy = f"Did you mean `{nearest[0]}`? " if nearest else ""
            if not nearest and any(mark in name for mark in ";\t|"):
                remedy = "Separate the cells by commas. "
            what = f"`{name}`, which {fact_type.plural} do not have" if name else "no name"
            message = f"Column {number} of `{path.name}` has {what}; nothing of the file was read"
            raise fault_of_table(FACTS_HEADER, path, 1, message, remedy + known, field=name, nearest=nearest)
        if name in header[: number - 1]:
            message = f"The column `{name}` stands twice in `{path.name}`; nothing of the file was read"
            raise fault_of_table(FACTS_HEADER, path, 1, message, "Keep one of the two columns.", field=name)
    missing = [name for name in required_columns(fact_type) if name not in header]
    if missing:
        message = f"`{path.name}` has no column `{missing[0]}`, and every row needs it; nothing of the file was read"
        raise fault_of_table(FACTS_HEADER, path, 1, message, known, field=missing[0])
    return header


def required_columns(fact_type: FactType) -> list[str]:
    """The columns without which no row is taken."""
    return [column.name for column in fact_type.columns if column.required]


def unreadable(path: Path, error: OSError) -> TableFault:
    """A table, or the folder of tables, that the system does not let us read."""
    remedy = "See to it that it is there and that you may read it."
    return fault_of_table(FACTS_UNREADABLE, path, None, f"`{path.name}` cannot be read: {reason_of(error)}", remedy)


def fault_of_table(
    kind: DiagnosticKind, path: Path, line: int | None, message: str, remedy: str, *, field: str = "", **data: Any
) -> TableFault:
    """What is wrong with a table, with the place and a remedy."""
    place = Place(str(path), line, field or None)
    return TableFault(Diagnostic(kind, f"{message}.", (Label(place, "here"),), (), (Fix(remedy),), data))
