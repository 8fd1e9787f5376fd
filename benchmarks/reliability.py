"""What the records were put through: runs their tests in the long profile, and writes what was done to a page.

The page, docs/reliability.md, is made anew as a whole; where a test fails nothing is written.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from record import record

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
POSTGRESQL = os.environ.get("COMPETENCY_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "none": ""}

PACKAGES = ("competency", "sqlalchemy", "alembic", "psycopg")

_HEAD = """\
# What the records were put through

Written by `python benchmarks/reliability.py`, which runs `pytest tests/records` in its long profile against real
databases and counts what was done. Nothing here is written by hand; where a test fails there is no page.

| | |
|---|---|
"""

_BODY = """
## What was done

A *point* is a place at which a process was killed with SIGKILL: before and after every statement, before every commit
and after it. *Lost*: something that an undisturbed run records is missing, or is otherwise. *Torn*: the records do not
verify, a decision has no run, or an announcement is missing. *Double*: a fact, a decision or a book was recorded twice.
*Backward*: a decision took the place of one that was made by more knowledge or by a later book. *Stale*: a decision that
the facts and the book of the end would change. A seed repeats what was drawn at random.

"""

_TAIL = """
## What is not covered

- **A power cut.** A process was killed, and the operating system lived on and wrote what it had been given. That the
  databases ask for each commit to be flushed (`synchronous = FULL` in SQLite, `fsync` in PostgreSQL as it is delivered)
  was not tried by cutting the power.
- **A disk that lies about a flush**, says that it has written what it has not, or gives back other bytes later. `verify`
  finds altered bytes; it cannot bring them back: that takes a backup.
- **Records on a network file system.** SQLite's locks are not sound on many of them. Use PostgreSQL.
- **A PostgreSQL server that fails over to another one**, or is set up with `synchronous_commit = off`.
- **Every mix of many at once.** The processes were really at work at the same time, and which came first was left to the
  machine: another run tries another order.
"""


@dataclass
class Done:
    """What was done on one database, over all its runs."""

    counts: dict[str, int] = field(default_factory=dict)
    seeds: list[str] = field(default_factory=list)
    runs: int = 0


def main() -> int:
    """Runs the tests, and writes the page and the results if all went well."""
    arguments = _arguments()
    facts = origin()
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "done.jsonl"
        lines.touch()
        environment = {**os.environ, "COMPETENCY_RELIABILITY": str(lines), "COMPETENCY_REQUIRE_SERVERS": "1"}
        environment["HYPOTHESIS_PROFILE"] = "default" if arguments.quick else "long"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "tests/records"]
        began = perf_counter()
        ended = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        facts["minutes"] = f"{(perf_counter() - began) / 60:.0f}"
        told = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    if ended.returncode:
        print("a test failed: nothing is written")
        return 1
    text = page(facts, told)
    if arguments.quick:
        print(text)
        return 0
    PAGE.write_text(text, encoding="utf-8")
    print(f"written to {PAGE} and {record('reliability', PACKAGES, {**facts, 'done': told})}")
    return 0


def origin() -> dict[str, str]:
    """Where the figures come from."""
    with psycopg.connect(POSTGRESQL) as connection:
        server = connection.info.parameter_status("server_version")
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": str(server).split(" ", 1)[0],
        "SQLAlchemy": version("sqlalchemy"),
    }


def page(facts: Mapping[str, str], told: Iterable[Mapping[str, Any]]) -> str:
    """The page as Markdown."""
    return "".join((_HEAD, *(f"| {name} | {value} |\n" for name, value in facts.items()), _BODY, *_table(told), _TAIL))


def _table(told: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    done: dict[tuple[str, str], Done] = {}
    for line in told:
        one = done.setdefault((line["what"], line["database"]), Done())
        one.runs += 1
        for name, number in line["counts"].items():
            one.counts[name] = one.counts.get(name, 0) + number
        if line["seed"] is not None:
            one.seeds.append(str(line["seed"]))
    yield "| what | database | counts | seeds |\n|---|---|---|---|\n"
    for (what, database), one in done.items():
        counts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in one.counts.items())
        yield f"| {what} | {NAMES.get(database, database)} | {counts} | {', '.join(one.seeds)} |\n"
    sums: dict[str, int] = {}
    for one in done.values():
        for name in ("points", "lost", "torn", "double"):
            sums[name] = sums.get(name, 0) + one.counts.get(name, 0)
    yield f"\nIn all {sums.get('points', 0):,} points: " + ", ".join(
        f"{sums.get(name, 0)} {name}" for name in ("lost", "torn", "double")
    )
    yield ".\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the default profile, and the page on the screen only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
