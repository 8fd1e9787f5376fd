"""What one engine answers every other answers too: what the queries rely on, asked of each beside the decisions themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow
import pytest
from pyarrow import parquet

from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.columns import Kind
from competency.rules.population.engine import CannotStart, Engine
from competency.services.engines import DUCKDB, SPARK, EngineChoice, start_engine

if TYPE_CHECKING:
    from collections.abc import Mapping

SCAN = r.Scan("some rows", (("key", Kind.WHOLE), ("large", Kind.WHOLE), ("truth", Kind.TRUTH)))
KEY, LARGE, TRUTH = c.column("key", Kind.WHOLE), c.column("large", Kind.WHOLE), c.column("truth", Kind.TRUTH)


def some_rows(keys: list[int | None], large: list[int | None], truths: list[bool | None]) -> pyarrow.Table:
    whole = pyarrow.int64()
    columns: Mapping[str, pyarrow.Array] = {
        "key": pyarrow.array(keys, whole),
        "large": pyarrow.array(large, whole),
        "truth": pyarrow.array(truths, pyarrow.bool_()),
    }
    return pyarrow.table(columns)


@pytest.fixture
def asked(engine: EngineChoice, tmp_path: Path) -> Iterator[Engine]:
    """An engine with a few rows."""
    started = start_engine(engine, str(tmp_path))
    started.put("some rows", some_rows([1, 1, 2, None], [2**61, -1, None, 5], [True, None, None, False]))
    yield started
    started.close()


def test_of_no_rows_that_hold_there_are_none(asked: Engine) -> None:
    count = r.Measure("held", "count", None, TRUTH, Kind.WHOLE)
    assert asked.fetch(r.Group(SCAN, ("key",), (count,)), ("key",)).column("held").to_pylist().count(0) == 2
    none = r.Filter(SCAN, c.both(TRUTH, c.opposite(TRUTH)))
    assert asked.fetch(r.Group(none, (), (count,))).column("held").to_pylist() == [0]


def test_a_sum_of_no_rows_is_blank_and_a_blank_is_no_part_of_one(asked: Engine) -> None:
    total = r.Measure("total", "sum", LARGE, TRUTH, Kind.WHOLE)
    found = asked.fetch(r.Group(SCAN, ("truth",), (total,)))
    assert sorted(found.column("total").to_pylist(), key=str) == [2**61, None, None]


def test_a_number_too_large_is_an_error(asked: Engine) -> None:
    with pytest.raises(Exception, match=r"(?i)overflow"):
        asked.fetch(r.Keep(SCAN, (("product", c.times(LARGE, c.constant(8))),)))


def test_a_sum_too_large_is_an_error(asked: Engine) -> None:
    asked.put("some rows", some_rows([1] * 5, [2**61] * 5, [True] * 5))
    total = r.Measure("total", "sum", LARGE, c.TRUE, Kind.WHOLE)
    with pytest.raises(Exception, match=r"(?i)overflow|failed to cast|out of range"):
        asked.fetch(r.Group(SCAN, ("key",), (total,)))


def test_numbers_of_rows_and_constants_have_64_bits(asked: Engine) -> None:
    numbered = r.Numbered(SCAN, "number", "number", None, (), ((LARGE, True),))
    number = c.column("number", Kind.WHOLE, low=0, high=10)
    far = c.times(c.times(number, c.constant(2_000_000_000)), c.constant(2))
    found = asked.fetch(r.Keep(numbered, (("far", far),)), ("far",))
    assert found.column("far").to_pylist() == [0, 4_000_000_000, 8_000_000_000, 12_000_000_000]


def test_digits_of_a_number_are_those_of_its_binary_form(asked: Engine) -> None:
    number = 0b1011_0000001_110
    asked.put("some rows", some_rows([1, 2], [number, None], [True] * 2))
    parts = {"last": (0, 3), "middle": (3, 7), "first": (10, 4)}
    kept = ("key", KEY), *((name, c.digits(LARGE, *where)) for name, where in parts.items())
    found = asked.fetch(r.Keep(SCAN, kept), ("key",)).to_pylist()
    assert found == [
        {"key": 1, "last": 0b110, "middle": 1, "first": 0b1011},
        {"key": 2, "last": None, "middle": None, "first": None},
    ]


def test_a_table_is_kept_when_what_it_came_from_is_replaced(asked: Engine) -> None:
    asked.create("kept", SCAN)
    asked.put("some rows", some_rows([9], [9], [True]))
    assert asked.fetch(r.Scan("kept", SCAN.columns)).num_rows == 4
    assert asked.fetch(SCAN).num_rows == 1


@pytest.mark.notyet(SPARK, reason="a defined name goes on reading the tables that stood when it was defined")
def test_a_defined_name_reads_what_has_been_put_since(asked: Engine) -> None:
    asked.define("seen", SCAN)
    asked.put("some rows", some_rows([9], [9], [True]))
    assert asked.fetch(r.Scan("seen", SCAN.columns)).num_rows == 1


def test_files_of_parquet_are_read_as_whole_numbers(asked: Engine, tmp_path: Path) -> None:
    narrow = pyarrow.table({"key": pyarrow.array([7, None], pyarrow.int16()), "truth": [True, None]})
    parquet.write_table(narrow, tmp_path / "rows.parquet")
    asked.open_parquet("read", str(tmp_path / "*.parquet"))
    found = asked.fetch(r.Scan("read", (("key", Kind.WHOLE), ("truth", Kind.TRUTH))))
    assert found.schema.field("key").type == pyarrow.int64()
    assert sorted(found.to_pylist(), key=str) == [{"key": 7, "truth": True}, {"key": None, "truth": None}]


@pytest.mark.never(
    DUCKDB, reason="it takes names that differ by their case alone for one; `engine_name` spells them apart"
)
def test_names_of_columns_differ_by_their_case_too(asked: Engine) -> None:
    asked.put("two", pyarrow.table({"key": pyarrow.array([1]), "Key": pyarrow.array([2])}))
    found = asked.fetch(r.Scan("two", (("key", Kind.WHOLE), ("Key", Kind.WHOLE))))
    assert found.to_pylist() == [{"key": 1, "Key": 2}]


@pytest.mark.never(SPARK, reason="what memory its workers have is said where Spark is set up")
def test_what_does_not_fit_in_memory_goes_to_disk(engine: EngineChoice, tmp_path: Path) -> None:
    rows = 3_000_000
    numbers = pyarrow.table({"number": pyarrow.array(range(rows), pyarrow.int64())})
    started = start_engine(EngineChoice(engine.name, memory="32MB"), str(tmp_path))
    try:
        started.put("numbers", numbers)
        scan = r.Scan("numbers", (("number", Kind.WHOLE),))
        number = c.column("number", Kind.WHOLE, is_nullable=False, low=0, high=rows)
        twice = r.Keep(scan, (("number", number), ("other", c.times(number, c.constant(2)))))
        started.create("kept", twice)
        assert any(tmp_path.iterdir())
        total = r.Measure("total", "sum", c.column("other", Kind.WHOLE, low=0, high=2 * rows), c.TRUE, Kind.WHOLE)
        kept = r.Scan("kept", (("number", Kind.WHOLE), ("other", Kind.WHOLE)))
        assert started.fetch(r.Group(kept, (), (total,))).column("total").to_pylist() == [rows * (rows - 1)]
    finally:
        started.close()


@pytest.mark.never(DUCKDB, reason="it runs in this process and has no master")
@pytest.mark.usefixtures("asked")
def test_a_process_has_one_master(engine: EngineChoice, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="at `local\\[2\\]` in this process already"):
        start_engine(EngineChoice(engine.name, master="local[1]"), str(tmp_path))
