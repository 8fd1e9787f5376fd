"""CSV tables of a policy book to items and relations: courses, levels, their competencies, rows of decision tables.

Every cell is checked; whether a code that is spoken of exists is for the reader of rules, who knows the whole book.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from competency.diagnostics import Diagnostic
from competency.diagnostics.kinds import CATALOG_ROW
from competency.interchange.cell_fault import CellFault, shown
from competency.interchange.describe_circle import COMES_BEFORE
from competency.interchange.exact_numbers import read_number
from competency.interchange.file_problem import first_problems
from competency.interchange.read_catalog_table import CatalogRow, CatalogTable, read_catalog_table
from competency.model.items import COURSE, LEVEL, Item, ItemValue
from competency.rules.language.attached import AttachedItems, AttachedRows
from competency.source import Place

Relation = tuple[str, str, str]

EQUIVALENTS = "equivalents"
_YES_OR_NO = {"yes": True, "no": False, "": False}


def read_courses(path: Path) -> tuple[AttachedItems | None, tuple[Diagnostic, ...]]:
    """Columns code, title, credits; optional subject, prerequisites and equivalents (codes with spaces between); others are text.

    `data` of a course holds `credits`, exact and above zero, and the other columns, None where a cell is blank.
    Faults: CBE001 to CBE004, CBE603 for circles, CBE604, CBE605.
    """
    table, diagnostics = read_catalog_table(
        path, ("code", "title", "credits"), ("subject", "prerequisites", EQUIVALENTS), others_allowed=True
    )
    if table is None:
        return None, diagnostics
    items: list[Item] = []
    relations: list[Relation] = []
    faults: list[Diagnostic] = []
    for row in table.rows:
        data: dict[str, ItemValue] = {"credits": _credits(table, row, faults)}
        for column in _own_columns(table, "code", "title", "credits", "prerequisites", EQUIVALENTS):
            data[column] = table.cell(row, column) or None
        code = table.cell(row, "code")
        items.append(Item(COURSE, code, table.cell(row, "title"), data))
        relations.extend(("prerequisites", code, before) for before in codes_in(table, row, "prerequisites", faults))
        relations.extend((EQUIVALENTS, code, other) for other in codes_in(table, row, EQUIVALENTS, faults))
    return _attached(table, items, relations, faults, "prerequisites")


def read_levels(path: Path) -> tuple[AttachedItems | None, tuple[Diagnostic, ...]]:
    """Columns code, title; optional after (codes of the levels directly before, with spaces between); any others.

    Another column is a number where every cell of it is one, else text with None where a cell is blank.
    Faults: CBE001 to CBE004, CBE603 for circles, CBE604, CBE605.
    """
    table, diagnostics = read_catalog_table(path, ("code", "title"), ("after",), others_allowed=True)
    if table is None:
        return None, diagnostics
    columns = {column: _column_values(table, column) for column in _own_columns(table, "code", "title", "after")}
    items: list[Item] = []
    relations: list[Relation] = []
    faults: list[Diagnostic] = []
    for index, row in enumerate(table.rows):
        code = table.cell(row, "code")
        data = {column: values[index] for column, values in columns.items()}
        items.append(Item(LEVEL, code, table.cell(row, "title"), data))
        relations.extend(("levels directly before", code, before) for before in codes_in(table, row, "after", faults))
    return _attached(table, items, relations, faults, "after")


def read_course_competencies(path: Path) -> tuple[AttachedItems | None, tuple[Diagnostic, ...]]:
    """Columns course, competency; optional core (yes or no; blank is no) and weight (a number of at least zero).

    Gives the relations `competencies` and `core competencies` of courses. A weight is checked and goes no further: a
    relation has no place for one. Faults: CBE001 to CBE004, CBE604, CBE605.
    """
    return _read_competencies_of(COURSE, path, ("core", "weight"))


def read_level_competencies(path: Path) -> tuple[AttachedItems | None, tuple[Diagnostic, ...]]:
    """Columns level, competency; optional core (yes or no; blank is no).

    Gives the relations `competencies` and `core competencies` of levels. Faults: CBE001 to CBE004, CBE604, CBE605.
    """
    return _read_competencies_of(LEVEL, path, ("core",))


def read_decision_rows(path: Path) -> tuple[AttachedRows | None, tuple[Diagnostic, ...]]:
    """Any columns with names; every row has a cell for each, as text. Faults: CBE001 to CBE004, CBE604, CBE605."""
    table, diagnostics = read_catalog_table(path, others_allowed=True)
    if table is None:
        return None, diagnostics
    return AttachedRows(str(path), table.header, tuple((row.line, row.cells) for row in table.rows)), ()


def check_codes_and_titles(table: CatalogTable, faults: list[Diagnostic]) -> None:
    """Adds a fault for each code that is blank, holds a space or stands twice, and for each blank title."""
    lines: dict[str, int] = {}
    for row in table.rows:
        code = table.cell(row, "code")
        if not code:
            faults.append(table.problem(row, "code", "the row has no code", "Give every row a code of its own."))
        elif len(code.split()) > 1:
            message = f"the code {shown(code)} holds a space, and spaces part codes from each other in lists"
            faults.append(table.problem(row, "code", message, "Write a hyphen or a point in its place."))
        elif code in lines:
            message = f"the code {shown(code)} stands already on line {lines[code]}"
            remedy = "Keep one of the two rows, or give one another code."
            faults.append(table.problem(row, "code", message, remedy, first_line=lines[code]))
        else:
            lines[code] = row.line
        if not table.cell(row, "title"):
            remedy = "Write what people call it: reports show the title."
            faults.append(table.problem(row, "title", "the row has no title", remedy))


def codes_in(table: CatalogTable, row: CatalogRow, column: str, faults: list[Diagnostic]) -> Iterator[str]:
    """The codes of a cell that lists them with spaces between; adds a fault for one that stands there twice."""
    seen: set[str] = set()
    for code in table.cell(row, column).split():
        if code[-1] in ",;":
            message = f"{shown(code)} ends in a mark that codes do not have"
            faults.append(table.problem(row, column, message, "Separate the codes by spaces alone."))
        elif code in seen:
            message = f"{shown(code)} stands twice in the column {column}"
            faults.append(table.problem(row, column, message, "Name it once."))
        else:
            yield code
        seen.add(code)


def _read_competencies_of(
    kind: str, path: Path, optional: tuple[str, ...]
) -> tuple[AttachedItems | None, tuple[Diagnostic, ...]]:
    table, diagnostics = read_catalog_table(path, (kind, "competency"), optional)
    if table is None:
        return None, diagnostics
    relations: list[Relation] = []
    faults: list[Diagnostic] = []
    lines: dict[tuple[str, str], int] = {}
    for row in table.rows:
        code, competency = table.cell(row, kind), table.cell(row, "competency")
        for column, cell in ((kind, code), ("competency", competency)):
            if not cell:
                message, remedy = f"the row names no {column}", f"Write the code of the {column}."
                faults.append(table.problem(row, column, message, remedy))
        first = lines.setdefault((code, competency), row.line)
        if code and competency and first != row.line:
            message = f"{shown(code)} has {shown(competency)} already by line {first}"
            faults.append(table.problem(row, "competency", message, "Keep one of the two rows.", first_line=first))
        relations.append(("competencies", code, competency))
        if _is_core(table, row, faults):
            relations.append(("core competencies", code, competency))
        _check_weight(table, row, faults)
    if faults:
        return None, first_problems(CATALOG_ROW, path, faults)
    return AttachedItems((), tuple(relations)), ()


def _is_core(table: CatalogTable, row: CatalogRow, faults: list[Diagnostic]) -> bool:
    cell = table.cell(row, "core")
    if cell.lower() not in _YES_OR_NO:
        faults.append(table.problem(row, "core", f"{shown(cell)} is neither yes nor no", "Write yes or no."))
    return _YES_OR_NO.get(cell.lower(), False)


def _check_weight(table: CatalogTable, row: CatalogRow, faults: list[Diagnostic]) -> None:
    cell = table.cell(row, "weight")
    if not cell:
        return
    try:
        if read_number(cell) < 0:
            raise CellFault(f"the weight {shown(cell)} is below zero")
    except CellFault as fault:
        faults.append(table.problem(row, "weight", fault.reason, "Write a number of at least zero, as 1 or 0.5."))


def _credits(table: CatalogTable, row: CatalogRow, faults: list[Diagnostic]) -> Fraction:
    """The credits of a course; zero, with a fault added, where they cannot be read."""
    cell = table.cell(row, "credits")
    try:
        if not cell:
            raise CellFault("the course has no credits")
        number = read_number(cell)
        if number <= 0:
            raise CellFault(f"{shown(cell)} credits are not above zero")
    except CellFault as fault:
        faults.append(table.problem(row, "credits", fault.reason, "Write the credits as a number, as 1, 0.5 or 1/2."))
        return Fraction(0)
    return number


def _own_columns(table: CatalogTable, *known: str) -> tuple[str, ...]:
    return tuple(column for column in table.header if column not in known)


def _column_values(table: CatalogTable, column: str) -> list[ItemValue]:
    cells = [table.cell(row, column) for row in table.rows]
    try:
        return [read_number(cell) for cell in cells]
    except CellFault:
        return [cell or None for cell in cells]


def _attached(
    table: CatalogTable, items: list[Item], relations: list[Relation], faults: list[Diagnostic], column: str
) -> tuple[AttachedItems | None, tuple[Diagnostic, ...]]:
    check_codes_and_titles(table, faults)
    if faults:
        faults.sort(key=_line)
        return None, first_problems(CATALOG_ROW, table.path, faults)
    before: dict[str, list[str]] = {}
    for relation, code, earlier in relations:
        if relation == EQUIVALENTS:
            continue  # it has no order
        before.setdefault(code, []).append(earlier)
    circle = table.circle(before, COMES_BEFORE, column)
    if circle is not None:
        return None, (circle,)
    return AttachedItems(tuple(items), tuple(relations)), ()


def _line(fault: Diagnostic) -> int:
    where = fault.labels[0].where
    return (where.line or 0) if isinstance(where, Place) else 0
