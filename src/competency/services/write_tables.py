"""Tables of texts to CSV or Parquet, the same bytes as their rows one by one; the file is there whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TypeAlias

import pyarrow
from pyarrow import compute
from pyarrow.parquet import ParquetWriter

from competency.services.replace_file import replace_file
from competency.services.text_tables import texts_schema

# Rows that Parquet takes at once: a group of this size compresses well and is a few megabytes.
ROWS_A_GROUP = 50_000

AddTable: TypeAlias = Callable[[pyarrow.Table], None]


@contextmanager
def table_writer(path: Path, columns: Sequence[str]) -> Iterator[AddTable]:
    """Gives a function that takes tables of these columns, of texts; `path` is there, complete, when the block ends well.

    Else it is not touched. The ending of `path` says the format, `.csv` or `.parquet`. OSError where the disk refuses.
    How rows are spread over tables does not matter to the file.
    """
    write = parquet_writer if path.suffix.lower() == ".parquet" else _csv
    with replace_file(path) as unfinished, write(unfinished, columns) as add:
        yield add


@contextmanager
def parquet_writer(path: Path, columns: Sequence[str]) -> Iterator[AddTable]:
    """Gives a function that takes tables of these columns, of texts, for a file of Parquet."""
    schema = texts_schema(columns)
    waiting: list[pyarrow.Table] = []
    room = ROWS_A_GROUP
    with ParquetWriter(path, schema) as writer:

        def flush() -> None:
            nonlocal room
            group = pyarrow.concat_tables(waiting) if waiting else schema.empty_table()
            writer.write_table(group.combine_chunks())
            waiting.clear()
            room = ROWS_A_GROUP

        def add(table: pyarrow.Table) -> None:
            nonlocal room
            while table.num_rows:
                some = table.slice(0, room)
                table = table.slice(room)
                waiting.append(some.cast(schema))
                room -= some.num_rows
                if not room:
                    flush()

        yield add
        flush()


@contextmanager
def _csv(path: Path, columns: Sequence[str]) -> Iterator[AddTable]:
    with path.open("wb") as file:
        file.write((",".join(_cells(columns)) + "\n").encode())

        def add(table: pyarrow.Table) -> None:
            quoted = pyarrow.table([_quoted(column) for column in table.columns], names=table.column_names)
            for start in range(0, table.num_rows, ROWS_A_GROUP):
                file.write(_lines(quoted.slice(start, ROWS_A_GROUP).combine_chunks()))

        yield add


def _lines(table: pyarrow.Table) -> memoryview:
    """The lines of a table whose texts are cells already."""
    parts: list[pyarrow.Array | pyarrow.Scalar] = []
    for column in table.columns:
        array = column.chunk(0)
        same = array.dictionary[0].as_py() if len(array.dictionary) == 1 else None
        if same is not None and parts and isinstance(parts[-1], pyarrow.Scalar):
            parts[-1] = pyarrow.scalar(f"{parts[-1].as_py()},{same}")
        else:
            parts.append(array.cast(pyarrow.string()) if same is None else pyarrow.scalar(same))
    ends = pyarrow.scalar("\n")
    lines = compute.binary_join_element_wise(compute.binary_join_element_wise(*parts, ","), ends, "")
    if isinstance(lines, pyarrow.Scalar):  # every row is the same
        return memoryview((lines.as_py() * table.num_rows).encode())
    return memoryview(lines.buffers()[2])


def _quoted(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Texts as cells of CSV: each different one is looked at once."""
    chunks = []
    for chunk in column.chunks:
        encoded = chunk if pyarrow.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        cells = pyarrow.array(_cells(encoded.dictionary.to_pylist()), pyarrow.string())
        chunks.append(pyarrow.DictionaryArray.from_arrays(encoded.indices, cells))
    return pyarrow.chunked_array(chunks, pyarrow.dictionary(pyarrow.int32(), pyarrow.string()))


def _cells(texts: Sequence[str]) -> list[str]:
    """Texts as the standard library's writer puts them beside others in a line."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    cells = []
    for text in texts:
        writer.writerow((text, ""))  # alone in a line, an empty cell would have quotes
        cells.append(buffer.getvalue()[: -len(",\n")])
        buffer.seek(0)
        buffer.truncate()
    return cells
