"""Tables of many rows in small batches: what crosses a batch is read as it is read row by row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from competency.interchange.read_table_columns import read_table_columns
from competency.interchange.references import References
from competency.model.facts import BUILT_IN
from competency.rules.program import ir
from competency.snapshots import cell_columns, checked_rows, repeated_rows, spilled
from competency.snapshots.lay_out_folder import lay_out_folder
from competency.snapshots.open_snapshot import open_snapshot

ROWS = 3_000
HEADER = "evidence_id,learner,competency,score,assessed_on,recorded_at,rater,supersedes"


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    small = partial(read_table_columns, rows=97, block_bytes=9_700)
    monkeypatch.setattr(checked_rows, "read_table_columns", small)
    monkeypatch.setattr(repeated_rows, "read_table_columns", small)
    monkeypatch.setattr(repeated_rows, "COMPARED_ROWS", 500)
    monkeypatch.setattr(spilled, "HELD_ROWS", 250)
    monkeypatch.setattr(cell_columns, "SHARED_CELLS_MAX", 20)


def many_rows(random: Random, learners: list[str]) -> list[str]:
    rows = []
    for number in range(ROWS):
        learner = random.choice(learners)
        competency = random.choice(["MATH.1", "MATH.2", "MATH.3"]) if random.random() < 0.9 else f"MOTH.{number}"
        day, second = random.randrange(1, 29), random.randrange(60)
        corrects = f"e{random.randrange(ROWS)}" if random.random() < 0.2 else ""
        row = f"e{number},{learner},{competency},{random.randrange(2, 8) / 2},2026-09-{day:02}"
        rows.append(f"{row},2026-09-{day:02}T08:{second:02}:{number % 60:02}Z,T{number},{corrects}")
    return rows


@pytest.mark.usefixtures("small_batches")
def test_rejects_come_in_the_order_of_the_rows(tmp_path: Path, reads_alike: Callable[..., Any]) -> None:
    random = Random(1)
    learners = [f"L{number:03}" for number in range(40)]
    rows = many_rows(random, [*learners, "nobody"])
    again = random.sample(rows, 200)
    respelt = [row.replace("2.0", "2").replace("3.0", " 3") for row in random.sample(rows, 200)]
    other = [row.replace(",T", ",S") for row in random.sample(rows, 200)]
    of_others = [row.replace("L00", "L01") for row in random.sample(rows, 200)]
    everything = [*rows, *again, *respelt, *other, *of_others, "e1,L001", "x,y,z,1,2,3,4,5,6,7"]
    random.shuffle(everything)
    folder = tmp_path / "facts"
    folder.mkdir()
    twice = [*learners, *learners[:5], "", "L001 "]
    (folder / "learners.csv").write_text("\n".join(["learner", *[f'"{one}"' for one in twice], ""]), encoding="utf-8")
    (folder / "evidence.csv").write_text("\n".join([HEADER, *everything, ""]), encoding="utf-8")
    known = References(competencies=frozenset({"MATH.1", "MATH.2", "MATH.3"}))
    made, snapshot = reads_alike(folder, tmp_path, BUILT_IN, 7, references=known)
    assert snapshot.buckets == 6
    assert made.counts["evidence"].unchanged > 100
    assert made.counts["evidence"].rejected > 300
    assert made.counts["learners"].unchanged == 6


@pytest.mark.usefixtures("small_batches")
def test_facts_are_read_alike_one_by_one_and_all_at_once(program: ir.Program, tmp_path: Path) -> None:
    learners = [f"L{number:03}" for number in range(40)]
    folder = tmp_path / "facts"
    folder.mkdir()
    (folder / "learners.csv").write_text("\n".join(["learner", *learners, ""]), encoding="utf-8")
    rows = many_rows(Random(2), learners[::2])
    (folder / "evidence.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    lay_out_folder(program, BUILT_IN, folder, tmp_path / "snapshot", bucket=16)
    snapshot = open_snapshot(tmp_path / "snapshot", program)
    for bucket in range(snapshot.buckets):
        numbers = range(len(snapshot.learners_of(bucket)))
        assert snapshot.facts(bucket, numbers) == [snapshot.facts(bucket, [number])[0] for number in numbers]
        assert snapshot.facts(bucket, [5, 0, 2]) == [snapshot.facts(bucket, [number])[0] for number in (5, 0, 2)]
