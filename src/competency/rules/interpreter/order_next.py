"""What a pathway assigns, in the order in which a learner can take it: prerequisites first, then goals by their due date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from competency.model.facts import Fact
from competency.model.items import SKILL, Catalog

_BEFORE = ("prerequisites", "levels before")


def in_order(kind: str, codes: Sequence[str], goals: Sequence[Fact], catalog: Catalog) -> tuple[str, ...]:
    """The items, each after those of them that must come before it.

    Of several that could come next, one that leads to the goal with the earliest due date comes first, then one that leads
    to a goal without a date, then the order of the catalog. An item leads to a goal if it is one or comes before one.
    """
    wanted = set(codes)
    before = {code: tuple(one for one in _before(kind, code, catalog) if one in wanted) for code in codes}
    dates = _dates(kind, codes, before, goals)
    place = {code: index for index, code in enumerate(catalog.items.get(kind, {}))}
    waiting = dict.fromkeys(codes)
    found: list[str] = []
    while waiting:
        ready = [code for code in waiting if not any(one in waiting for one in before[code])]
        chosen = min(ready, key=lambda code: (dates.get(code, date.max), code not in dates, place.get(code, 0), code))
        found.append(chosen)
        del waiting[chosen]
    return tuple(found)


def _before(kind: str, code: str, catalog: Catalog) -> tuple[str, ...]:
    return tuple(one for relation in _BEFORE for one in catalog.related(kind, relation, code))


def _dates(
    kind: str, codes: Sequence[str], before: Mapping[str, Sequence[str]], goals: Sequence[Fact]
) -> dict[str, date]:
    """For each item that leads to a goal the earliest date by which such a goal is due; the last day where it has none."""
    column = "competency" if kind == SKILL else kind
    found: dict[str, date] = {}
    for goal in goals:
        due = goal.values.get("due_on")
        pending = [str(goal.values[column])] if goal.values.get(column) in codes else []
        while pending:
            here = pending.pop()
            day = due if isinstance(due, date) else date.max
            if here not in found or day < found[here]:
                found[here] = day
                pending.extend(before[here])
    return found
