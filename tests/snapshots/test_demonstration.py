"""The facts of the demonstration: laid out in buckets of several sizes they are what the reading row by row reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from competency.interchange.fact_set import FactSet
from competency.interchange.read_facts import read_facts
from competency.interchange.write_facts import TableFormat, write_facts
from competency.model.facts import BUILT_IN
from competency.rules.interpreter.decide import decide
from competency.rules.population.carry_out import carry_out, put_facts
from competency.rules.population.compile_program import compile_program
from competency.rules.population.duckdb_engine import DuckDBEngine
from competency.rules.population.fetch_decisions import fetch_decisions
from competency.rules.population.lower_rule import OUTCOMES
from competency.rules.program import ir
from competency.services.demo import demo_facts
from competency.snapshots.lay_out_facts import lay_out_facts
from competency.snapshots.open_snapshot import open_snapshot

DAY = date(2026, 11, 2)


@pytest.fixture(scope="module")
def demonstration(program: ir.Program) -> FactSet:
    return demo_facts(program.catalog)[0]


@pytest.mark.parametrize(
    ("table_format", "bucket"), [(TableFormat.CSV, 7), (TableFormat.CSV, 20_000), (TableFormat.PARQUET, 64)]
)
def test_a_folder_is_laid_out_as_its_rows_are_read(
    demonstration: FactSet, tmp_path: Path, reads_alike: Callable[..., Any], table_format: TableFormat, bucket: int
) -> None:
    folder = tmp_path / "facts"
    write_facts(folder, demonstration, table_format=table_format)
    made, snapshot = reads_alike(folder, tmp_path, BUILT_IN, bucket)
    assert made.is_written
    assert snapshot.buckets == -(-200 // bucket)


def test_the_interpreter_decides_alike_from_a_snapshot(
    program: ir.Program, demonstration: FactSet, tmp_path: Path
) -> None:
    lay_out_facts(program, demonstration, tmp_path / "snapshot", bucket=150)
    snapshot = open_snapshot(tmp_path / "snapshot", program)
    (from_snapshot,) = snapshot.facts(1, [3])
    from_rows = demonstration.for_learner(snapshot.learners[153])
    assert from_snapshot.learner == from_rows.learner
    wanted = [one.decision for one in decide(program, from_rows, DAY, None)]
    assert [one.decision for one in decide(program, from_snapshot, DAY, None)] == wanted


def test_an_engine_decides_a_bucket_by_what_is_known_of_all(
    program: ir.Program, demonstration: FactSet, tmp_path: Path
) -> None:
    lay_out_facts(program, demonstration, tmp_path / "snapshot", bucket=180)
    snapshot = open_snapshot(tmp_path / "snapshot", program)
    bucket = snapshot.bucket(1)
    compiled = compile_program(program, snapshot.at_hand(), DAY, None, {})
    engine = DuckDBEngine(spill=str(tmp_path))
    put_facts(engine, compiled, bucket.at_hand, bucket.rows, DAY, None)
    carry_out(engine, compiled, list(range(len(bucket.learners))))
    wanted = {
        (one.decision.learner, one.rule.reference, one.rule.version, one.decision.item): (
            one.decision.outcome,
            one.decision.value,
            one.decision.assigned,
        )
        for facts in snapshot.facts(1, range(len(bucket.learners)))
        for one in decide(program, facts, DAY, None)
    }
    words = bucket.at_hand.words
    count = 0
    for group in fetch_decisions(engine, compiled, words):
        assigned: dict[tuple[int, int], tuple[str, ...]] = {}
        for row in group.assigned.to_pylist() if group.assigned is not None else ():
            place = (row["learner"], row["place"])
            assigned[place] = (*assigned.get(place, ()), words.texts[row["item"]])
        values = [None] * len(group.decided) if group.value is None else group.value.to_pylist()
        for row, value in zip(group.decided.to_pylist(), values, strict=True):
            index, codes = program.schedule[row["place"]]
            rule = program.rules[index]
            key = (bucket.learners[row["learner"]], rule.reference, rule.version, codes)
            own = assigned.get((row["learner"], row["place"]), ())
            assert wanted[key] == (OUTCOMES[row["outcome"]], None if value is None else group.values[value], own)
            count += 1
    engine.close()
    assert count == len(wanted)


def test_facts_that_are_kept_elsewhere_are_laid_out_as_a_folder_of_them_is(
    program: ir.Program, demonstration: FactSet, tmp_path: Path, reads_alike: Callable[..., Any], laid_out_alike: Any
) -> None:
    write_facts(tmp_path / "facts", demonstration)
    facts, _, _ = read_facts(tmp_path / "facts", BUILT_IN)
    assert facts is not None
    lay_out_facts(program, facts, tmp_path / "of facts", bucket=64)
    snapshot = open_snapshot(tmp_path / "of facts", program)
    laid_out_alike(program, facts, snapshot)
    _, of_folder = reads_alike(tmp_path / "facts", tmp_path, BUILT_IN, 64)
    assert snapshot.digests == of_folder.digests
