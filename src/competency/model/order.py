"""Orders: what must come before what. Pure, iterative, deterministic; a circle is shown at its shortest."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

# Links followed in search of a shorter circle once one is known: two seconds at most. Only a file of tens of thousands
# of items in circles reaches it, and then the circle that is shown may be longer than the shortest.
CIRCLE_LINKS_MAX = 5_000_000


def topological_order(nodes: Sequence[str], before: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The nodes with each after those before it; where the order is free, as given. Requires that no circle exists.

    Names in `before` that are no nodes are passed over. Raises ValueError where the order goes in a circle or a node
    is given twice: whoever calls has asked `find_cycle` first.
    """
    position = {node: index for index, node in enumerate(nodes)}
    if len(position) != len(nodes):
        raise ValueError("a node is given twice")
    waiting: dict[str, int] = {}
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for node in nodes:
        earlier = {one for one in before.get(node, ()) if one in position}
        waiting[node] = len(earlier)
        for one in earlier:
            after[one].append(node)
    # graphlib hands out what is free in the order of its own dictionaries; a heap keeps the order given.
    ready = [position[node] for node in nodes if waiting[node] == 0]
    heapify(ready)
    ordered = []
    while ready:
        node = nodes[heappop(ready)]
        ordered.append(node)
        for later in after[node]:
            waiting[later] -= 1
            if waiting[later] == 0:
                heappush(ready, position[later])
    if len(ordered) != len(nodes):
        raise ValueError("the order goes in a circle")
    return tuple(ordered)


def find_cycle(before: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    """A shortest circle, each node followed by one that must come before it; none where there is no circle."""
    left = _without_free_ones(before)
    if not left:
        return None
    best = _any_circle(left)
    links = 0
    for start in left:
        if len(best) == 1 or links > CIRCLE_LINKS_MAX:
            break
        shorter, followed = _circle_through(start, left, len(best) - 1)
        best = shorter or best
        links += followed
    return best


def _without_free_ones(before: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """What is left after taking away, again and again, whatever has nothing before it: each one left has one."""
    earlier = {node: dict.fromkeys(one for one in ones if one in before) for node, ones in before.items()}
    after: dict[str, list[str]] = {node: [] for node in earlier}
    for node, ones in earlier.items():
        for one in ones:
            after[one].append(node)
    waiting = {node: len(ones) for node, ones in earlier.items()}
    free = deque(node for node, count in waiting.items() if count == 0)
    while free:
        node = free.popleft()
        del waiting[node]
        for later in after[node]:
            waiting[later] -= 1
            if waiting[later] == 0:
                free.append(later)
    return {node: tuple(one for one in earlier[node] if one in waiting) for node in waiting}


def _any_circle(left: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The circle that a walk to whatever stands first before each node ends in."""
    walked: dict[str, int] = {}
    node = next(iter(left))
    while node not in walked:
        walked[node] = len(walked)
        node = left[node][0]
    return tuple(walked)[walked[node] :]


def _circle_through(
    start: str, left: Mapping[str, Sequence[str]], length_max: int
) -> tuple[tuple[str, ...] | None, int]:
    """The shortest circle of at most that many nodes through a node, and how many links were followed to find it."""
    length = {start: 1}
    came_from: dict[str, str] = {}
    queue = deque([start])
    links = 0
    while queue:
        node = queue.popleft()
        if length[node] > length_max:
            break
        for one in left[node]:
            links += 1
            if one == start:
                path = [node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path)), links
            if one not in length:
                length[one] = length[node] + 1
                came_from[one] = node
                queue.append(one)
    return None, links
