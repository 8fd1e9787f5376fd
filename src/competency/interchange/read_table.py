"""A fact table, CSV or Parquet, to rows of cells by column name. Knows the header and no values.

A file that is wrong as a whole raises TableFault; a row that cannot be laid out under the header says why.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from competency.diagnostics.kinds import FACTS_HEADER, FACTS_UNREADABLE, FILE_TOO_LARGE
from competency.interchange.table_fault import TableFault, checked_header, fault_of_table, required_columns, unreadable
from competency.interchange.text_lines import TextLines
from competency.model.facts import FactType

# Facts of one folder are held in memory: a larger district is read in several folders.
TABLE_BYTES_MAX = 2 * 1024**3
# A Parquet file says how many rows it unpacks to; a small file must not be able to promise billions.
TABLE_ROWS_MAX = 50_000_000
# Rows of a Parquet file that are unpacked at a time.
BATCH_ROWS = 10_000

# What the reader of the standard library says, which has one kind of error for all.
_TOO_LONG = "field larger than field limit"
_STRAY_RETURN = "new-line character seen in unquoted field"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the line on which it begins (in Parquet the number of the row), its cells, or what is wrong with it."""

    line: int
    cells: Mapping[str, Any]
    fault: str = ""


def read_table(path: Path, fact_type: FactType) -> Iterator[TableRow]:
    """The rows of a table, streamed. Raises TableFault, also in mid-file: read to the end before relying on a row."""
    check_size(path, TABLE_BYTES_MAX)
    return _parquet_rows(path, fact_type) if path.suffix == ".parquet" else _csv_rows(path, fact_type)


def check_size(path: Path, bytes_max: int) -> None:
    """Raises TableFault for a file that holds more bytes, or that the system does not let us look at."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    if size > bytes_max:
        raise fault_of_table(
            FILE_TOO_LARGE,
            path,
            None,
            f"`{path.name}` holds {size:,} bytes; at most {bytes_max:,} are read from one table",
            "Split the facts into several folders, each with some of the learners.",
        )


def _csv_rows(path: Path, fact_type: FactType) -> Iterator[TableRow]:
    with opened_text(path) as file:
        cells_of_rows = csv_cells(path, fact_type, TextLines(path, file))
        _, header = next(cells_of_rows)
        for line, cells in cells_of_rows:
            yield laid_out(header, cells, line)


@contextmanager
def opened_text(path: Path) -> Iterator[BinaryIO]:
    """The open file of a table that is text. What the system does not let us read, now or later, raises TableFault."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise unreadable(path, error) from error


def csv_cells(path: Path, fact_type: FactType, lines: TextLines) -> Iterator[tuple[int, Sequence[str]]]:
    """The checked header, then the cells of each row, with the lines on which they begin. No line is read ahead."""
    reader = csv.reader(lines, strict=True)
    header: tuple[str, ...] | None = None
    while True:
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise _unsplit(path, line, lines.number, str(error)) from error
        if header is None:
            header = checked_header(path, fact_type, cells)
            yield line, header
        elif cells:
            yield line, cells
    if header is None:
        raise fault_of_table(
            FACTS_HEADER,
            path,
            1,
            f"`{path.name}` is empty: it has no header",
            f"Begin it with a line that names the columns: {', '.join(required_columns(fact_type))} and any others.",
        )


def _unsplit(path: Path, line: int, last: int, parser: str) -> TableFault:
    """A row that cannot be split into cells, from the line on which it begins to the last one that was looked at."""
    what = f"The row of `{path.name}` that begins on line {line} cannot be split into cells"
    remedy = 'Put cells that hold commas, quotation marks or line breaks between ", and double each " inside.'
    if parser.startswith(_TOO_LONG):
        too_long = f"a cell is longer than {csv.field_size_limit():,} characters"
        if last == line:
            message, remedy = f"{what}: {too_long}", "Shorten the cell, or look why so much stands in it."
        else:  # all lines up to the next quotation mark are one cell
            message = f"{what}: {too_long}; perhaps a quotation mark is opened and never closed"
    elif parser.startswith(_STRAY_RETURN):
        line = last
        message = f"Line {line} of `{path.name}` holds a carriage return that does not stand at its end"
        remedy = 'End every line in a line feed, and take the sign out of the cell, or put the cell between ".'
    else:
        message = f"{what}: a quotation mark is opened and never closed, or something stands between a closing one and the comma"
    return fault_of_table(FACTS_UNREADABLE, path, line, message, remedy, parser=parser)


def laid_out(header: Sequence[str], cells: Sequence[str], line: int) -> TableRow:
    """A row under its header."""
    if len(cells) == len(header):
        return TableRow(line, dict(zip(header, cells, strict=True)))
    more_or_fewer = "more" if len(cells) > len(header) else "fewer"
    fault = f"the row has {more_or_fewer} cells than the header: {len(cells)} and not {len(header)}"
    return TableRow(line, dict(zip(header, cells, strict=False)), fault)


def _parquet_rows(path: Path, fact_type: FactType) -> Iterator[TableRow]:
    number = 0
    with opened_parquet(path, fact_type, TABLE_ROWS_MAX) as (header, file):
        for batch in file.iter_batches(BATCH_ROWS):
            columns = [native_values(column) for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield TableRow(number, dict(zip(header, cells, strict=True)))


@contextmanager
def opened_parquet(path: Path, fact_type: FactType, rows_max: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The checked header and the open file. What the file itself has wrong while it is read raises TableFault."""
    # Loaded here: a folder of CSV files is read without it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if file.metadata.num_rows > rows_max:
                raise fault_of_table(
                    FILE_TOO_LARGE,
                    path,
                    None,
                    f"`{path.name}` holds {file.metadata.num_rows:,} rows; at most {rows_max:,} are read",
                    "Split the facts into several folders, each with some of the learners.",
                )
            yield checked_header(path, fact_type, file.schema_arrow.names), file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno:  # the system says so, and not what reads Parquet
            raise unreadable(path, OSError(error.errno, os.strerror(error.errno))) from error
        raise fault_of_table(
            FACTS_UNREADABLE,
            path,
            None,
            f"`{path.name}` cannot be read as Parquet: {' '.join(str(error).split())}",
            "Write the table again as Parquet, or as CSV with the ending .csv.",
        ) from error


def native_values(column: Any) -> list[Any]:
    """A column as Python values. Times finer than a microsecond have none: that raises pyarrow.ArrowInvalid."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz))
    try:
        values: list[Any] = column.to_pylist()
    except OverflowError:  # a day that no calendar has
        return [_native_value(value) for value in column]
    return values


def _native_value(value: Any) -> Any:
    """One value; of a day that Python has not, the number by which the file tells it, as a text that is no day."""
    try:
        return value.as_py()
    except OverflowError:
        return str(value.value)
