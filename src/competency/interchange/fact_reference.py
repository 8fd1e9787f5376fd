"""The reference of fact tables as a Markdown page, generated from the fact types: docs/facts.md is its output."""

from __future__ import annotations

from collections.abc import Sequence

from competency.interchange.cells import CELLS
from competency.interchange.references import References
from competency.model.facts import BUILT_IN, Column, ColumnType, FactType

_OPENING = """\
# Fact tables

Facts come in a folder with one table a fact type, `<table>.csv` or `<table>.parquet`. Every table but `learners` may be
absent. The first line of a CSV file names the columns, in any order; a column that is not required may be left out.

- CSV is UTF-8, cells are separated by commas, and cells that hold commas, quotation marks or line breaks stand between
  quotation marks. Spaces around a cell do not count.
- A blank cell is no value. Zero is a value.
- Numbers are exact. A Parquet column may hold whole numbers, decimals, dates and timestamps as such; binary
  floating-point numbers are rejected, because they cannot say exactly what was meant.
- Two rows with the same key are one fact: the second is counted as unchanged where it is equal, and rejected where it
  differs.
- A row that cannot be taken is rejected alone and written to a file with file, line, field, value and reason. For each
  table, read = accepted + unchanged + rejected.

A policy book or a plugin may declare more fact types; their tables follow the same rules.
"""


def fact_reference(fact_types: Sequence[FactType] = BUILT_IN) -> str:
    """The whole page: how cells are written by type, then every table with its columns."""
    sections = [_OPENING, _column_types(), *(_table(fact_type) for fact_type in fact_types)]
    return "\n".join(sections)


def _column_types() -> str:
    lines = ["## How cells are written", "", "| type | written as |", "|---|---|"]
    lines.extend(f"| {column_type.value} | {CELLS[column_type].written_as} |" for column_type in ColumnType)
    return "\n".join(lines) + "\n"


def _table(fact_type: FactType) -> str:
    lines = [
        f"## {fact_type.plural}",
        "",
        fact_type.meaning,
        f"Key: {_listed(fact_type.key)}.{_clock(fact_type)}",
        "",
        "| column | type | unit | required | meaning |",
        "|---|---|---|---|---|",
    ]
    lines.extend(_column(column) for column in fact_type.columns)
    return "\n".join(lines) + "\n"


def _clock(fact_type: FactType) -> str:
    clock = ""
    if fact_type.happened:
        clock += f" It counts from `{fact_type.happened}` on."
    if fact_type.begins and fact_type.ends:
        clock += f" It holds from `{fact_type.begins}` until the day before `{fact_type.ends}`."
    return clock


def _column(column: Column) -> str:
    meaning = column.meaning
    if column.choices:
        meaning += f" One of {_listed(column.choices)}."
    if References(**dict.fromkeys(References.__slots__, frozenset[str]())).known(column.type) is not None:
        meaning += " Checked against the book where it is known."
    required = "yes" if column.required else ""
    unit = column.unit or _UNITS.get(column.type, "")
    return f"| `{column.name}` | {column.type.value} | {unit} | {required} | {meaning} |"


# The units that a column type says by itself.
_UNITS = {
    ColumnType.CREDITS: "credits",
    ColumnType.SHARE: "percent",
    ColumnType.MONEY: "dollars",
    ColumnType.SCORE: "points of the scale",
    ColumnType.SCHOOL_YEAR: "year",
}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
