"""The facts in records, as they were known: what decides by facts cannot tell them from those of a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from competency.interchange.fact_set import Row, fact_of
from competency.interchange.recorded_rows import RowReader
from competency.model.facts import EVIDENCE, LEARNERS, Fact, FactType, LearnerFacts
from competency.records.connection import Connection
from competency.records.entries import read_time
from competency.records.read import FACT, Kept, Knowledge, Stored, all_subjects, standing_facts, subjects_of


class RecordedFacts:
    """Facts of a connection's records. The learners are those of whom a row of `learners` stands.

    Each learner's facts are read when they are asked for. Facts of a type that is not among `fact_types` are left out.
    """

    def __init__(self, connection: Connection, fact_types: Iterable[FactType], knowledge: Knowledge) -> None:
        self._connection = connection
        self._tables = Tables(fact_types)
        self.knowledge = knowledge
        names = all_subjects(connection, knowledge)
        self.subjects: Mapping[str, int] = {
            names[subject]: subject for subject in _standing_learners(connection, knowledge, sorted(names))
        }
        self.learners: tuple[str, ...] = tuple(sorted(self.subjects))
        self.shared: Mapping[str, tuple[Fact, ...]] = self._tables.read(
            standing_facts(connection, knowledge, None), None, knowledge.known_by
        )

    def for_learner(self, learner: str) -> LearnerFacts:
        """Everything known about one learner. KeyError for one who is not among the learners."""
        return facts_of(self._connection, self._tables, self.knowledge, learner, self.subjects[learner])

    def name_of(self, learner: str) -> str:
        """The identifier under which these facts know a learner who has, or had, this one; the same where nobody has."""
        subject = subjects_of(self._connection, [learner]).get(learner)
        return next((name for name, each in self.subjects.items() if each == subject), learner)

    def __contains__(self, learner: object) -> bool:
        return learner in self.subjects


class Tables:
    """Reads what records keep of facts into tables of facts. Those of a type that is not known are left out."""

    def __init__(self, fact_types: Iterable[FactType]) -> None:
        self._types = {fact_type.plural: fact_type for fact_type in fact_types}
        self._readers = {plural: RowReader(fact_type) for plural, fact_type in self._types.items()}

    def read(
        self, rows: Iterable[Stored], learner: str | None, known_by: str | None = None
    ) -> dict[str, tuple[Fact, ...]]:
        """The facts by table, and in each by identity: in one order, whatever the order in which they came.

        What had been recorded here by a time was known then, whatever later time its source wrote into it: such a time is
        told as the former.
        """
        limit = read_time(known_by) if known_by is not None else None
        found: dict[str, list[tuple[dict[str, str], datetime | None]]] = {}
        renamed: dict[str, str] = {}
        for stored in rows:
            plural = stored.type.removeprefix(FACT)
            content: dict[str, Any] = json.loads(stored.content)
            if content["row"] is not None and plural in self._types:
                is_known = known_by is not None and stored.recorded_at <= known_by
                found.setdefault(plural, []).append((content["row"], limit if is_known else None))
            elif plural == EVIDENCE.plural and "rekeyed_to" in content:
                renamed[stored.key] = content["rekeyed_to"]
        if renamed:
            for cells, _ in found.get(EVIDENCE.plural, ()):
                if cells.get("supersedes") in renamed:
                    cells["supersedes"] = _name_now(cells["supersedes"], renamed)
        return {plural: self._facts(plural, kept, learner) for plural, kept in sorted(found.items())}

    def _facts(
        self, plural: str, kept: Iterable[tuple[Mapping[str, str], datetime | None]], learner: str | None
    ) -> tuple[Fact, ...]:
        reader, fact_type = self._readers[plural], self._types[plural]
        rows = (_until(reader.row(cells, learner), limit) for cells, limit in kept)
        return tuple(sorted((fact_of(fact_type, row) for row in rows), key=_id))


def _until(row: Row, limit: datetime | None) -> Row:
    """A row in which no time with a zone lies behind a limit."""
    if limit is None:
        return row
    return tuple(
        min(value, limit) if isinstance(value, datetime) and value.tzinfo is not None else value for value in row
    )


def facts_of(connection: Connection, tables: Tables, knowledge: Knowledge, learner: str, subject: int) -> LearnerFacts:
    """Everything known about a subject who goes by the identifier `learner`."""
    rows = standing_facts(connection, knowledge, [subject])
    return LearnerFacts(learner, tables.read(rows, learner, knowledge.known_by))


def kept_cells(stored: Kept | Stored) -> dict[str, str] | None:
    """The cells of a fact that was kept; none where it was removed."""
    cells: dict[str, str] | None = stored.value()["row"]
    return cells


def _standing_learners(connection: Connection, knowledge: Knowledge, subjects: Sequence[int]) -> list[int]:
    rows = standing_facts(connection, knowledge, subjects, [LEARNERS.plural])
    return [row.subject for row in rows if row.subject is not None and kept_cells(row) is not None]


def _name_now(name: str, renamed: Mapping[str, str]) -> str:
    """By which key evidence goes that had another one. Keys that were given in a circle, from learner to learner, end it."""
    seen = set()
    while name in renamed and name not in seen:
        seen.add(name)
        name = renamed[name]
    return name


def _id(fact: Fact) -> str:
    return fact.id
