"""Our engine on the made-up state: compile the book, then decide every learner into tables, bucket after bucket or in one go."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import made_up_facts as facts
import made_up_state as state
import pyarrow as pa
import pyarrow.parquet as pq

from competency.rules.population.carry_out import carry_out, put_facts
from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.duckdb_engine import DuckDBEngine
from competency.rules.population.engine import Engine
from competency.rules.population.frame import LEARNER
from competency.rules.population.lower_group import GroupTables
from competency.rules.program import ir
from competency.services.decide_untouched import decide_untouched

# Our group of rules, and the names that the peers' tables and columns have.
TABLES = {
    "mastery": ("mastery", "competency"),
    "credit": ("credit", "course"),
    "progression": ("progression", "level"),
    "recovery": ("recovery", "course"),
    "flag at_risk": ("at_risk", ""),
}
ASSIGNED = "assigned"
# In which order a snapshot has the rows of each table.
ORDERS = {
    "learners": "learner",
    "evidence": "learner, competency, assessed_on, place",
    "attempts": "learner, course, ended_on, place",
    "attendance": "learner",
}

# Buckets are decided side by side, one a processor.
WORKERS = 2


def compiled(program: ir.Program) -> Compiled:
    """The book as tables."""
    untouched = decide_untouched(program, state.AS_OF, None)
    ready = compile_program(program, facts.at_hand(program), state.AS_OF, None, {}, untouched)
    if ready.left:
        raise SystemExit(f"left to the interpreter: {dict(ready.left)}")
    return ready


def lay_out(learners: int, bucket: int, folder: Path) -> None:
    """The same facts as a snapshot has them: bucket after bucket of learners, evidence of one competency together."""
    database = duckdb.connect()
    for first in range(0, learners, bucket):
        kept = _bucket(folder, first)
        kept.mkdir(parents=True)
        within = f"learner >= {first} AND learner < {first + bucket}"
        for plural, order in ORDERS.items():
            source = folder / f"{plural}.parquet"
            database.execute(
                f"COPY (FROM '{source}' WHERE {within} ORDER BY {order}) TO '{kept / source.name}' (FORMAT parquet)"
            )


def _bucket(folder: Path, first: int) -> Path:
    return folder / "snapshot" / f"{first:09}"


def decide_buckets(
    program: ir.Program,
    ready: Compiled,
    learners: int,
    bucket: int,
    folder: Path,
    memory: str | None = None,
    out: Path | None = None,
) -> None:
    """Every decision, bucket by bucket from what was laid out; into files whose names begin with `out`."""

    def one(first: int) -> None:
        size = min(bucket, learners - first)
        with TemporaryDirectory() as spill:
            engine = DuckDBEngine(memory, spill, threads=1)
            _decide(engine, program, ready, range(first, first + size), _bucket(folder, first))
            for name, relation, columns in tables(ready) if out is not None else ():
                pq.write_table(fetched(engine, relation, columns), f"{out}.{name}.{first:09}.of.parquet")
            engine.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(one, range(0, learners, bucket)):
            pass


def decide(program: ir.Program, ready: Compiled, learners: int, folder: Path, engine: Engine) -> None:
    """Every decision in one go, as tables of an engine, from facts that lie in no order."""
    _decide(engine, program, ready, range(learners), folder)


def _decide(engine: Engine, program: ir.Program, ready: Compiled, learners: range, folder: Path) -> None:
    at_hand = facts.at_hand(program)
    rows = {plural: str(folder / f"{plural}.parquet") for plural in at_hand.tables}
    put_facts(engine, ready, at_hand, rows, state.AS_OF, None)
    carry_out(engine, ready, list(learners))


def tables(ready: Compiled) -> Iterator[tuple[str, Any, dict[str, str]]]:
    """The peers' tables by name: which relation of ours each is, and our columns by the names that theirs have."""
    for group, (name, item) in TABLES.items():
        columns = {LEARNER: LEARNER, **({item: "code_0"} if item else {})}
        yield name, of_group(ready, group).decided, {**columns, "outcome": "outcome", "determining": "determining"}
    yield ASSIGNED, of_group(ready, "recovery").assigned, {LEARNER: LEARNER, "course": "code_0", "competency": "item"}


def fetched(engine: Engine, relation: Any, columns: dict[str, str]) -> pa.Table:
    """A relation with columns under other names."""
    return engine.fetch(relation).select(list(columns.values())).rename_columns(list(columns))


def of_group(ready: Compiled, group: str) -> GroupTables:
    """The tables of a group of rules."""
    found = next(one.tables for one in ready.groups if one.group == group)
    assert found is not None
    return found
