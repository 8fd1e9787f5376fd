"""A fact table, CSV or Parquet, to rows of cells by column name. Knows the header and no values.

A file that is wrong as a whole raises TableFault; a row that cannot be laid out under the header says why.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from competency.diagnostics import Diagnostic, DiagnosticKind, Fix, Label
from competency.diagnostics.kinds import FACTS_HEADER, FACTS_UNREADABLE, FILE_ENCODING, FILE_TOO_LARGE
from competency.model.facts import FactType
from competency.source import Place

# Facts of one folder are held in memory: a larger district is read in several folders.
TABLE_BYTES_MAX = 2 * 1024**3
# A Parquet file says how many rows it unpacks to; a small file must not be able to promise billions.
TABLE_ROWS_MAX = 50_000_000
# Where rows are not held in memory, more are read: the evidence of a state's learners over some years.
STREAMED_BYTES_MAX = 1024**4
STREAMED_ROWS_MAX = 2_000_000_000
# One line of a table is one row, or part of one: more is a file of another kind.
LINE_BYTES_MAX = 1024**2
# Rows of a Parquet file that are unpacked at a time.
BATCH_ROWS = 10_000
# Rows that are laid out together by columns.
COLUMNS_ROWS = 100_000

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the line on which it begins (in Parquet the number of the row), its cells, or what is wrong with it."""

    line: int
    cells: Mapping[str, Any]
    fault: str = ""


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
        return {name: _native_values(column.slice(index, 1))[0] for name, column in self.columns.items()}


class TableFault(Exception):
    """A table that is wrong as a whole: nothing of it is read."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def read_table(path: Path, fact_type: FactType) -> Iterator[TableRow]:
    """The rows of a table, streamed. Raises TableFault, also in mid-file: read to the end before relying on a row."""
    _check_size(path, TABLE_BYTES_MAX)
    return _parquet_rows(path, fact_type) if path.suffix == ".parquet" else _csv_rows(path, fact_type)


def read_table_columns(path: Path, fact_type: FactType, rows: int = COLUMNS_ROWS) -> Iterator[TableColumns]:
    """The rows of a table, so many at a time as columns. Raises TableFault, also in mid-file."""
    _check_size(path, STREAMED_BYTES_MAX)
    read = _parquet_columns if path.suffix == ".parquet" else _csv_columns
    return read(path, fact_type, rows)


def _check_size(path: Path, bytes_max: int) -> None:
    size = path.stat().st_size
    if size > bytes_max:
        raise _fault(
            FILE_TOO_LARGE,
            path,
            None,
            f"`{path.name}` holds {size:,} bytes; at most {bytes_max:,} are read from one table",
            "Split the facts into several folders, each with some of the learners.",
        )


def _csv_rows(path: Path, fact_type: FactType) -> Iterator[TableRow]:
    cells_of_rows = _csv_cells(path, fact_type)
    _, header = next(cells_of_rows)
    for line, cells in cells_of_rows:
        yield _laid_out(header, cells, line)


def _csv_cells(path: Path, fact_type: FactType) -> Iterator[tuple[int, Sequence[str]]]:
    """The checked header, then the cells of each row, with the lines on which they begin."""
    reader = csv.reader(_lines(path), strict=True)
    line = 1
    header: tuple[str, ...] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise _fault(
                FACTS_UNREADABLE,
                path,
                line,
                f"The row of `{path.name}` that begins on line {line} cannot be split into cells: a quotation mark is "
                "opened and never closed, or something stands between a closing one and the comma",
                'Put cells that hold commas, quotation marks or line breaks between ", and double each " inside.',
                parser=str(error),
            ) from error
        if header is None:
            header = _checked_header(path, fact_type, cells)
            yield line, header
        elif cells:
            yield line, cells
        line = reader.line_num + 1
    if header is None:
        raise _fault(
            FACTS_HEADER,
            path,
            1,
            f"`{path.name}` is empty: it has no header",
            f"Begin it with a line that names the columns: {', '.join(_required(fact_type))} and any others.",
        )


def _csv_columns(path: Path, fact_type: FactType, rows: int) -> Iterator[TableColumns]:
    cells_of_rows = _csv_cells(path, fact_type)
    _, header = next(cells_of_rows)
    first = 0
    while some := list(islice(cells_of_rows, rows)):
        yield _as_columns(header, some, first)
        first += len(some)


def _as_columns(header: Sequence[str], some: list[tuple[int, Sequence[str]]], first: int) -> TableColumns:
    # Loaded here: a folder of CSV files is read row by row without it.
    import pyarrow as pa

    wide = len(header)
    faults = tuple(
        (number, _laid_out(header, cells, line))
        for number, (line, cells) in enumerate(some, start=first)
        if len(cells) != wide
    )
    odd = {number for number, _ in faults}
    kept = [each for number, each in enumerate(some, start=first) if number not in odd] if odd else some
    numbers = [number for number in range(first, first + len(some)) if number not in odd]
    texts = zip(*[cells for _, cells in kept], strict=True) if kept else ([] for _ in header)
    return TableColumns(
        {name: pa.array(column, pa.string()) for name, column in zip(header, texts, strict=True)},
        pa.array(numbers, pa.int64()),
        pa.array([line for line, _ in kept], pa.int64()),
        faults,
        len(some),
    )


def _laid_out(header: Sequence[str], cells: Sequence[str], line: int) -> TableRow:
    if len(cells) == len(header):
        return TableRow(line, dict(zip(header, cells, strict=True)))
    more_or_fewer = "more" if len(cells) > len(header) else "fewer"
    fault = f"the row has {more_or_fewer} cells than the header: {len(cells)} and not {len(header)}"
    return TableRow(line, dict(zip(header, cells, strict=False)), fault)


def _lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text with their ends, each checked: so that a fault can name its line."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_BYTES_MAX + 1):
            number += 1
            if number == 1:
                if line.startswith(_UTF16_MARKS):
                    raise _encoding_fault(path, 1, "UTF-16")
                line = line.removeprefix(_UTF8_MARK)
            if b"\0" in line:
                raise _fault(
                    FACTS_UNREADABLE,
                    path,
                    number,
                    f"Line {number} of `{path.name}` holds a NUL byte: the file is damaged, or it is no UTF-8 text",
                    "Export the table again as CSV in UTF-8.",
                )
            if len(line) > LINE_BYTES_MAX:
                raise _fault(
                    FILE_TOO_LARGE,
                    path,
                    number,
                    f"Line {number} of `{path.name}` is longer than {LINE_BYTES_MAX:,} bytes",
                    "Check that the file is a table with one row a line.",
                )
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError:
                raise _encoding_fault(path, number, "another encoding") from None


def _parquet_rows(path: Path, fact_type: FactType) -> Iterator[TableRow]:
    number = 0
    with _opened_parquet(path, fact_type, TABLE_ROWS_MAX) as (header, file):
        for batch in file.iter_batches(BATCH_ROWS):
            columns = [_native_values(column) for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield TableRow(number, dict(zip(header, cells, strict=True)))


def _parquet_columns(path: Path, fact_type: FactType, rows: int) -> Iterator[TableColumns]:
    import pyarrow as pa

    first = 0
    with _opened_parquet(path, fact_type, STREAMED_ROWS_MAX) as (header, file):
        for batch in file.iter_batches(rows):
            columns = [_checked_column(column) for column in batch.columns]
            numbers = pa.arange(first, first + batch.num_rows)
            lines = pa.arange(first + 1, first + batch.num_rows + 1)
            yield TableColumns(dict(zip(header, columns, strict=True)), numbers, lines, (), batch.num_rows)
            first += batch.num_rows


@contextmanager
def _opened_parquet(path: Path, fact_type: FactType, rows_max: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The checked header and the open file. What the file itself has wrong while it is read raises TableFault."""
    # Loaded here: a folder of CSV files is read without it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if file.metadata.num_rows > rows_max:
                raise _fault(
                    FILE_TOO_LARGE,
                    path,
                    None,
                    f"`{path.name}` holds {file.metadata.num_rows:,} rows; at most {rows_max:,} are read",
                    "Split the facts into several folders, each with some of the learners.",
                )
            yield _checked_header(path, fact_type, file.schema_arrow.names), file
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _fault(
            FACTS_UNREADABLE,
            path,
            None,
            f"`{path.name}` cannot be read as Parquet: {' '.join(str(error).split())}",
            "Write the table again as Parquet, or as CSV with the ending .csv.",
        ) from error


