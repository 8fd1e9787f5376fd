"""Orders: what must come before what. Pure, iterative, deterministic; a circle is shown at its shortest."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush


def topological_order(nodes: Sequence[str], before: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The nodes with each after those before it; where the order is free, as given. Requires that no circle exists.

    Names in `before` that are no nodes are passed over.
    """
    position = {node: index for index, node in enumerate(nodes)}
    waiting = {node: len({one for one in before.get(node, ()) if one in position}) for node in nodes}
    after: dict[str, list[str]] = {node: [] for node in nodes}
    for node in nodes:
        for one in dict.fromkeys(before.get(node, ())):
            if one in position:
                after[one].append(node)
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
    # what is left after taking away, again and again, whatever has nothing before it, lies on or above a circle
    left = {node: [one for one in ones if one in before] for node, ones in before.items()}
    waiting = {node: len(ones) for node, ones in left.items()}
    after: dict[str, list[str]] = {node: [] for node in left}
    for node, ones in left.items():
        for one in ones:
            after[one].append(node)
    free = deque(node for node, count in waiting.items() if count == 0)
    while free:
        node = free.popleft()
        del waiting[node]
        for later in after[node]:
            if later in waiting:
                waiting[later] -= 1
                if waiting[later] == 0:
                    free.append(later)
    best: tuple[str, ...] | None = None
    for start in waiting:
        found = _circle_through(start, left, waiting)
        if found is not None and (best is None or len(found) < len(best)):
            best = found
            if len(best) <= 2:
                break
    return best


def _circle_through(
    start: str, before: Mapping[str, Sequence[str]], within: Mapping[str, int]
) -> tuple[str, ...] | None:
    """The shortest circle through a node, by breadth-first search."""
    came_from: dict[str, str] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for one in before[node]:
            if one == start:
                path = [node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            if one in within and one not in came_from:
                came_from[one] = node
                queue.append(one)
    return None
