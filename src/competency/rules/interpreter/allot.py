"""What each requirement of a diploma gets from the pool, for one learner, with what may still be added. Exact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import lcm
from typing import Any, TypeAlias

from competency.rules.interpreter.evaluate import Env, Learner, evaluate
from competency.rules.interpreter.reasons import Placement, Reason
from competency.rules.program import ir, types
from competency.rules.program.allocation import Allocation, Contest, Placeable, allocate
from competency.rules.program.operators import Interval

_Found: TypeAlias = tuple[tuple[Fraction, ...], dict[str, dict[int, Fraction]]]
"""what each slot gets, and of each item how much goes to which slot"""


class Relief(Enum):
    """What became of a requirement for the learner: another stands in its place, it is waived, or one of them perhaps."""

    REPLACED = "replaced"
    WAIVED = "waived"
    PERHAPS = "perhaps"


@dataclass(frozen=True, slots=True)
class _Case:
    """What is taken to be so: which items belong to the pool and to each slot, what they are worth, what is needed.

    `last` are the slots that are waived: they are served with what no other slot needs.
    """

    needs: tuple[Fraction, ...]
    worth: Mapping[str, Fraction]
    eligible: Mapping[str, tuple[int, ...]]
    last: tuple[int, ...]


def allotted(
    allotment: ir.Allotment, env: Env, learner: Learner, reliefs: Mapping[str, Relief]
) -> tuple[dict[str, Reason], tuple[Placement, ...]]:
    """The variables `placed NAME` and `placed`, and where each item went. `reliefs` are by the label of the requirement.

    Worked out twice: with what is certain alone, and with everything that is possible. The second gives the most that a
    slot can get; what it gets in both is certain. So all slots are met exactly if what is certain suffices, and some slot
    is not met exactly if even what is possible does not.
    """
    pool = evaluate(allotment.pool, env, learner)
    items = [evaluate(slot.items, env, learner) for slot in allotment.slots]
    frees = [evaluate(slot.unless, env, learner) if slot.unless is not None else None for slot in allotment.slots]
    worth = _worth(allotment, pool, env, learner)
    certain = _case(allotment, pool, items, frees, worth, reliefs, is_possible=False)
    possible = _case(allotment, pool, items, frees, worth, reliefs, is_possible=True)
    least = _allocation(allotment, certain)
    most = least if possible == certain else _allocation(allotment, possible)
    found: dict[str, Reason] = {}
    for index, (slot, free) in enumerate(zip(allotment.slots, frees, strict=True)):
        name = f"placed {slot.name}"
        highest = most
        if free is not None and free.value is None:  # what the slot gets is asked for only where it is not free
            asked = _case(allotment, pool, items, frees, worth, reliefs, is_possible=True, asked=index)
            highest = _allocation(allotment, asked)
        bounds = Interval(min(least[0][index], highest[0][index]), highest[0][index]).settled()
        parts = tuple(part for part in (pool, items[index], frees[index]) if part is not None)
        found[name] = Reason(ir.Variable(name, allotment.type), bounds, parts)
    total = [sum((sum(where.values(), Fraction(0)) for where in one[1].values()), Fraction(0)) for one in (least, most)]
    found["placed"] = Reason(ir.Variable("placed", allotment.type), Interval(min(total), total[1]).settled(), (pool,))
    return found, tuple(_placements(allotment, certain, least))


def _worth(allotment: ir.Allotment, pool: Reason, env: Env, learner: Learner) -> dict[str, Any]:
    inner = dict(env)
    found: dict[str, Any] = {}
    for code in (*pool.value.certain, *pool.value.possible) if pool.value is not None else ():
        inner[allotment.variable] = Reason(ir.Constant(code, types.item(pool.node.type.of)), code)
        found[code] = evaluate(allotment.worth, inner, learner).value
    return found


def _case(
    allotment: ir.Allotment,
    pool: Reason,
    items: Sequence[Reason],
    frees: Sequence[Reason | None],
    worth: Mapping[str, Any],
    reliefs: Mapping[str, Relief],
    *,
    is_possible: bool,
    asked: int | None = None,
) -> _Case:
    """What is certain, or what is possible: an item whose worth is not known may be worth all that is needed.

    The slot `asked` is free only where that is certain.
    """
    needs = tuple(
        Fraction(0) if _is_free(slot, free, reliefs, is_possible=is_possible and index != asked) else slot.need
        for index, (slot, free) in enumerate(zip(allotment.slots, frees, strict=True))
    )
    waived = {Relief.WAIVED, Relief.PERHAPS} if is_possible else {Relief.WAIVED}
    last = tuple(index for index, slot in enumerate(allotment.slots) if reliefs.get(slot.label) in waived)
    unknown = sum((slot.need for slot in allotment.slots), Fraction(0)) if is_possible else Fraction(0)
    codes = _codes(pool, is_possible=is_possible)
    sets = [frozenset(_codes(each, is_possible=is_possible)) for each in items]
    eligible = {code: tuple(index for index, each in enumerate(sets) if code in each) for code in codes}
    sizes = {code: worth[code] if isinstance(worth[code], Fraction) else unknown for code in codes}
    return _Case(needs, {code: size for code, size in sizes.items() if size > 0}, eligible, last)


def _is_free(slot: ir.Slot, free: Reason | None, reliefs: Mapping[str, Relief], *, is_possible: bool) -> bool:
    """Whether a slot needs nothing, or need not where all that is possible counts."""
    if reliefs.get(slot.label) is Relief.REPLACED:
        return True
    return free is not None and (free.value is True or (is_possible and free.value is None))


def _codes(reason: Reason, *, is_possible: bool) -> tuple[str, ...]:
    if reason.value is None:
        return ()
    return (*reason.value.certain, *(reason.value.possible if is_possible else ()))


def _allocation(allotment: ir.Allotment, case: _Case) -> _Found:
    """What each slot gets and where each item goes. A waived slot gets what leaves every other slot as well served."""
    needs = [Fraction(0) if index in case.last else need for index, need in enumerate(case.needs)]
    found = _allocate(allotment, case, needs)
    for index in case.last:
        with_it = [*needs[:index], case.needs[index], *needs[index + 1 :]]
        more = _allocate(allotment, case, with_it)
        served = [slot for slot, need in enumerate(needs) if found[0][slot] >= need]
        if all(more[0][slot] >= with_it[slot] for slot in served):
            needs, found = with_it, more
    return found


def _allocate(allotment: ir.Allotment, case: _Case, needs: Sequence[Fraction]) -> _Found:
    """The allocation for such needs, in the allotment's own unit."""
    unit = lcm(1, *(number.denominator for number in (*needs, *case.worth.values())))
    names = {slot.name: index for index, slot in enumerate(allotment.slots)}
    together = frozenset(
        (min(names[one], names[other]), max(names[one], names[other])) for one, other in allotment.together
    )
    codes = sorted(case.worth)  # whatever the order in which the pool is told
    contest = Contest(
        tuple(int(need * unit) for need in needs),
        tuple(Placeable(int(case.worth[code] * unit), case.eligible[code]) for code in codes),
        together,
        allotment.whole,
    )
    found: Allocation = allocate(contest)
    items = {
        code: {slot: Fraction(units, unit) for slot, units in where.items()}
        for code, where in zip(codes, found.items, strict=True)
    }
    return tuple(Fraction(units, unit) for units in found.placed), items


def _placements(allotment: ir.Allotment, case: _Case, found: _Found) -> Iterator[Placement]:
    """For each slot what it got, what it lacks, and which items could serve it and count elsewhere."""
    placed, items = found
    for index, slot in enumerate(allotment.slots):
        got = tuple((code, where[index]) for code, where in items.items() if index in where)
        lacks = max(case.needs[index] - placed[index], Fraction(0))
        elsewhere = tuple(
            (code, tuple(allotment.slots[other].label for other in where))
            for code, where in items.items()
            if lacks and where and index not in where and index in case.eligible[code]
        )
        if got or lacks:  # a version that is not there got nothing and needs nothing
            yield Placement(slot.label, got, lacks, elsewhere, allotment.type)
