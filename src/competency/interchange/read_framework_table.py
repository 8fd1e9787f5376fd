"""A CSV table of competencies and skills to a framework. Knows no CASE."""

from __future__ import annotations

import difflib
from pathlib import Path

from competency.diagnostics import Diagnostic
from competency.diagnostics.kinds import CATALOG_ROW
from competency.interchange.cell_fault import shown
from competency.interchange.describe_circle import COMES_BEFORE, IS_A_PART
from competency.interchange.file_problem import first_problems
from competency.interchange.read_catalog import check_codes_and_titles, codes_in
from competency.interchange.read_catalog_table import CatalogRow, CatalogTable, read_catalog_table
from competency.model.items import COMPETENCY, SKILL, Framework, Item

_REQUIRED = ("code", "title")
_OPTIONAL = ("kind", "parent", "prerequisites")


def read_framework_table(path: Path, name: str) -> tuple[Framework | None, tuple[Diagnostic, ...]]:
    """Columns code, title; optional kind (competency or skill; blank is competency), parent, prerequisites; any others.

    Prerequisites are codes with spaces between; other columns are text, None where a cell is blank. The name is the
    title too. Faults: CBE001 to CBE004, CBE603 for circles, CBE604, CBE605.
    """
    table, diagnostics = read_catalog_table(path, _REQUIRED, _OPTIONAL, others_allowed=True)
    if table is None:
        return None, diagnostics
    faults: list[Diagnostic] = []
    check_codes_and_titles(table, faults)
    known = {table.cell(row, "code") for row in table.rows} - {""}
    children: dict[str, list[str]] = {}
    prerequisites: dict[str, tuple[str, ...]] = {}
    for row in table.rows:
        code, parent = table.cell(row, "code"), table.cell(row, "parent")
        _check_kind(table, row, faults)
        if parent:
            _check_known(table, row, "parent", parent, known, faults)
            children.setdefault(parent, []).append(code)
        before = tuple(codes_in(table, row, "prerequisites", faults))
        for one in before:
            _check_known(table, row, "prerequisites", one, known, faults)
        if before:
            prerequisites[code] = before
    if faults:
        return None, first_problems(CATALOG_ROW, path, faults)
    parts = {parent: tuple(codes) for parent, codes in children.items()}
    circles = (
        table.circle(parts, IS_A_PART, "parent"),
        table.circle(prerequisites, COMES_BEFORE, "prerequisites"),
    )
    if any(circles):
        return None, tuple(circle for circle in circles if circle is not None)
    return Framework(name, name, tuple(_item(table, row) for row in table.rows), parts, prerequisites), ()


def _item(table: CatalogTable, row: CatalogRow) -> Item:
    known = (*_REQUIRED, *_OPTIONAL)
    data = {column: table.cell(row, column) or None for column in table.header if column not in known}
    kind = table.cell(row, "kind") or COMPETENCY
    return Item(kind, table.cell(row, "code"), table.cell(row, "title"), data)


def _check_kind(table: CatalogTable, row: CatalogRow, faults: list[Diagnostic]) -> None:
    kind = table.cell(row, "kind")
    if kind not in {"", COMPETENCY, SKILL}:
        message = f"{shown(kind)} is neither {COMPETENCY} nor {SKILL}"
        faults.append(table.problem(row, "kind", message, f"Write {COMPETENCY} or {SKILL}, in small letters."))


def _check_known(
    table: CatalogTable, row: CatalogRow, column: str, code: str, known: set[str], faults: list[Diagnostic]
) -> None:
    if code not in known:
        nearest = difflib.get_close_matches(code, sorted(known), n=1)
        remedy = f"Did you mean `{nearest[0]}`?" if nearest else "Correct the code, or add a row for it."
        message = f"{shown(code)} is not the code of any row of the table"
        faults.append(table.problem(row, column, message, remedy, code=code, nearest=nearest))
