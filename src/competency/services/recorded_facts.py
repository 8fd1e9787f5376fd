"""The facts in records, as they were known: what decides by facts cannot tell them from those of a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from competency.interchange.fact_set import fact_of
from competency.interchange.recorded_rows import row_of
from competency.model.facts import EVIDENCE, LEARNERS, Fact, FactType, LearnerFacts
from competency.records.connection import Connection
from competency.records.read import FACT, Knowledge, Stored, all_subjects, standing_facts


class RecordedFacts:
    """Facts of a connection's records. The learners are those of whom a row of `learners` stands.

    Each learner's facts are read when they are asked for. Facts of a type that is not among `fact_types` are left out.
    """

    def __init__(self, connection: Connection, fact_types: Iterable[FactType], knowledge: Knowledge) -> None:
        self._connection = connection
        self._types = {fact_type.plural: fact_type for fact_type in fact_types}
        self.knowledge = knowledge
        names = all_subjects(connection, knowledge)
        self.subjects: Mapping[str, int] = {
            names[subject]: subject for subject in _standing_learners(connection, knowledge, sorted(names))
        }
        self.learners: tuple[str, ...] = tuple(sorted(self.subjects))
        self.shared: Mapping[str, tuple[Fact, ...]] = _tables(
            self._types, standing_facts(connection, knowledge, None), None
        )

    def for_learner(self, learner: str) -> LearnerFacts:
        """Everything known about one learner. KeyError for one who is not among the learners."""
        return facts_of(self._connection, self._types, self.knowledge, learner, self.subjects[learner])

    def __contains__(self, learner: object) -> bool:
        return learner in self.subjects


def facts_of(
    connection: Connection, types: Mapping[str, FactType], knowledge: Knowledge, learner: str, subject: int
) -> LearnerFacts:
    """Everything known about a subject who goes by the identifier `learner`."""
    return LearnerFacts(learner, _tables(types, standing_facts(connection, knowledge, [subject]), learner))


def kept_cells(stored: Stored) -> dict[str, str] | None:
    """The cells of a fact that was kept; none where it was removed."""
    cells: dict[str, str] | None = stored.value()["row"]
    return cells


def _standing_learners(connection: Connection, knowledge: Knowledge, subjects: Sequence[int]) -> list[int]:
    rows = standing_facts(connection, knowledge, subjects, [LEARNERS.plural])
    return [row.subject for row in rows if row.subject is not None and kept_cells(row) is not None]


def _tables(types: Mapping[str, FactType], rows: Iterable[Stored], learner: str | None) -> dict[str, tuple[Fact, ...]]:
    """The facts by table, and in each by identity: in one order, whatever the order in which they came."""
    found: dict[str, list[dict[str, str]]] = {}
    renamed: dict[str, str] = {}
    for stored in rows:
        plural = stored.type.removeprefix(FACT)
        content: dict[str, Any] = json.loads(stored.content)
        if content["row"] is not None and plural in types:
            found.setdefault(plural, []).append(content["row"])
        elif plural == EVIDENCE.plural and "rekeyed_to" in content:
            renamed[stored.key] = content["rekeyed_to"]
    if renamed:
        for cells in found.get(EVIDENCE.plural, ()):
            if cells.get("supersedes") in renamed:
                cells["supersedes"] = _name_now(cells["supersedes"], renamed)
    return {
        plural: tuple(
            sorted((fact_of(types[plural], row_of(types[plural], cells, learner)) for cells in all_cells), key=_id)
        )
        for plural, all_cells in sorted(found.items())
    }


def _name_now(name: str, renamed: Mapping[str, str]) -> str:
    """By which key evidence goes that had another one. Keys that were given in a circle, from learner to learner, end it."""
    seen = set()
    while name in renamed and name not in seen:
        seen.add(name)
        name = renamed[name]
    return name


def _id(fact: Fact) -> str:
    return fact.id
