"""The facts that count: known by then, happened by then, standing, not excused. And their total order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from competency.model.facts import AWARDS, Fact, FactType, LearnerFacts
from competency.rules.program import ir


def visible(
    facts: LearnerFacts, fact_types: Iterable[FactType], as_of: date, known_on: datetime | None
) -> dict[str, tuple[Fact, ...]]:
    """The rows of each fact type that count as of a date, as they were known at a time (none: now)."""
    return {
        fact_type.plural: tuple(_counting(facts.of(fact_type.plural), fact_type, as_of, known_on))
        for fact_type in fact_types
    }


def _counting(rows: tuple[Fact, ...], fact_type: FactType, as_of: date, known_on: datetime | None) -> Iterable[Fact]:
    known = [row for row in _once(rows) if _is_known(row, known_on)]
    # a correction puts its row in the place of another, whatever the order in which they came
    superseded = _superseded(known) if fact_type.plural == "evidence" else set()
    for row in known:
        if fact_type.plural == "evidence" and (row.id in superseded or not _stands(row, known_on)):
            continue
        if _has_happened(row, fact_type, as_of) and not _is_over(row, fact_type, as_of, known_on):
            yield row


def _superseded(known: list[Fact]) -> set[str]:
    """Identities of the rows that a known row corrects.

    What is corrected stays so, even if the correction is withdrawn later. Where corrections go in a circle, and where a
    row names itself, the row recorded last stands, then the one with the last identity.
    """
    corrects = {row.id: str(row.values["supersedes"]) for row in known if row.values.get("supersedes") is not None}
    recorded = {row.id: row.values.get("recorded_at") for row in known}
    superseded = set(corrects.values())
    for start, corrected in corrects.items():
        circle, here = [start], corrected
        while here in corrects and here not in circle:
            circle.append(here)
            here = corrects[here]
        if here == start:  # the circle comes back to where it began
            last = max(circle, key=lambda one: (str(recorded[one] or ""), one))
            superseded.discard(last)
    return superseded


def _once(rows: tuple[Fact, ...]) -> Iterable[Fact]:
    """A row that was sent twice is one row."""
    seen: dict[str, list[Fact]] = {}
    for row in rows:
        same = seen.setdefault(row.id, [])
        if row not in same:
            same.append(row)
            yield row


def _is_known(row: Fact, known_on: datetime | None) -> bool:
    recorded = row.values.get("recorded_at")
    return known_on is None or recorded is None or recorded <= known_on  # type: ignore[operator]


def _stands(row: Fact, known_on: datetime | None) -> bool:
    """Zero is evidence, blank is not; withdrawn and excused evidence is out of every window."""
    withdrawn = row.values.get("withdrawn_at")
    is_withdrawn = withdrawn is not None and (known_on is None or withdrawn <= known_on)  # type: ignore[operator]
    return row.values.get("score") is not None and not is_withdrawn and not row.values.get("excused")


def _has_happened(row: Fact, fact_type: FactType, as_of: date) -> bool:
    happened = _day(row.values.get(fact_type.happened or fact_type.begins or ""))
    return happened is None or happened <= as_of


def _is_over(row: Fact, fact_type: FactType, as_of: date, known_on: datetime | None) -> bool:
    """Whether its end has come, and was known: a revocation may be learnt of later than the award."""
    ends = _day(row.values.get(fact_type.ends or ""))
    learnt = row.values.get("revocation_recorded_at")
    is_known = known_on is None or not isinstance(learnt, datetime) or learnt <= known_on
    return ends is not None and ends <= as_of and is_known


def awards(facts: LearnerFacts, as_of: date, known_on: datetime | None) -> tuple[tuple[Fact, bool], ...]:
    """The learner's awards, oldest first, each with whether it is revoked by then."""
    known = [row for row in _once(facts.of("awards")) if _is_known(row, known_on) and _has_happened(row, AWARDS, as_of)]
    ordered_ = sorted(known, key=lambda row: (str(row.values.get("awarded_on")), row.id))
    return tuple((row, _is_over(row, AWARDS, as_of, known_on)) for row in ordered_)


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def ordered(rows: Iterable[Fact], order: ir.Order) -> tuple[Fact, ...]:
    """Rows oldest first: by the clock, ties by score as stated, then by identity.

    A row without the clock's date goes by the date it was assessed (one without a due date first by the date it was
    submitted); without any, it is the oldest.
    """
    return tuple(sorted(rows, key=lambda row: _key(row.values, row.id, order)))


def _key(values: Mapping[str, Any], identity: str, order: ir.Order) -> tuple[Any, ...]:
    moment = values.get(order.clock)
    if moment is None and order.clock == "due_on":
        moment = values.get("submitted_on")
    if moment is None:
        moment = values.get("assessed_on")
    tie: Any = 0
    if order.ties:
        score = values.get("score")
        tie = 0 if score is None else score if order.ties == "highest" else -score
    stamp = "" if moment is None else moment.isoformat()
    return (stamp, tie, identity)
