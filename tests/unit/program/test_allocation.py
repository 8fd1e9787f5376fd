"""The assignment of items to requirements: against trying everything, and where people would notice."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competency.rules.program import allocation
from competency.rules.program.allocation import Contest, Placeable, TooManyWaysError, allocate


def amounts_by_trying_everything(contest: Contest) -> tuple[int, ...]:
    """What the best of all assignments counts in each slot, none more than its need.

    As many slots met as possible, then the earliest, then the most in the others in their order.
    """
    units = [
        (item.slots, item.size if contest.whole else 1)
        for item in contest.items
        for _ in range(1 if contest.whole else item.size)
    ]
    ways = [
        [
            chosen
            for number in range(3)  # an item counts toward two at the most
            for chosen in combinations(slots, number)
            if all(pair in contest.together for pair in combinations(chosen, 2))
        ]
        for slots, _ in units
    ]
    counted: set[tuple[int, ...]] = set()
    for choice in product(*ways):
        got = [0] * len(contest.needs)
        for chosen, (_, size) in zip(choice, units, strict=True):
            for slot in chosen:
                got[slot] += size
        counted.add(tuple(map(min, got, contest.needs)))
    return min(counted, key=lambda amounts: _rank(contest.needs, amounts))


def _rank(needs: tuple[int, ...], amounts: tuple[int, ...]) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    met = tuple(index for index, need in enumerate(needs) if amounts[index] >= need)
    return (-len(met), met, tuple(-amount for amount in amounts))


@st.composite
def contests(draw: st.DrawFn) -> Contest:
    slots = draw(st.integers(1, 4))
    needs = tuple(draw(st.lists(st.integers(0, 3), min_size=slots, max_size=slots)))
    eligible = st.lists(st.integers(0, slots - 1), unique=True, max_size=4).map(lambda each: tuple(sorted(each)))
    items = draw(st.lists(st.builds(Placeable, st.integers(1, 2), eligible), max_size=4))
    pairs = (
        st.frozensets(st.sampled_from([*combinations(range(slots), 2)]), max_size=4)
        if slots > 1
        else st.just(frozenset())
    )
    return Contest(needs, tuple(items), draw(pairs), draw(st.booleans()))


@given(contests())
def test_it_counts_what_trying_everything_would_count(contest: Contest) -> None:
    found = allocate(contest)
    assert tuple(map(min, found.placed, contest.needs)) == amounts_by_trying_everything(contest)


@given(contests())
def test_nothing_counts_twice_and_everything_counts_where_it_may(contest: Contest) -> None:
    found = allocate(contest)
    placed = [0] * len(contest.needs)
    for item, where in zip(contest.items, found.items, strict=True):
        assert set(where) <= set(item.slots)
        alone = [
            slot
            for slot in where
            if not any(tuple(sorted((slot, other))) in contest.together for other in where if other != slot)
        ]
        assert sum(where[slot] for slot in alone) <= item.size
        for slot, units in where.items():
            assert units <= item.size
            placed[slot] += units
    assert tuple(placed) == found.placed


def test_first_come_would_fail_where_matching_does_not() -> None:
    found = allocate(Contest((1, 1), (Placeable(1, (0, 1)), Placeable(1, (0,)))))
    assert found.placed == (1, 1)
    assert found.items == ({1: 1}, {0: 1})


def test_of_two_that_compete_the_one_that_lets_more_be_met_is_given_up() -> None:
    items = tuple(Placeable(1, (0, 1, 2)) for _ in range(4))
    assert allocate(Contest((4, 1, 1), items)).placed == (2, 1, 1)


def test_of_equals_the_first_in_the_text_is_met() -> None:
    assert allocate(Contest((2, 2), (Placeable(3, (0, 1)),))).placed == (2, 1)


def test_a_whole_course_goes_to_one_requirement() -> None:
    one = (Placeable(2, (0, 1)),)
    assert allocate(Contest((1, 1), one)).placed == (1, 1)
    assert allocate(Contest((1, 1), one, whole=True)).placed == (2, 0)


def test_what_may_count_twice_does() -> None:
    one = (Placeable(1, (0, 1)),)
    assert allocate(Contest((1, 1), one)).placed == (1, 0)
    assert allocate(Contest((1, 1), one, frozenset({(0, 1)}))).placed == (1, 1)


def test_a_learner_of_forty_courses_and_fourteen_requirements_needs_few_states(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocation, "STATES_MAX", 200)
    needs = (8, 6, 2, 2, 1, 1, 1, 2, 1, 2, 1, 1, 2, 12)
    items = tuple(Placeable(1 + index % 2, (index % 13, 13)) for index in range(40))
    found = allocate(Contest(needs, items))
    assert sum(placed >= need for placed, need in zip(found.placed, needs, strict=True)) >= 10


def test_too_many_ways_are_said_to_be_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocation, "STATES_MAX", 3)
    items = tuple(Placeable(3, (0, 1, 2)) for _ in range(3))
    with pytest.raises(TooManyWaysError, match="more than 3 ways"):
        allocate(Contest((3, 3, 3), items))
