"""Records beside bare sqlite3: pieces of evidence a second, committed one at a time and in one import, and the time from a
new piece of evidence to its committed decisions. On SQLite, and on PostgreSQL where a server answers.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from record import record

from competency.model.facts import BUILT_IN
from competency.records.database import Records, open_records
from competency.services.intake import Intake
from competency.services.published_books import publish_book
from competency.services.record_act import read_book_in_force
from competency.services.record_event import record_event
from competency.services.record_import import record_import
from competency.services.table_folder import TableFolder

RIVERBEND = Path(__file__).resolve().parents[1] / "policies" / "riverbend"
POSTGRESQL = os.environ.get("COMPETENCY_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")
PIECES = 72  # of one learner, as in the other benchmarks
FLOOR_MAX = 3.0


def main() -> int:
    """Measures and prints; fails where committing one at a time takes more than three times the floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {"seed": arguments.seed, "events": arguments.events, "learners": arguments.learners}
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        rows = evidence(arguments.learners, arguments.seed)
        facts = tables(Path(folder) / "facts", arguments.learners, rows)
        figures["sqlite"] = _measured(lambda: str(Path(folder) / f"{uuid.uuid4()}.db"), facts, folder, arguments)
        with _schema() as address:
            if address is not None:
                figures["postgresql"] = _measured(address, facts, folder, arguments)
    floor, ours = figures["sqlite"]["floor_us"], figures["sqlite"]["event_us"]
    print(f"one at a time on SQLite: {ours / floor:.2f} times bare sqlite3 (at most {FLOOR_MAX:.0f})")
    if arguments.write:
        print(f"written to {record('records', ('competency', 'sqlalchemy', 'psycopg'), figures)}")
    return 0 if ours <= FLOOR_MAX * floor else 1


def evidence(learners: int, seed: int) -> list[dict[str, str]]:
    """Made-up pieces of evidence, 72 a learner, on competencies of the example district."""
    random = Random(seed)
    competencies = [f"6.NS.C.{number}" for number in (5, 6, 7, 8)] + ["6.RP.A.1", "6.RP.A.2", "6.RP.A.3", "6.NS.A.1"]
    rows = []
    for learner in range(learners):
        for number in range(PIECES):
            day = date(2026, 9, 1) + timedelta(days=random.randrange(60))
            rows.append(
                {
                    "evidence_id": f"E-{learner}-{number}",
                    "learner": f"L-{learner:05}",
                    "competency": random.choice(competencies),
                    "score": str(random.randint(1, 4)),
                    "assessed_on": day.isoformat(),
                    "method": random.choice(("test", "project", "portfolio", "exhibition")),
                    "role": random.choice(("teacher", "advisor", "mentor", "peer")),
                    "source": "made up",
                    "external_id": f"{learner}-{number}",
                }
            )
    return rows


def tables(folder: Path, learners: int, rows: list[dict[str, str]]) -> Path:
    """The rows as a folder of fact tables."""
    folder.mkdir()
    names = "\n".join(f"L-{learner:05}" for learner in range(learners))
    (folder / "learners.csv").write_text(f"learner\n{names}\n", encoding="utf-8")
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    (folder / "evidence.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _measured(address: Callable[[], str], facts: Path, folder: str, arguments: argparse.Namespace) -> dict[str, float]:
    """Medians of the rounds, the floor and we in turns."""
    found: dict[str, list[float]] = {}
    for _ in range(arguments.rounds):
        for name, value in _round(address(), facts, folder, arguments).items():
            found.setdefault(name, []).append(value)
    figures = {name: round(median(values), 1) for name, values in found.items()}
    for name, value in figures.items():
        print(f"{name:<28}{value:>12,.1f}")
    return figures


def _round(address: str, facts: Path, folder: str, arguments: argparse.Namespace) -> dict[str, float]:
    figures: dict[str, float] = {}
    if "://" not in address:
        figures["floor_us"] = _floor(Path(folder) / f"{uuid.uuid4()}.db", arguments.events)
    records = open_records(address, makes=True)
    began = perf_counter()
    report = record_import(
        records,
        TableFolder(BUILT_IN),
        facts,
        rejects=Path(folder) / "rejected.csv",
        by="benchmark",
        now=_now,
        fact_types=BUILT_IN,
    )
    figures["imported_rows_a_second"] = report.total.accepted / (perf_counter() - began)
    figures["event_us"] = _events(records, Intake(None), arguments.events, "a") * 1e6
    publish_book(records, RIVERBEND, by="benchmark", reason="measured", begins=None, private_key=None, now=_now)
    book, _ = read_book_in_force(records, now=_now)
    intake = Intake(book)
    _events(records, intake, 1, "b")  # what the program reads is worked out at the first row
    figures["event_with_decisions_ms"] = _events(records, intake, 40, "c") * 1e3
    records.close()
    return figures


def _floor(path: Path, events: int) -> float:
    """Microseconds for one row of the same size, committed with the same care, with nothing but sqlite3."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE evidence (id TEXT PRIMARY KEY, learner TEXT, content TEXT)")
    began = perf_counter()
    for number in range(events):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO evidence VALUES (?, ?, ?)", (f"E-{number}", "L-00001", "x" * 250))
        connection.execute("COMMIT")
    seconds = (perf_counter() - began) / events
    connection.close()
    return seconds * 1e6


def _events(records: Records, intake: Intake, events: int, prefix: str) -> float:
    """Seconds a row, each sent and committed by itself, spread over the learners."""
    rows = [
        {
            "evidence_id": f"{prefix}-{number}",
            "learner": f"L-{number % 100:05}",
            "competency": "6.NS.A.1",
            "score": "3",
            "assessed_on": "2026-11-02",
            "method": "project",
            "role": "teacher",
        }
        for number in range(events)
    ]
    began = perf_counter()
    for row in rows:
        if record_event(records, intake, "evidence", row, by="benchmark", now=_now).diagnostics:
            raise ValueError(f"a row was refused: {row}")
    return (perf_counter() - began) / events


@contextmanager
def _schema() -> Iterator[Callable[[], str] | None]:
    """Gives addresses of empty schemas on the server, and none where no server answers."""
    try:
        connection = psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        print(f"PostgreSQL is left out: {error}", file=sys.stderr)
        yield None
        return
    made: list[str] = []

    def address() -> str:
        made.append(f"benchmark_{uuid.uuid4().hex}")
        connection.execute(f'CREATE SCHEMA "{made[-1]}"')
        return f"{POSTGRESQL}?options=-csearch_path%3D{made[-1]}"

    with connection:
        yield address
        for name in made:
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
