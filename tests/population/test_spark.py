"""Spark decides as the interpreter does, and where it would mean something else by a query it is told otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from competency.model.facts import LearnerFacts
from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.columns import Kind
from competency.rules.population.engine import CannotStart, Engine
from competency.rules.read_rules import parse_texts, read_rules
from competency.services.engines import SPARK, EngineChoice, start_engine
from competency.source import SourceText
from competency.testing.strategies import clocks_for, facts_for, rule_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

# A made-up book takes Spark many times as long as DuckDB, and making a fault small would take hours.
few = settings(max_examples=10, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))

SCAN = r.Scan("some rows", (("key", Kind.WHOLE), ("Key", Kind.WHOLE), ("truth", Kind.TRUTH)))
KEY, LARGE, TRUTH = c.column("key", Kind.WHOLE), c.column("Key", Kind.WHOLE), c.column("truth", Kind.TRUTH)


def some_rows(keys: list[int | None], large: list[int | None], truths: list[bool | None]) -> pyarrow.Table:
    whole = pyarrow.int64()
    columns: Mapping[str, pyarrow.Array] = {
        "key": pyarrow.array(keys, whole),
        "Key": pyarrow.array(large, whole),
        "truth": pyarrow.array(truths, pyarrow.bool_()),
    }
    return pyarrow.table(columns)


@pytest.fixture
def asked(spark: EngineChoice, tmp_path: Path) -> Iterator[Engine]:
    """Spark with a few rows, in which columns differ by their case alone."""
    engine = start_engine(spark, str(tmp_path))
    engine.put("some rows", some_rows([1, 1, 2, None], [2**61, -1, None, 5], [True, None, None, False]))
    yield engine
    engine.close()


@few
@given(rule_texts(), st.data())
def test_a_made_up_book_is_decided_alike(
    spark: EngineChoice,
    decides_alike: Callable[..., int],
    with_name: Callable[[LearnerFacts, str], LearnerFacts],
    text: str,
    data: st.DataObject,
) -> None:
    parsed, _ = parse_texts([SourceText("made up.rules", text)])
    program = read_rules(parsed, {})[0].program
    assert program is not None
    learners = [with_name(data.draw(facts_for(program)), f"learner {number}") for number in range(3)]
    as_of, known_on = data.draw(clocks_for(program))
    decides_alike(program, learners, as_of, known_on, spark)


def test_of_no_rows_that_hold_there_are_none(asked: Engine) -> None:
    count = r.Measure("held", "count", None, TRUTH, Kind.WHOLE)
    assert asked.fetch(r.Group(SCAN, ("key",), (count,)), ("key",)).column("held").to_pylist() == [0, 1, 0]
    none = r.Filter(SCAN, c.both(TRUTH, c.opposite(TRUTH)))
    assert asked.fetch(r.Group(none, (), (count,))).column("held").to_pylist() == [0]


def test_a_number_too_large_is_an_error(asked: Engine) -> None:
    with pytest.raises(Exception, match="ARITHMETIC_OVERFLOW"):
        asked.fetch(r.Keep(SCAN, (("product", c.times(LARGE, c.constant(8))),)))


def test_numbers_of_rows_and_constants_have_64_bits(asked: Engine) -> None:
    numbered = r.Numbered(SCAN, "number", "number", None, (), ((LARGE, True),))
    number = c.column("number", Kind.WHOLE, low=0, high=10)
    far = c.times(c.times(number, c.constant(2_000_000_000)), c.constant(2))
    found = asked.fetch(r.Keep(numbered, (("far", far),)), ("far",))
    assert found.column("far").to_pylist() == [0, 4_000_000_000, 8_000_000_000, 12_000_000_000]


def test_a_table_is_kept_when_what_it_came_from_is_replaced(asked: Engine) -> None:
    asked.create("kept", SCAN)
    asked.put("some rows", some_rows([9], [9], [True]))
    kept = r.Scan("kept", SCAN.columns)
    assert asked.fetch(kept).num_rows == 4
    assert asked.fetch(SCAN).num_rows == 1


def test_files_of_parquet_are_read_as_whole_numbers(asked: Engine, tmp_path: Path) -> None:
    narrow = pyarrow.table({"key": pyarrow.array([7, None], pyarrow.int16()), "truth": [True, None]})
    parquet.write_table(narrow, tmp_path / "rows.parquet")
    asked.open_parquet("read", str(tmp_path / "*.parquet"))
    found = asked.fetch(r.Scan("read", (("key", Kind.WHOLE), ("truth", Kind.TRUTH))))
    assert found.schema.field("key").type == pyarrow.int64()
    assert sorted(found.to_pylist(), key=str) == [{"key": 7, "truth": True}, {"key": None, "truth": None}]


@pytest.mark.usefixtures("asked")
def test_a_process_has_one_master(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="at `local\\[2\\]` in this process already"):
        start_engine(EngineChoice(SPARK, master="local[1]"), str(tmp_path))
