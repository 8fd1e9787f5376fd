"""Indicators over groups of learners that have been decided: a row a group, or a row a learner for a rank. Exact.

What is not known of a learner stays so: a group's number may have bounds, and a place too. Small cells are hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from competency.model.facts import LEARNERS, Fact
from competency.rules.interpreter.evaluate import Learner, evaluate
from competency.rules.interpreter.reasons import Reason
from competency.rules.program import ir, types
from competency.rules.program.operators import Interval, at_least, more_than

NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Indicated:
    """What an indicator says of a group, or of a learner in it.

    `value` is exact, or an Interval where only bounds are known, or none. `counted` of `of` learners are what a share or
    number counts; both are kept, since published shares need not add up. A hidden row says nothing but its group.
    """

    indicator: str
    group: tuple[str, ...]
    value: Any = None
    counted: int | None = None
    of: int | None = None
    learner: str = ""
    is_hidden: bool = False


def indicate(
    indicator: ir.Indicator,
    program: ir.Program,
    members: Mapping[str, Learner],
    shared: Mapping[str, tuple[Fact, ...]],
    as_of: date,
) -> Iterator[Indicated]:
    """The rows of an indicator, group after group. `members` are all learners, decided; `shared` facts about schools."""
    rows: list[Indicated] = []
    for group, learners, possible in _groups(indicator, members, shared):
        whole = Learner(program, "", shared, as_of, members=learners, possible=possible)
        if indicator.ranking is not None:
            rows.extend(_ranked(indicator, indicator.ranking, group, learners, possible))
        elif indicator.value is not None:
            rows.append(_of_group(indicator, indicator.value, group, whole))
    yield from _hidden(rows, indicator.hide)


def _groups(
    indicator: ir.Indicator, members: Mapping[str, Learner], shared: Mapping[str, tuple[Fact, ...]]
) -> Iterator[tuple[tuple[str, ...], dict[str, Learner], frozenset[str]]]:
    """Each group with its learners, and those of whom it is not known whether they are looked at."""
    found: dict[tuple[str, ...], dict[str, Learner]] = {}
    if indicator.groups == ("school",):  # a school without learners is a group all the same
        for rows in shared.values():
            for row in rows:
                if row.values.get("school") is not None:
                    found.setdefault((str(row.values["school"]),), {})
    possible: set[str] = set()
    for name, learner in members.items():
        among = evaluate(indicator.among, {}, learner).value if indicator.among is not None else True
        if among is False:
            continue
        if among is None:
            possible.add(name)
        found.setdefault(_group_of(indicator, learner), {})[name] = learner
    if not indicator.groups:
        found.setdefault((), {})
    for group in sorted(found):
        yield group, found[group], frozenset(possible & set(found[group]))


def _group_of(indicator: ir.Indicator, learner: Learner) -> tuple[str, ...]:
    row = next(iter(learner.tables.get(LEARNERS.plural, ())), None)
    values = [row.values.get(column) if row is not None else None for column in indicator.groups]
    return tuple(NOT_KNOWN if value is None else str(value) for value in values)


def _of_group(indicator: ir.Indicator, value: ir.Node, group: tuple[str, ...], whole: Learner) -> Indicated:
    env = {
        column: Reason(ir.Constant(name, types.TEXT), name)
        for column, name in zip(indicator.groups, group, strict=True)
    }
    reason = evaluate(value, env, whole)
    counted, of = _counts(reason, len(whole.members))
    return Indicated(indicator.name, group, reason.value, counted, of)


def _counts(reason: Reason, size: int) -> tuple[int | None, int]:
    """How many learners are counted of how many: the two numbers of a share; of a number, it and the whole group."""
    if isinstance(reason.node, ir.Apply) and reason.node.operator == "/":
        over, under = (_number(part) for part in reason.parts)
        if over is not None and under is not None:
            return over, under
    is_part = isinstance(reason.node, ir.Aggregate) and isinstance(reason.node.rows, ir.Where)
    return (_number(reason) if is_part else None), size


def _number(reason: Reason) -> int | None:
    """A settled number of members; none for any other value."""
    node = reason.node
    if not isinstance(node, ir.Aggregate) or node.formula != "number" or not isinstance(reason.value, Fraction):
        return None
    rows = node.rows
    while isinstance(rows, ir.Where):
        rows = rows.rows
    return int(reason.value) if isinstance(rows, ir.Items) and rows.relation == ir.MEMBERS else None


def _ranked(
    indicator: ir.Indicator,
    ranking: ir.Ranking,
    group: tuple[str, ...],
    learners: Mapping[str, Learner],
    possible: frozenset[str],
) -> Iterator[Indicated]:
    """A place for each learner whose value is known; bounds where another's value, or presence, is not."""
    values = {name: evaluate(ranking.by, {}, learner).value for name, learner in learners.items()}
    ranked = {name: value for name, value in values.items() if isinstance(value, Fraction)}
    for name, value in sorted(
        ranked.items(), key=lambda each: (-each[1] if ranking.highest_first else each[1], each[0])
    ):
        ahead = [_is_ahead(other, value, ranking) for one, other in values.items() if one not in {name, *possible}]
        maybe = [_is_ahead(other, value, ranking) for one, other in values.items() if one in possible - {name}]
        low = 1 + ahead.count(True)
        high = low + ahead.count(None) + len(maybe) - maybe.count(False)
        place = Interval(Fraction(low), Fraction(high)).settled()
        yield Indicated(indicator.name, group, place, None, len(ranked), name)


def _is_ahead(other: Any, value: Fraction, ranking: ir.Ranking) -> bool | None:
    """Whether another learner's value comes before; with the worse place for ties, an equal one does as well."""
    left, right = (other, value) if ranking.highest_first else (value, other)
    return more_than(left, right) if ranking.is_better_place else at_least(left, right)


def _hidden(rows: Sequence[Indicated], fewest: int | None) -> Iterator[Indicated]:
    """Small cells are hidden: fewer than so many counted, or not counted, or in all.

    Where just one group of several is hidden, the next smallest is hidden too: the first could be worked out from the total.
    """
    small = [fewest is not None and _is_small(row, fewest) for row in rows]
    if small.count(True) == 1 and len(rows) > 1:
        others = [index for index, is_small in enumerate(small) if not is_small]
        small[min(others, key=lambda index: (rows[index].of or 0, index))] = True
    for row, is_small in zip(rows, small, strict=True):
        yield replace(row, value=None, counted=None, of=None, is_hidden=True) if is_small else row


def _is_small(row: Indicated, fewest: int) -> bool:
    """Whether a row tells of fewer learners than may be told of: of those counted, of the others, or of all."""
    of = row.of or 0
    if row.counted is None:
        return of < fewest
    return of < fewest or row.counted < fewest or of - row.counted < fewest