def _checked_column(column: Any) -> Any:
    """A column whose every value Python can hold: what `_native_values` would raise is raised here too."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", tz=column.type.tz))
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        _native_values(column)  # says it as the reading row by row does
        raise
    return column


def _native_values(column: Any) -> list[Any]:
    """A column as Python values. Times finer than a microsecond have none: that raises pyarrow.ArrowInvalid."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz))
    values: list[Any] = column.to_pylist()
    return values


def _checked_header(path: Path, fact_type: FactType, cells: Sequence[str]) -> tuple[str, ...]:
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
            raise _fault(FACTS_HEADER, path, 1, message, remedy + known, field=name, nearest=nearest)
        if name in header[: number - 1]:
            message = f"The column `{name}` stands twice in `{path.name}`; nothing of the file was read"
            raise _fault(FACTS_HEADER, path, 1, message, "Keep one of the two columns.", field=name)
    missing = [name for name in _required(fact_type) if name not in header]
    if missing:
        message = f"`{path.name}` has no column `{missing[0]}`, and every row needs it; nothing of the file was read"
        raise _fault(FACTS_HEADER, path, 1, message, known, field=missing[0])
    return header


def _required(fact_type: FactType) -> list[str]:
    return [column.name for column in fact_type.columns if column.required]


def _encoding_fault(path: Path, line: int, encoding: str) -> TableFault:
    message = f"`{path.name}` is not UTF-8 but {encoding} (line {line}); nothing of the file was read"
    return _fault(FILE_ENCODING, path, line, message, "Save the table as CSV in UTF-8.")


def _fault(
    kind: DiagnosticKind, path: Path, line: int | None, message: str, remedy: str, *, field: str = "", **data: Any
) -> TableFault:
    place = Place(str(path), line, field or None)
    return TableFault(Diagnostic(kind, f"{message}.", (Label(place, "here"),), (), (Fix(remedy),), data))
