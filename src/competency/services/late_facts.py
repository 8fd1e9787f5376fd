"""Facts that were recorded long after they happened, and the decisions that came out otherwise because of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from competency.interchange.fact_set import fact_of
from competency.interchange.recorded_rows import row_of
from competency.model.facts import FactType
from competency.records.connection import Connection
from competency.records.entries import Kind, read_time
from competency.records.read import FACT, Knowledge, Stored, all_subjects, facts_recorded, head_position, stored_of_type
from competency.services.decision_content import outcome_of
from competency.services.recorded_facts import kept_cells


@dataclass(frozen=True, slots=True)
class LateFact:
    """A fact with its delay in days; `changed`: decisions by key, with the outcome before and after."""

    learner: str
    table: str
    fact: str
    kind: str
    happened_on: date
    recorded_at: str
    known_at: str
    days: int
    changed: tuple[tuple[str, str, str], ...]


def late_facts(
    connection: Connection, fact_types: Iterable[FactType], *, days: int, since: str = ""
) -> Iterator[LateFact]:
    """The facts recorded more than `days` after they happened, from a time of the ledger on, in order of learner."""
    types = {FACT + each.plural: each for each in fact_types if each.happened or each.begins}
    names = all_subjects(connection, Knowledge(head_position(connection)))
    decisions: tuple[int, Mapping[str, list[Stored]]] = (0, {})
    for stored in facts_recorded(connection, list(types), since):
        cells = kept_cells(stored)
        if stored.subject not in names or cells is None:
            continue
        fact_type = types[stored.type]
        fact = fact_of(fact_type, row_of(fact_type, cells, names[stored.subject]))
        happened = _day(fact.values.get(fact_type.happened or fact_type.begins or ""))
        known = read_time(stored.known_at).date()
        if happened is None or known - happened <= timedelta(days=days):
            continue
        if decisions[0] != stored.subject:
            decisions = stored.subject, _by_key(connection, stored.subject)
        yield LateFact(
            names[stored.subject],
            fact_type.plural,
            fact.id,
            stored.kind,
            happened,
            stored.recorded_at,
            stored.known_at,
            (known - happened).days,
            tuple(_changed(stored.position, fact.id, decisions[1])),
        )


def _by_key(connection: Connection, subject: int) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = {}
    for stored in stored_of_type(connection, Kind.DECISION.value, subject=subject):
        found.setdefault(stored.key, []).append(stored)
    return found


def _changed(position: int, fact: str, decisions: Mapping[str, list[Stored]]) -> Iterator[tuple[str, str, str]]:
    """Of each key the first decision after the fact, if it read the fact and the one before came out otherwise."""
    for key, series in decisions.items():
        before = [each for each in series if each.position < position]
        after = next((each for each in series if each.position > position), None)
        if after is None or fact not in json.loads(after.content).get("evidence", ()):
            continue
        if before and (earlier := outcome_of(before[-1].content)) != outcome_of(after.content):
            yield key, earlier, outcome_of(after.content)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
