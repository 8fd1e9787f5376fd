"""Orders and circles among things that must come before each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competency.model import order
from competency.model.order import find_cycle, topological_order

NODES = tuple("ABCDEFGH")
relations = st.dictionaries(
    st.sampled_from(NODES), st.lists(st.sampled_from(NODES), max_size=3).map(tuple), max_size=len(NODES)
)


def is_a_circle(circle: Sequence[str], before: Mapping[str, Sequence[str]]) -> bool:
    return all(earlier in before[later] for later, earlier in zip(circle, (*circle[1:], circle[0]), strict=True))


def shortest_length(before: Mapping[str, Sequence[str]]) -> int | None:
    """The length of the shortest circle, found the slow way: by following every link from every node at once."""
    reached = {node: {node} for node in before}
    for length in range(1, len(before) + 1):
        reached = {node: {one for far in ones for one in before.get(far, ())} for node, ones in reached.items()}
        if any(node in ones for node, ones in reached.items()):
            return length
    return None


def test_what_must_come_before_comes_before() -> None:
    assert topological_order(("C", "B", "A"), {"C": ("B",), "B": ("A",)}) == ("A", "B", "C")


def test_where_the_order_is_free_it_stays_as_given() -> None:
    assert topological_order(("D", "A", "C", "B"), {"A": ("B",)}) == ("D", "C", "B", "A")
    assert topological_order(("B", "C", "A"), {}) == ("B", "C", "A")


def test_names_that_are_not_ordered_are_passed_over() -> None:
    assert topological_order(("A",), {"A": ("elsewhere",), "B": ("A",)}) == ("A",)


@pytest.mark.parametrize("before", [{"A": ("A",)}, {"A": ("B",), "B": ("A",)}])
def test_a_circle_has_no_order(before: Mapping[str, Sequence[str]]) -> None:
    with pytest.raises(ValueError, match="circle"):
        topological_order(("A", "B"), before)


def test_a_node_given_twice_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="twice"):
        topological_order(("A", "A"), {})


def test_a_circle_names_after_each_node_one_that_must_come_before_it() -> None:
    assert find_cycle({"A": ("B",), "B": ("C",), "C": ("A",), "D": ("A",)}) == ("A", "B", "C")


def test_something_before_itself_is_a_circle_of_one() -> None:
    assert find_cycle({"A": ("B",), "B": ("A",), "C": ("C",)}) == ("C",)


def test_of_two_circles_the_shorter_is_found() -> None:
    long = {"A": ("B",), "B": ("C",), "C": ("D",), "D": ("A",)}
    assert find_cycle({**long, "E": ("F", "A"), "F": ("E",)}) == ("E", "F")
    assert find_cycle({**long, "C": ("D", "B")}) == ("B", "C")


def test_a_name_that_has_no_entry_of_its_own_closes_no_circle() -> None:
    assert find_cycle({"A": ("B",)}) is None


@given(relations)
def test_the_circle_that_is_found_is_the_shortest_there_is(before: dict[str, tuple[str, ...]]) -> None:
    circle = find_cycle(before)
    assert (None if circle is None else len(circle)) == shortest_length(before)
    assert circle is None or is_a_circle(circle, before)


@given(st.permutations(NODES), relations)
def test_an_order_exists_exactly_where_there_is_no_circle(nodes: list[str], before: dict[str, tuple[str, ...]]) -> None:
    if find_cycle(before) is not None:
        with pytest.raises(ValueError, match="circle"):
            topological_order(nodes, before)
        return
    place = {node: index for index, node in enumerate(topological_order(nodes, before))}
    assert sorted(place) == sorted(NODES)
    assert all(place[one] < place[node] for node, ones in before.items() for one in ones)


def test_a_chain_of_a_hundred_thousand_needs_no_recursion() -> None:
    nodes = [str(number) for number in range(100_000)]
    before = {later: (earlier,) for earlier, later in pairwise(nodes)}
    assert find_cycle(before) is None
    assert topological_order(nodes[::-1], before) == tuple(nodes)


def test_the_search_for_a_shorter_circle_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "CIRCLE_LINKS_MAX", 10_000)
    nodes = [str(number) for number in range(50_000)]
    ring = {node: (nodes[number - 1],) for number, node in enumerate(nodes)}
    started = perf_counter()
    circle = find_cycle(ring)
    assert circle is not None
    assert is_a_circle(circle, ring)
    assert perf_counter() - started < 10
