"""Which item counts toward which requirement, when each counts once: the assignment that serves most. Whole numbers only.

Slots are requirements with a need, items have a size and the slots that they could serve. Pure, and the same for every
engine: the outcome depends on the order of slots and items, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

STATES_MAX = 20_000  # ways to serve that are kept beside each other: a diploma of 20 requirements needs a few hundred

_Rest = tuple[int, ...]
# how much of each need is left, to the step that led there: the step before, the item, the slots it went to
_Step = tuple["_Step | None", int, tuple[int, ...]]


class TooManyWaysError(ValueError):
    """The requirements compete in more ways than can be tried."""


@dataclass(frozen=True, slots=True)
class Placeable:
    """An item: its size in units, and the slots that it could serve, by index."""

    size: int
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Allocation:
    """What each slot got in units, and for each item the slots to which it went with how many units."""

    placed: tuple[int, ...]
    items: tuple[Mapping[int, int], ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """Slots that compete for items.

    `together` are pairs of slots (lower index first) in which one item may count at once. `whole`: an item goes to one
    slot as a whole; otherwise unit by unit.
    """

    needs: tuple[int, ...]
    items: tuple[Placeable, ...]
    together: frozenset[tuple[int, int]] = frozenset()
    whole: bool = False


def allocate(contest: Contest) -> Allocation:
    """The assignment that meets the most needs; of several, the one that meets the earlier slots.

    What is left then goes to the other slots, in their order, as far as it reaches. Raises TooManyWaysError.
    """
    needs = contest.needs
    served = _most_served(contest)
    wanted = [need if index in served else 0 for index, need in enumerate(needs)]
    for index, need in enumerate(needs):
        if index not in served:
            wanted[index] = _as_far_as(contest, wanted, index, need)
    last = _last_step(contest, tuple(wanted))
    assert last is not None
    return _allocation(contest, last[1])


def _most_served(contest: Contest) -> frozenset[int]:
    """The slots that are met: as many as can be met together, the earlier ones first."""
    known: dict[frozenset[int], bool] = {}

    def fits(slots: frozenset[int]) -> bool:
        if slots not in known:
            wanted = tuple(need if index in slots else 0 for index, need in enumerate(contest.needs))
            known[slots] = _last_step(contest, wanted) is not None
        return known[slots]

    possible = [index for index in range(len(contest.needs)) if fits(frozenset({index}))]
    best: frozenset[int] = frozenset()
    pending: list[tuple[int, frozenset[int]]] = [(0, frozenset())]
    while pending:
        at, chosen = pending.pop()
        if len(chosen) + len(possible) - at <= len(best):
            continue
        if at == len(possible):
            best = chosen
            continue
        pending.append((at + 1, chosen))
        with_this = chosen | {possible[at]}
        if fits(with_this):
            pending.append((at + 1, with_this))  # on top: tried first
    return best


def _as_far_as(contest: Contest, wanted: Sequence[int], slot: int, need: int) -> int:
    """How much a slot can get besides what is wanted already."""
    low, high = 0, need
    while low < high:
        middle = (low + high + 1) // 2
        trial = [*wanted]
        trial[slot] = middle
        if _last_step(contest, tuple(trial)) is None:
            high = middle - 1
        else:
            low = middle
    return low


def _last_step(contest: Contest, wanted: _Rest) -> tuple[_Rest, _Step | None] | None:
    """How all that is wanted can be served; none if it cannot.

    Goes over the items, those with the same slots together, and keeps every state that may still lead to the end: one
    in which no slot lacks more than later items could give, and of which no other state is better in everything.
    """
    order = sorted(range(len(contest.items)), key=lambda index: (contest.items[index].slots, index))
    later = [0] * len(wanted)
    for item in contest.items:
        for slot in item.slots:
            later[slot] += item.size
    states: dict[_Rest, _Step | None] = {wanted: None}
    for slots, group in groupby(order, key=lambda index: contest.items[index].slots):
        ways = tuple(_ways(slots, contest.together))
        for index in group:
            size = contest.items[index].size
            for step in (size,) if contest.whole else (1,) * size:
                states = _stepped(states, index, step, ways)
            for slot in slots:
                later[slot] -= size
        states = _promising(states, later)
        if not states:
            return None
    return next(iter(states.items())) if any(not any(rest) for rest in states) else None


def _ways(slots: tuple[int, ...], together: frozenset[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """Where one item may go: to two slots at once where they share items, or to one."""
    yield from (pair for pair in combinations(slots, 2) if pair in together)
    for slot in slots:
        yield (slot,)


def _stepped(
    states: dict[_Rest, _Step | None], item: int, step: int, ways: Sequence[tuple[int, ...]]
) -> dict[_Rest, _Step | None]:
    """Every state after so many units of an item have gone somewhere, or nowhere."""
    found: dict[_Rest, _Step | None] = {}
    for rest, before in states.items():
        for way in ways:
            if all(rest[slot] for slot in way):
                left = list(rest)
                for slot in way:
                    left[slot] = max(0, left[slot] - step)
                found.setdefault(tuple(left), (before, item, way))
        found.setdefault(rest, before)
    if len(found) > STATES_MAX:
        raise TooManyWaysError(f"the requirements compete in more than {STATES_MAX:,} ways")
    return found


def _promising(states: dict[_Rest, _Step | None], later: Sequence[int]) -> dict[_Rest, _Step | None]:
    """The states from which the end may be reached, without those that another one surpasses in everything."""
    kept: dict[_Rest, _Step | None] = {}
    able = {
        rest: step for rest, step in states.items() if all(left <= more for left, more in zip(rest, later, strict=True))
    }
    for rest in sorted(able, key=sum):
        if not any(all(a <= b for a, b in zip(other, rest, strict=True)) for other in kept):
            kept[rest] = able[rest]
    return kept


def _allocation(contest: Contest, last: _Step | None) -> Allocation:
    items: list[dict[int, int]] = [{} for _ in contest.items]
    placed = [0] * len(contest.needs)
    step = last
    while step is not None:
        before, index, way = step
        size = contest.items[index].size if contest.whole else 1
        for slot in way:
            items[index][slot] = items[index].get(slot, 0) + size
            placed[slot] += size
        step = before
    return Allocation(tuple(placed), tuple(items))
