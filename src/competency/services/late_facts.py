"""Facts that were recorded long after they happened, and the decisions that came out otherwise because of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, zip_longest

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
    changed: tuple[tuple[str, str, str], ...] = ()


def late_facts(
    connection: Connection, fact_types: Iterable[FactType], *, days: int, since: str = "", subject: int | None = None
) -> Iterator[LateFact]:
    """The facts recorded more than `days` after they happened, from a time of the ledger on, in order of learner.

    A version of a fact that another one followed before anybody was decided has changed nothing.
    """
    types = {FACT + each.plural: each for each in fact_types if each.happened or each.begins}
    names = all_subjects(connection, Knowledge(head_position(connection)))
    for here, group in groupby(facts_recorded(connection, list(types), subject), key=lambda stored: stored.subject):
        if here not in names:
            continue
        versions: dict[tuple[str, str], list[Stored]] = {}
        for stored in group:
            versions.setdefault((stored.type, stored.key), []).append(stored)
        decisions: Mapping[str, list[Stored]] | None = None
        for series in versions.values():
            for stored, following in zip_longest(series, series[1:]):
                late = _late(stored, types[stored.type], names[here], days) if stored.recorded_at >= since else None
                if late is not None:
                    decisions = _by_key(connection, here) if decisions is None else decisions
                    before = following.position if following is not None else None
                    yield replace(late, changed=tuple(_changed(stored.position, before, late.fact, decisions)))


def _late(stored: Stored, fact_type: FactType, learner: str, days: int) -> LateFact | None:
    cells = kept_cells(stored)
    if cells is None:
        return None
    fact = fact_of(fact_type, row_of(fact_type, cells, learner))
    happened = _day(fact.values.get(fact_type.happened or fact_type.begins or ""))
    known = read_time(stored.known_at).date()
    if happened is None or known - happened <= timedelta(days=days):
        return None
    delay = (known - happened).days
    return LateFact(
        learner, fact_type.plural, fact.id, stored.kind, happened, stored.recorded_at, stored.known_at, delay
    )


def _by_key(connection: Connection, subject: int) -> dict[str, list[Stored]]:
    found: dict[str, list[Stored]] = {}
    for stored in stored_of_type(connection, Kind.DECISION.value, subject=subject):
        found.setdefault(stored.key, []).append(stored)
    return found


def _changed(
    position: int, following: int | None, fact: str, decisions: Mapping[str, list[Stored]]
) -> Iterator[tuple[str, str, str]]:
    """Of each key the first decision after the fact, if it read the fact and the one before came out otherwise.

    `following`: where the next version of the fact stands (none: there is none); a decision after that read that one.
    """
    for key, series in decisions.items():
        before = [each for each in series if each.position < position]
        after = next((each for each in series if each.position > position), None)
        if after is None or fact not in json.loads(after.content).get("evidence", ()):
            continue
        if following is not None and after.position > following:
            continue
        if before and (earlier := outcome_of(before[-1].content)) != outcome_of(after.content):
            yield key, earlier, outcome_of(after.content)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
