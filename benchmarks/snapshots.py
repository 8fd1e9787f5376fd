"""What it costs to lay out the facts of a made-up state: writes them with their texts, lays them out, and says the cost.

    python benchmarks/snapshots.py write FOLDER --learners 100000 --format csv
    python benchmarks/snapshots.py lay-out FOLDER OUT

Each step is a process of its own, so that the largest memory is that of the step.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent / "population"))

import made_up_state as state

from competency.interchange.references import References
from competency.model.facts import BUILT_IN
from competency.snapshots.lay_out_folder import lay_out_folder
from competency.snapshots.open_snapshot import open_snapshot

COMPETENCIES = 60
LEARNERS_A_PART = 10_000
DAYS = (state.AS_OF - state.FIRST_DAY).days


def write(folder: Path, learners: int, table_format: str, seed: int) -> None:
    """Writes learners, evidence in no order of learners within 10,000 of them, attempts and attendance."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    codes = np.array([code for strand in state.strands(COMPETENCIES) for code in strand])
    courses = np.array(list(state.courses(COMPETENCIES)))
    days = np.array([(state.FIRST_DAY + timedelta(days=day)).isoformat() for day in range(DAYS)])
    names = np.array([f"L{number:07}" for number in range(learners)])
    writers: dict[str, pq.ParquetWriter | pa.csv.CSVWriter] = {}

    def add(name: str, columns: dict[str, np.ndarray]) -> None:
        table = pa.table(columns)
        if name not in writers:
            path = folder / f"{name}.{table_format}"
            writers[name] = (
                pq.ParquetWriter(path, table.schema)
                if table_format == "parquet"
                else pa.csv.CSVWriter(path, table.schema)
            )
        writers[name].write_table(table)

    for first in range(0, learners, LEARNERS_A_PART):
        some = names[first : first + LEARNERS_A_PART]
        count = len(some) * state.PIECES
        on = days[random.integers(0, DAYS, count)]
        clock = np.char.add(np.char.add("T", np.char.zfill(random.integers(8, 16, count).astype(str), 2)), ":15:00Z")
        add("learners", {"learner": some, "entered_on": days[random.integers(0, DAYS, len(some))]})
        add(
            "evidence",
            {
                "evidence_id": np.char.add("E", (first * state.PIECES + random.permutation(count)).astype(str)),
                "learner": random.permutation(np.repeat(some, state.PIECES)),
                "competency": codes[random.integers(0, COMPETENCIES, count)],
                "score": np.array(["1", "1.5", "2", "2.5", "3", "3.5", "4"])[random.integers(0, 7, count)],
                "assessed_on": on,
                "recorded_at": np.char.add(on, clock),
                "method": np.array(state.METHODS)[random.integers(0, 4, count)],
                "role": np.array(state.ROLES)[random.integers(0, 4, count)],
                "rater": np.char.add("T", random.integers(0, 5000, count).astype(str)),
            },
        )
        tries = np.repeat(some, 3)
        add(
            "attempts",
            {
                "attempt_id": np.char.add("A", (first * 3 + np.arange(len(tries))).astype(str)),
                "learner": tries,
                "course": courses[random.integers(0, len(courses), len(tries))],
                "ended_on": days[random.integers(0, DAYS, len(tries))],
                "status": np.full(len(tries), "final"),
                "result": np.array(["passed", "failed"])[random.integers(0, 2, len(tries))],
            },
        )
        add(
            "attendance",
            {
                "learner": some,
                "begins_on": np.full(len(some), state.FIRST_DAY.isoformat()),
                "ends_on": np.full(len(some), state.AS_OF.isoformat()),
                "days_enrolled": np.full(len(some), "170"),
                "days_present": random.integers(120, 171, len(some)).astype(str),
            },
        )
    for writer in writers.values():
        writer.close()


def lay_out(folder: Path, out: Path) -> None:
    """Lays the facts out, and says what it cost."""
    program = state.program(COMPETENCIES)
    references = References(competencies=frozenset(code for strand in state.strands(COMPETENCIES) for code in strand))
    begun, clock = time.process_time(), time.monotonic()
    made = lay_out_folder(program, BUILT_IN, folder, out, references=references)
    spent = time.process_time() - begun
    rows = sum(counts.read for counts in made.counts.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    print(f"{rows:,} rows, {sum(counts.rejected for counts in made.counts.values()):,} rejected")
    print(
        f"{spent:.1f} seconds of processor time, {spent / rows * 1e6:.2f} microseconds a row, {time.monotonic() - clock:.1f} s"
    )
    print(f"at most {peak:,.0f} MB in memory; the snapshot holds {size:,.0f} MB")
    begun = time.process_time()
    snapshot = open_snapshot(out, program)
    snapshot.at_hand()
    opened = time.process_time() - begun
    begun = time.process_time()
    bucket = snapshot.bucket(0)
    read = time.process_time() - begun
    print(f"opened in {opened:.2f} seconds; a bucket of {len(bucket.learners):,} learners read in {read:.2f}")


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    writing = steps.add_parser("write")
    writing.add_argument("folder", type=Path)
    writing.add_argument("--learners", type=int, default=100_000)
    writing.add_argument("--format", choices=("csv", "parquet"), default="csv")
    writing.add_argument("--seed", type=int, default=1)
    laying = steps.add_parser("lay-out")
    laying.add_argument("folder", type=Path)
    laying.add_argument("out", type=Path)
    given = parser.parse_args()
    if given.step == "write":
        write(given.folder, given.learners, given.format, given.seed)
    else:
        lay_out(given.folder, given.out)


if __name__ == "__main__":
    main()
