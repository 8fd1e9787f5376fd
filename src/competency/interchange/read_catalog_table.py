"""A CSV table of a policy book to its rows as text, the header checked. Knows the columns and no values.

A table is taken as a whole or not at all: a policy must not rest on the part that could be read.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from competency.diagnostics import Diagnostic
from competency.diagnostics.kinds import CATALOG_HEADER, CATALOG_ROW
from competency.interchange.cell_fault import CellFault, shown
from competency.interchange.cells import PLAIN, read_cell
from competency.interchange.describe_circle import IS_A_PART, RelationWords, describe_circle
from competency.interchange.file_problem import file_problem, first_problems
from competency.interchange.read_text import read_text
from competency.model.facts import Column, ColumnType
from competency.source import Place

# 3,000 competencies with their statements take one megabyte; a table of learners must not come in by this door.
CATALOG_BYTES_MAX = 16 * 1024**2

# A name so near to a known column is that column misspelt, not a column of the district's own.
_MISSPELT = 0.8

_TEXT = Column("cell", ColumnType.TEXT, "Whatever a cell holds, before anybody asks what it means.")


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """The line on which a row begins, and its cells without the blanks around them."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """The names of the columns, and rows of as many cells."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[CatalogRow, ...]

    def cell(self, row: CatalogRow, column: str) -> str:
        """A cell of a row; an empty text where the table has no such column."""
        return row.cells[self.header.index(column)] if column in self.header else ""

    def circle(self, relation: Mapping[str, Sequence[str]], words: RelationWords, column: str) -> Diagnostic | None:
        """The shortest circle in a relation between codes that a column states; none where there is none.

        `relation` maps a code to those that come before it or are its parts; codes of other tables are passed over.
        """
        lines = {self.cell(row, "code"): row.line for row in self.rows}

        def place(one: str, other: str) -> Place:
            # A part names its whole; what comes later names what comes before it.
            stated_by = one if words is IS_A_PART else other
            return Place(str(self.path), lines[stated_by], column)

        return describe_circle(relation, words, place)

    def problem(self, row: CatalogRow, column: str, message: str, remedy: str, **data: Any) -> Diagnostic:
        """What is wrong with a cell."""
        told = f"Line {row.line} of `{self.path.name}`: {message}."
        return file_problem(CATALOG_ROW, self.path, told, remedy, line=row.line, field=column, **data)


def read_catalog_table(
    path: Path, required: Sequence[str] = (), optional: Sequence[str] = (), *, others_allowed: bool = False
) -> tuple[CatalogTable | None, tuple[Diagnostic, ...]]:
    """The table, or none and every fault. `others_allowed`: whether it may have further columns, of any name.

    Faults: CBE001 to CBE004 for the file, CBE604 for the header, CBE605 for rows that cannot be laid out under it.
    Lines that are blank, or hold nothing but commas, are passed over.
    """
    text, diagnostics = read_text(path, CATALOG_BYTES_MAX)
    if text is None:
        return None, diagnostics
    rows, problem = _rows(path, text)
    if problem is not None:
        return None, (problem,)
    if not rows:
        named = f": {', '.join(required)}" if required else ""
        message = f"`{path.name}` is empty: it has no header."
        return None, (file_problem(CATALOG_HEADER, path, message, f"Begin it with the names of the columns{named}."),)
    header = rows[0].cells
    faults = _header_faults(path, rows[0], required, optional, others_allowed)
    if faults:
        return None, first_problems(CATALOG_HEADER, path, faults)
    faults = [_width_fault(path, row, len(header)) for row in rows[1:] if len(row.cells) != len(header)]
    faults = faults or [fault for row in rows[1:] for fault in _character_faults(path, header, row)]
    if faults:
        return None, first_problems(CATALOG_ROW, path, faults)
    return CatalogTable(path, header, tuple(rows[1:])), ()


def _rows(path: Path, text: str) -> tuple[list[CatalogRow], Diagnostic | None]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[CatalogRow] = []
    line = 1
    try:
        for cells in reader:
            row = CatalogRow(line, tuple(cell.strip() for cell in cells))
            # A spreadsheet writes rows that were emptied, or only coloured, as commas alone.
            if any(row.cells):
                rows.append(row)
            line = reader.line_num + 1
    except csv.Error as error:
        message = (
            f"The row of `{path.name}` that begins on line {line} cannot be split into cells: a quotation mark is opened "
            "and never closed, something stands between a closing one and the comma, or a cell is far too long."
        )
        remedy = 'Put cells that hold commas, quotation marks or line breaks between ", and double each " inside.'
        return [], file_problem(CATALOG_ROW, path, message, remedy, line=line, parser=str(error))
    return rows, None


def _header_faults(
    path: Path, row: CatalogRow, required: Sequence[str], optional: Sequence[str], others_allowed: bool
) -> list[Diagnostic]:
    header, known = row.cells, (*required, *optional)
    columns = f"The columns are {', '.join(known)}{' and any others' if others_allowed else ''}."
    faults: list[Diagnostic] = []

    def fault(name: str, message: str, remedy: str, **data: Any) -> None:
        faults.append(file_problem(CATALOG_HEADER, path, message, remedy, line=row.line, field=name or None, **data))

    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        message = f"The cells of `{path.name}` are not separated by commas."
        fault("", message, f"Save it with commas between the cells (CSV UTF-8). {columns}")
        return faults
    meant: set[str] = set()
    for number, name in enumerate(header, start=1):
        if not name:
            fault(name, f"Column {number} of `{path.name}` has no name.", f"Name it, or take it out. {columns}")
        elif name in header[: number - 1]:
            fault(name, f"The column `{name}` stands twice in `{path.name}`.", "Keep one of the two columns.")
        elif name not in known:
            free = [column for column in known if column not in header]
            nearest = difflib.get_close_matches(name.lower(), free, n=1, cutoff=_MISSPELT if others_allowed else 0.5)
            if nearest:
                meant.update(nearest)
                remedy = f"Did you mean `{nearest[0]}`? {columns}"
                fault(name, f"`{path.name}` has an unknown column {shown(name)}.", remedy, nearest=nearest[0])
            elif not others_allowed and len(known) > 0:
                fault(name, f"`{path.name}` has an unknown column {shown(name)}.", columns)
    for name in required:
        if name not in header and name not in meant:
            fault(name, f"`{path.name}` has no column `{name}`, and every row needs it.", columns)
    return faults


def _character_faults(path: Path, header: Sequence[str], row: CatalogRow) -> Iterator[Diagnostic]:
    """A fault for each cell with a character that hides or reverses what people see, or that is far too long."""
    for name, cell in zip(header, row.cells, strict=True):
        try:
            read_cell(_TEXT, cell, PLAIN)
        except CellFault as fault:
            message = f"Line {row.line} of `{path.name}`: {fault.reason}."
            remedy = "Type the words of the cell again; titles copied from web pages bring such characters along."
            yield file_problem(CATALOG_ROW, path, message, remedy, line=row.line, field=name)


def _width_fault(path: Path, row: CatalogRow, width: int) -> Diagnostic:
    more_or_fewer = "more" if len(row.cells) > width else "fewer"
    message = (
        f"Line {row.line} of `{path.name}` has {more_or_fewer} cells than the header: {len(row.cells)} and not {width}."
    )
    remedy = 'Give every row one cell a column; put a cell that holds a comma between ".'
    return file_problem(CATALOG_ROW, path, message, remedy, line=row.line, cells=len(row.cells), columns=width)
