"""A process that is killed, whenever that is, leaves records that are whole, and its job is done by doing it again."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from competency.records.database import open_records
from competency.records.entries import ANNOUNCED, Kind
from competency.records.read import Knowledge, all_entries, all_subjects, entries_of_kind, head_position
from competency.records.schema import LEDGER, OUTBOX, PAYLOADS
from competency.records.verify import verify_records
from competency.services.published_books import published_books
from competency.testing.database_server import POSTGRESQL

from .conftest import IS_LONG, Measured
from .processes import Order, Processes

# What each job begins on: nothing, records of the older form, or the records of a dump.
JOBS = {
    "make": "",
    "migrate": "older",
    "import": "decided.jsonl.gz",
    "decide": "facts.jsonl.gz",
    "publish": "decided.jsonl.gz",
    "correct": "decided.jsonl.gz",
}
# In every run a few points of one job are tried, in the long profile all points of all.
POINTS_TRIED = 3
PAIRS_TRIED = 15 if IS_LONG else 1
MOMENTS_TRIED = 15 if IS_LONG else 1
SEED = 20261102

Make = Callable[[], str]


@dataclass
class Places:
    """Where records can be made, ever new, and cleared away."""

    processes: Processes
    folder: Path
    new: Make
    number: int = 0

    def prepared(self, job: str) -> str:
        """A new place with what the job begins on."""
        where, begins_on = self.new(), JOBS[job]
        if begins_on == "older":
            self.do("older", where)
        elif begins_on:
            self.do("restore", where, dump=begins_on)
        return where

    def do(self, job: str, where: str, **options: str) -> int:
        """Do a job to its end: the points it came by."""
        (ended,) = self.processes.carry_out(Order(job, where, str(self.folder), options=options))
        assert not ended.is_killed
        assert not ended.fault, ended.fault
        return ended.points

    def kill(self, job: str, where: str, point: int) -> bool:
        """Kill a job at a point; False where it ended before it came there."""
        (ended,) = self.processes.carry_out(Order(job, where, str(self.folder), kill_at=point))
        assert not ended.fault, ended.fault
        return ended.is_killed


@pytest.fixture(scope="module")
def beginnings(tmp_path_factory: pytest.TempPathFactory, processes: Processes) -> Path:
    """A folder with a book, and with dumps on which the jobs begin."""
    folder = tmp_path_factory.mktemp("beginnings")
    processes.carry_out(Order("book", str(folder / "records.db"), str(folder)))
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, beginnings: Path, tmp_path: Path, processes: Processes) -> Iterator[Places]:
    if request.param == "sqlite":
        yield Places(processes, beginnings, lambda: str(tmp_path / f"{uuid.uuid4().hex}.db"))
        return
    request.getfixturevalue("postgresql")
    names: list[str] = []
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:

        def new() -> str:
            while names:
                connection.execute(f'DROP SCHEMA "{names.pop()}" CASCADE')
            names.append(f"records_{uuid.uuid4().hex}")
            connection.execute(f'CREATE SCHEMA "{names[0]}"')
            return f"{POSTGRESQL}?options=-csearch_path%3D{names[0]}"

        yield Places(processes, beginnings, new)
        for name in names:
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')


@dataclass
class State:
    """What records hold, without times, salts and hashes; and what is wrong in them.

    `facts` and `decisions`: every version, in order. `kinds`: how many entries there are of each kind.
    """

    facts: list[tuple[str, ...]]
    decisions: list[tuple[str, ...]]
    books: list[tuple[str, str, str]]
    kinds: Counter[str]
    torn: list[str]
    double: list[str]


def state_of(where: str) -> State:
    records = open_records(where)
    with closing(records), records.reading() as connection:
        torn = [f"{fault.position}: {fault.what}" for fault in verify_records(connection).faults]
        names = all_subjects(connection, Knowledge(head_position(connection)))
        runs = {entry.position for entry in entries_of_kind(connection, Kind.RUN)}
        kinds = Counter(entry.kind for entry in all_entries(connection))
        rows = select(LEDGER.c.kind, LEDGER.c.subject, LEDGER.c.body, PAYLOADS, OUTBOX.c.topic).select_from(
            LEDGER.outerjoin(PAYLOADS).outerjoin(OUTBOX, OUTBOX.c.position == LEDGER.c.position)
        )
        facts: list[tuple[str, ...]] = []
        decisions: list[tuple[str, ...]] = []
        for row in connection.execute(rows.order_by(LEDGER.c.position)).mappings():
            who = names.get(row[LEDGER.c.subject], "")
            told = (who, str(row[PAYLOADS.c.type]), str(row[PAYLOADS.c.key]), str(row[PAYLOADS.c.content]))
            if row[LEDGER.c.kind] == Kind.DECISION:
                decisions.append(told)
                run = json.loads(row[LEDGER.c.body])["run"]
                torn += [] if run in runs else [f"a decision names the run {run}, which is not there"]
            elif str(row[PAYLOADS.c.type]).startswith("fact "):
                facts.append((str(row[LEDGER.c.kind]), *told))
            if row[LEDGER.c.kind] in ANNOUNCED and row[OUTBOX.c.topic] is None:
                torn.append(f"a {row[LEDGER.c.kind]} is not announced")
        books = [
            (str(each.bundle.revision), each.bundle.fingerprint, each.bundle.reason)
            for each in published_books(connection)
        ]
    return State(facts, sorted(decisions), books, kinds, torn, _double(facts, decisions, books))


def _double(
    facts: list[tuple[str, ...]], decisions: list[tuple[str, ...]], books: list[tuple[str, str, str]]
) -> list[str]:
    """What was recorded twice: two equal versions, one after the other, of a fact or a decision; a book."""
    by_key: dict[tuple[str, ...], list[str]] = {}
    for *_, who, type_, key, content in facts + decisions:
        by_key.setdefault((who, type_, key), []).append(content)
    found = [f"{key}" for key, versions in by_key.items() if any(one == next_ for one, next_ in pairwise(versions))]
    return found + [f"{book}" for book, number in Counter(book[:2] for book in books).items() if number > 1]


def _kinds(state: State) -> dict[str, int]:
    """How many entries there are of each kind. Of runs only whether one ended: one that was killed stays in the ledger."""
    kinds = {kind: number for kind, number in state.kinds.items() if kind not in {Kind.RUN, Kind.RUN_ENDED}}
    return kinds | {Kind.RUN_ENDED: int(state.kinds[Kind.RUN_ENDED] > 0)}


@dataclass
class Tally:
    """What is wrong after kills, compared with what a job comes to that nobody kills."""

    wanted: State
    points: int = 0
    lost: int = 0
    torn: int = 0
    double: int = 0

    def compare(self, where: str) -> None:
        found, wanted = state_of(where), self.wanted
        same = (found.facts, found.decisions, found.books) == (wanted.facts, wanted.decisions, wanted.books)
        self.points += 1
        self.torn += bool(found.torn)
        self.double += bool(found.double)
        self.lost += not (same and _kinds(found) == _kinds(wanted))

    @property
    def counts(self) -> dict[str, int]:
        return {"points": self.points, "lost": self.lost, "torn": self.torn, "double": self.double}

    def assert_nothing_is_wrong(self) -> None:
        assert (self.lost, self.torn, self.double) == (0, 0, 0), self.counts


def begun(places: Places, job: str) -> tuple[Tally, int]:
    """What the job comes to when nobody kills it, and the points that it comes by."""
    where = places.prepared(job)
    number = places.do(job, where)
    tally = Tally(state_of(where))
    assert not tally.wanted.torn
    assert not tally.wanted.double
    return tally, number


@pytest.mark.parametrize("job", list(JOBS) if IS_LONG else ["correct"])
def test_a_job_that_is_killed_anywhere_is_done_by_doing_it_again(job: str, places: Places, measured: Measured) -> None:
    tally, number = begun(places, job)
    assert number > POINTS_TRIED
    points = range(1, number + 1) if IS_LONG else sorted({1 + number * n // POINTS_TRIED for n in range(POINTS_TRIED)})
    for point in points:
        where = places.prepared(job)
        assert places.kill(job, where, point)
        places.do(job, where)
        tally.compare(where)
    measured(f"{job}: killed, then run again", database(where), **tally.counts)
    tally.assert_nothing_is_wrong()


@pytest.mark.parametrize("job", list(JOBS) if IS_LONG else ["correct"])
def test_a_job_that_is_killed_once_more_while_it_recovers_is_done_by_doing_it_again(
    job: str, places: Places, measured: Measured
) -> None:
    random = Random(SEED)
    tally, number = begun(places, job)
    while tally.points < PAIRS_TRIED:
        where = places.prepared(job)
        assert places.kill(job, where, random.randint(1, number))
        if places.kill(job, where, random.randint(1, number)):
            places.do(job, where)
            tally.compare(where)
    measured(f"{job}: killed twice, then run again", database(where), SEED, **tally.counts)
    tally.assert_nothing_is_wrong()


@pytest.mark.parametrize("job", list(JOBS) if IS_LONG else ["correct"])
def test_a_job_that_is_killed_at_any_moment_is_done_by_doing_it_again(
    job: str, places: Places, measured: Measured
) -> None:
    random = Random(SEED)
    tally, _ = begun(places, job)
    while tally.points < MOMENTS_TRIED:
        where = places.prepared(job)
        order = Order(job, where, str(places.folder), kill_after=random.uniform(0, 0.15))
        (ended,) = places.processes.carry_out(order)
        if ended.is_killed:
            places.do(job, where)
            tally.compare(where)
    measured(f"{job}: killed at any moment, then run again", database(where), SEED, **tally.counts)
    tally.assert_nothing_is_wrong()


def database(where: str) -> str:
    return "postgresql" if "://" in where else "sqlite"


def test_the_comparison_tells_a_lost_and_a_double_decision(places: Places) -> None:
    """What counts losses finds them."""
    where = places.prepared("decide")
    places.do("decide", where)
    tally = Tally(state_of(where))
    tally.compare(places.prepared("decide"))
    assert tally.counts == {"points": 1, "lost": 1, "torn": 0, "double": 0}
    twice: Any = [("L1", "decision", "mastery standard|SCI.DATA", "{}")] * 2
    assert _double([], twice, [])
