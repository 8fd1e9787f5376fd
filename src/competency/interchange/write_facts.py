"""A fact set to a folder of tables, CSV or Parquet: rows in the order of their keys, all files replaced at once."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from competency.interchange.cells import cell_text
from competency.interchange.fact_set import FactSet, Row
from competency.interchange.replace_files import replace_files
from competency.model.facts import LEARNERS, Column, ColumnType, FactType

# Rows of a Parquet file that are packed at a time.
GROUP_ROWS = 50_000


class TableFormat(Enum):
    """How tables are written; the value is the ending of the file."""

    CSV = ".csv"
    PARQUET = ".parquet"


def write_facts(folder: Path, facts: FactSet, *, table_format: TableFormat = TableFormat.CSV) -> None:
    """Write every table that has rows, learners always, and empty every table of the set that has none any more.

    Equal facts give equal bytes. Other files of the folder stay. OSError leaves the folder as it was.
    """
    with replace_files(folder) as unfinished:
        write_tables(unfinished, facts, table_format, standing=folder)


def write_tables(folder: Path, facts: FactSet, table_format: TableFormat, *, standing: Path) -> None:
    """Write the tables into `folder`; those without rows only where `standing` has them and must lose them."""
    for plural, fact_type in facts.fact_types.items():
        rows = sorted(facts.rows(plural), key=lambda row, fact_type=fact_type: _order(fact_type, row))  # type: ignore[misc]
        stands = any((standing / f"{plural}{other.value}").exists() for other in TableFormat)
        if rows or stands or plural == LEARNERS.plural:
            path = folder / f"{plural}{table_format.value}"
            if table_format is TableFormat.CSV:
                _write_csv(path, fact_type, rows)
            else:
                _write_parquet(path, fact_type, rows)


def _order(fact_type: FactType, row: Row) -> tuple[str, ...]:
    """The key as texts; rows of one key do not exist."""
    cells = dict(zip((column.name for column in fact_type.columns), row, strict=True))
    return tuple(cell_text(column, cells[name]) for name in fact_type.key if (column := fact_type.column(name)))


def _write_csv(path: Path, fact_type: FactType, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in fact_type.columns])
        for row in rows:
            writer.writerow([cell_text(column, value) for column, value in zip(fact_type.columns, row, strict=True)])


def _write_parquet(path: Path, fact_type: FactType, rows: Sequence[Row]) -> None:
    # Loaded here: CSV files are written without it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([pa.field(column.name, _native_type(column)) for column in fact_type.columns])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, len(rows), GROUP_ROWS):
            group = rows[start : start + GROUP_ROWS]
            cells = [list(_native_cells(column, index, group)) for index, column in enumerate(fact_type.columns)]
            writer.write_table(pa.table(cells, schema=schema))


def _native_type(column: Column) -> Any:
    """Dates, times and yes or no as such; numbers as text, which alone holds every exact one."""
    import pyarrow as pa

    match column.type:
        case ColumnType.DATE:
            return pa.date32()
        case ColumnType.MOMENT:
            return pa.timestamp("us")
        case ColumnType.INSTANT:
            return pa.timestamp("us", tz="UTC")
        case ColumnType.BOOLEAN:
            return pa.bool_()
        case _:
            return pa.string()


def _native_cells(column: Column, index: int, rows: Sequence[Row]) -> Iterator[Any]:
    is_native = column.type in (ColumnType.DATE, ColumnType.MOMENT, ColumnType.INSTANT, ColumnType.BOOLEAN)
    for row in rows:
        value = row[index]
        yield value if is_native or value is None else cell_text(column, value)
