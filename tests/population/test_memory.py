"""A limit to memory: the same decisions, what does not fit goes to the disk, and nothing of it stays there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest

from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.columns import Kind
from competency.rules.population.duckdb_engine import DuckDBEngine
from competency.rules.population.engine import TooLittleMemory
from competency.services.demo import AS_OF, demo_book, demo_facts
from competency.services.engines import DUCKDB, EngineChoice, bytes_of, memory_of_one, workers_of
from competency.services.read_book import read_book

ROWS = 5_000_000


def test_what_does_not_fit_goes_to_the_disk(tmp_path: Path) -> None:
    engine = DuckDBEngine("30MB", str(tmp_path), threads=1)
    keys = pyarrow.table({"key": pyarrow.arange(0, ROWS)})
    scan = r.Scan("keys", (("key", Kind.WHOLE),))
    key = c.column("key", Kind.WHOLE, is_nullable=False, high=2**40)
    try:
        engine.put("keys", keys)
        engine.create("mixed", r.Extend(scan, (("other", c.times(key, c.constant(7_368_787))),)))
        assert list(tmp_path.iterdir())
        mixed = r.Scan("mixed", (("key", Kind.WHOLE), ("other", Kind.WHOLE)))
        total = r.Group(mixed, (), (r.Measure("total", "sum", key, c.TRUE, Kind.WHOLE),))
        assert engine.fetch(total).to_pylist() == [{"total": ROWS * (ROWS - 1) // 2}]
    finally:
        engine.close()


@pytest.mark.parametrize(("memory", "workers"), [("60MB", 1), ("150MB", 3)])
def test_little_memory_decides_alike(
    together: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: str, workers: int
) -> None:
    book, _ = read_book(demo_book())
    assert book is not None
    program = book.rules.program
    assert program is not None
    facts, _ = demo_facts(program.catalog)
    learners = [facts.for_learner(learner) for learner in facts.learners]
    wanted = together(program, learners, AS_OF)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    choice = EngineChoice(DUCKDB, memory=memory, workers=workers)
    assert together(program, learners, AS_OF, engine=choice, size=80) == wanted
    assert not list(tmp_path.iterdir())


def test_far_too_little_memory_says_so(tmp_path: Path) -> None:
    engine = DuckDBEngine("1KB", str(tmp_path))
    engine.put("keys", pyarrow.table({"key": pyarrow.arange(0, 100_000)}))
    try:
        with pytest.raises(TooLittleMemory, match="1KB"):
            engine.create("kept", r.Scan("keys", (("key", Kind.WHOLE),)))
    finally:
        engine.close()


def test_workers_share_memory() -> None:
    assert bytes_of("1.5 GB") == 1_500_000_000
    assert memory_of_one("2GB", 4) == "500000000B"
    assert memory_of_one(None, 4) == "20%"
    assert workers_of(EngineChoice(DUCKDB, memory="100MB")) == 1
    assert workers_of(EngineChoice(DUCKDB, workers=3)) == 3
    with pytest.raises(ValueError, match="`much` is no amount of memory"):
        bytes_of("much")
