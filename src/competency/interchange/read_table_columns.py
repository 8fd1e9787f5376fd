"""A fact table, CSV or Parquet, to columns of cells, many rows at a time: the same rows, and the same faults, as one by one.

Lines that are plain are read by pyarrow; wherever a line is not, the rows are read as `read_table` does.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pyarrow
import pyarrow.csv

from competency.interchange.read_table import (
    TableRow,
    check_size,
    csv_cells,
    laid_out,
    native_values,
    opened_parquet,
    opened_text,
)
from competency.interchange.text_lines import BLOCK_BYTES, TextLines
from competency.model.facts import FactType

# Where rows are not held in memory, more are read: the evidence of a state's learners over some years.
STREAMED_BYTES_MAX = 1024**4
STREAMED_ROWS_MAX = 2_000_000_000
# Rows of a Parquet file that are laid out together.
COLUMNS_ROWS = 100_000

_NEW_LINE, _RETURN, _COMMA, _QUOTE = b'\n\r,"'


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Rows that stand together, as columns: `columns` are arrays of pyarrow by name, with `read` rows in all.

    `numbers` and `lines`: of each row its number in the table, from 0, and the line on which it begins. `faults`: the rows
    that cannot be laid out under the header, with their numbers; the columns do not hold them.
    """

    columns: Mapping[str, Any]
    numbers: Any
    lines: Any
    faults: tuple[tuple[int, TableRow], ...]
    read: int

    def cells(self, index: int) -> dict[str, Any]:
        """The cells of one row, as `read_table` gives them."""
        return {name: native_values(column.slice(index, 1))[0] for name, column in self.columns.items()}


def read_table_columns(
    path: Path, fact_type: FactType, rows: int = COLUMNS_ROWS, block_bytes: int = BLOCK_BYTES
) -> Iterator[TableColumns]:
    """The rows of a table as columns, so many rows of Parquet or bytes of CSV at a time. Raises TableFault, also in mid-file."""
    check_size(path, STREAMED_BYTES_MAX)
    return (
        _parquet_columns(path, fact_type, rows)
        if path.suffix == ".parquet"
        else _csv_columns(path, fact_type, block_bytes)
    )


def _csv_columns(path: Path, fact_type: FactType, block_bytes: int) -> Iterator[TableColumns]:
    with opened_text(path) as file:
        lines = TextLines(path, file, block_bytes)
        cells_of_rows = csv_cells(path, fact_type, lines)
        _, header = next(cells_of_rows)
        first = 0
        while block := lines.block():
            found = _plain(block, header, first, lines.number + 1)
            if found is not None:
                lines.take(found.read)
            else:
                some = []
                for row in cells_of_rows:
                    some.append(row)
                    if lines.is_at_end_of_block:
                        break
                found = _as_columns(header, some, first)
            first += found.read
            if found.read:
                yield found


def _as_columns(header: Sequence[str], some: list[tuple[int, Sequence[str]]], first: int) -> TableColumns:
    wide = len(header)
    faults = tuple(
        (number, laid_out(header, cells, line))
        for number, (line, cells) in enumerate(some, start=first)
        if len(cells) != wide
    )
    odd = {number for number, _ in faults}
    kept = [each for number, each in enumerate(some, start=first) if number not in odd] if odd else some
    numbers = [number for number in range(first, first + len(some)) if number not in odd]
    texts = zip(*[cells for _, cells in kept], strict=True) if kept else ([] for _ in header)
    return TableColumns(
        {name: pyarrow.array(column, pyarrow.string()) for name, column in zip(header, texts, strict=True)},
        pyarrow.array(numbers, pyarrow.int64()),
        pyarrow.array([line for line, _ in kept], pyarrow.int64()),
        faults,
        len(some),
    )


def _plain(block: bytes, header: Sequence[str], first: int, line: int) -> TableColumns | None:
    """The rows of lines of which each is a row with all cells; nothing where a line is anything else."""
    count = _plain_lines(block)
    if not count:
        return None
    try:
        table = pyarrow.csv.read_csv(
            pyarrow.py_buffer(block),
            pyarrow.csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=list(header)),
            pyarrow.csv.ParseOptions(delimiter=",", quote_char='"', double_quote=True, newlines_in_values=False),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pyarrow.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except (
        pyarrow.ArrowInvalid
    ):  # a row has other cells than the header, or the text is no UTF-8: that is said of its line
        return None
    if table.num_rows != count:
        return None
    columns = {name: table.column(name).combine_chunks() for name in header}
    return TableColumns(columns, pyarrow.arange(first, first + count), pyarrow.arange(line, line + count), (), count)


def _plain_lines(block: bytes) -> int:
    """How many lines there are in a block of whole ones, if all are plain; else 0.

    A plain line is not blank nor too long, ends as lines do, and its quotation marks stand around whole cells, or twice
    within these.
    """
    if b"\0" in block or block.count(b"\r") != block.count(b"\r\n"):
        return 0
    codes = numpy.frombuffer(block, numpy.uint8)
    ends = numpy.flatnonzero(codes == _NEW_LINE)
    if not block.endswith(b"\n"):
        ends = numpy.append(ends, len(codes))
    lengths = numpy.diff(ends, prepend=-1) - 1
    if lengths.min() < 1 or lengths.max() > csv.field_size_limit() or b"\n\r\n" in block or block.startswith(b"\r"):
        return 0
    return len(ends) if _has_plain_quotes(codes, ends) else 0


def _has_plain_quotes(codes: Any, ends: Any) -> bool:
    """Whether in each line every other quotation mark opens a cell, and the next closes it or stands before another."""
    quotes = numpy.flatnonzero(codes == _QUOTE)
    if not len(quotes):
        return True
    if (numpy.searchsorted(quotes, ends) % 2).any():  # a line in which a cell is not closed
        return False
    around = numpy.pad(codes, 1, constant_values=_NEW_LINE)
    before, after = around[quotes[::2]], around[quotes[1::2] + 2]
    may_open = (before == _COMMA) | (before == _NEW_LINE) | (before == _QUOTE)
    may_close = (after == _COMMA) | (after == _NEW_LINE) | (after == _RETURN) | (after == _QUOTE)
    return bool(may_open.all() and may_close.all())


def _parquet_columns(path: Path, fact_type: FactType, rows: int) -> Iterator[TableColumns]:
    first = 0
    with opened_parquet(path, fact_type, STREAMED_ROWS_MAX) as (header, file):
        for batch in file.iter_batches(rows):
            columns = [_checked_column(column) for column in batch.columns]
            numbers = pyarrow.arange(first, first + batch.num_rows)
            lines = pyarrow.arange(first + 1, first + batch.num_rows + 1)
            yield TableColumns(dict(zip(header, columns, strict=True)), numbers, lines, (), batch.num_rows)
            first += batch.num_rows


def _checked_column(column: Any) -> Any:
    """A column whose every value Python can hold: what `_native_values` would raise is raised here too."""
    if pyarrow.types.is_timestamp(column.type):
        return column.cast(pyarrow.timestamp("us", tz=column.type.tz))
    if pyarrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        column.validate(full=True)
    except pyarrow.ArrowInvalid:
        native_values(column)  # says it as the reading row by row does
        raise
    return column
