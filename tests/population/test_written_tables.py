"""Tables of texts are written as their rows one by one are, byte for byte, however the rows are spread over tables."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from competency.services import write_tables
from competency.services.text_tables import table_of
from competency.services.write_decisions import row_writer
from competency.services.write_tables import table_writer

COLUMNS = ("learner", "item", "value")
# What a writer of CSV may take for more than text.
AWKWARD = (
    "",
    " ",
    ",",
    '"',
    "\n",
    "\r",
    "\r\n",
    "'",
    "#",
    ";",
    "NULL",
    "a,b",
    'say "so"',
    " lead",
    "tail ",
    "é",
    "\\",
    "1/3",
)

texts = st.one_of(st.sampled_from(AWKWARD), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5))
rows = st.lists(st.tuples(texts, texts, st.sampled_from(("same", ""))), max_size=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@given(rows=rows, cut=st.integers(0, 12), is_numbered=st.booleans())
def test_a_table_is_written_as_its_rows_are(
    folder: Path, ending: str, rows: list[tuple[str, ...]], cut: int, is_numbered: bool
) -> None:
    with row_writer(folder / f"rows{ending}", COLUMNS) as add_row:
        for row in rows:
            add_row(row)
    with table_writer(folder / f"tables{ending}", COLUMNS) as add:
        for part in (rows[:cut], rows[cut:]):
            table = table_of(COLUMNS, part)
            add(as_numbers(table) if is_numbered else table)
    assert (folder / f"tables{ending}").read_bytes() == (folder / f"rows{ending}").read_bytes()


def as_numbers(table: pyarrow.Table) -> pyarrow.Table:
    arrays = [column.combine_chunks().dictionary_encode() for column in table.columns]
    return pyarrow.table(arrays, names=table.column_names)


def test_groups_of_rows_do_not_follow_the_tables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_tables, "ROWS_A_GROUP", 4)
    table = table_of(("learner",), [(f"L{number}",) for number in range(10)])
    for name, cuts in (("one", (0, 10)), ("many", (0, 1, 5, 6, 10))):
        with table_writer(folder / f"{name}.parquet", ("learner",)) as add:
            for start, end in pairwise(cuts):
                add(table.slice(start, end - start))
    assert (folder / "one.parquet").read_bytes() == (folder / "many.parquet").read_bytes()
    read = parquet.read_metadata(folder / "many.parquet")
    assert [read.row_group(number).num_rows for number in range(read.num_row_groups)] == [4, 4, 2]
    assert parquet.read_table(folder / "many.parquet").schema.field("learner").type == pyarrow.string()


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_file_that_is_not_finished_is_not_there(tmp_path: Path, ending: str) -> None:
    def fails() -> None:
        with table_writer(tmp_path / f"out{ending}", COLUMNS) as add:
            add(table_of(COLUMNS, [("L1", "A", "")]))
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert not list(tmp_path.iterdir())
