"""Recomputes recorded decisions by the rules and the knowledge of their day, and compares byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from competency.diagnostics import Diagnostic
from competency.records.connection import Connection
from competency.records.entries import Kind
from competency.records.read import Knowledge, Stored, entries_of_kind, names_of, stored_of_type
from competency.rules.program import ir
from competency.services.decision_content import closing_content, decision_content, decision_key
from competency.services.published_books import open_published, published_books
from competency.services.record_run import decide_known
from competency.services.recorded_facts import Tables, facts_of


@dataclass(frozen=True, slots=True)
class Difference:
    """A recorded decision that comes out otherwise: what was recorded, and what comes out (empty: nothing)."""

    position: int
    learner: str
    key: str
    recorded: str
    replayed: str


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """How many decisions were compared. `unreadable`: why the rules of some could not be had; they count as different."""

    compared: int
    differences: tuple[Difference, ...]
    unreadable: tuple[Diagnostic, ...] = ()


def replay_decisions(
    connection: Connection,
    *,
    subject: int | None = None,
    runs: frozenset[int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> ReplayReport:
    """Replay the decisions of a subject (none: of everybody) and of some runs (none: of all)."""
    books = _Books(connection)
    all_runs = {entry.position: json.loads(entry.body) for entry in entries_of_kind(connection, Kind.RUN)}
    differences: list[Difference] = []
    compared = 0
    decisions = stored_of_type(connection, Kind.DECISION.value, subject=subject)
    for (run, learner_subject), group in groupby(decisions, key=_run_and_subject):
        if runs is not None and run not in runs:
            continue
        recorded = list(group)
        learner = names_of(connection, [learner_subject])[learner_subject]
        replayed = _replay(connection, books, all_runs[run], learner_subject)
        for stored in recorded:
            compared += 1
            closing = closing_content(stored.key, all_runs[run]["as_of"])
            content = replayed.get(stored.key, closing) if replayed is not None else ""
            if content != stored.content:
                differences.append(Difference(stored.position, learner, stored.key, stored.content, content))
        if progress is not None:
            progress(len(recorded))
    return ReplayReport(compared, tuple(differences), tuple(books.unreadable))


class _Books:
    """The programs of published books by the entry that published them, each read once."""

    def __init__(self, connection: Connection) -> None:
        self._published = {each.position: each for each in published_books(connection)}
        self._programs: dict[int, ir.Program | None] = {}
        self.unreadable: list[Diagnostic] = []

    def program(self, position: int) -> ir.Program | None:
        """The program of the book that an entry published; none where it cannot be had."""
        if position not in self._programs:
            published = self._published.get(position)
            book, diagnostics = open_published(published.bundle) if published is not None else (None, ())
            self.unreadable += diagnostics if book is None else ()
            self._programs[position] = book.rules.program if book is not None else None
        return self._programs[position]


def _run_and_subject(stored: Stored) -> tuple[int, int]:
    return json.loads(stored.body)["run"], int(stored.subject or 0)


def _replay(connection: Connection, books: _Books, run: dict[str, Any], subject: int) -> dict[str, str] | None:
    """What a run decides about a learner, by key; none where its book cannot be had."""
    program = books.program(run["book"])
    if program is None:
        return None
    tables = Tables(program.fact_types)
    learner = names_of(connection, [subject], run["through"])[subject]
    facts = facts_of(connection, tables, Knowledge(run["through"]), learner, subject)
    return dict(_contents(program, facts, date.fromisoformat(run["as_of"])))


def _contents(program: ir.Program, facts: Any, as_of: date) -> Iterator[tuple[str, str]]:
    for explained in decide_known(program, facts, as_of):
        if not explained.decision.error:
            yield decision_key(explained.decision), decision_content(explained)
