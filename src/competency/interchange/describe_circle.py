"""A relation between codes to a diagnostic in words, where it goes in a circle. Knows no file formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from competency.diagnostics import Diagnostic, Fix, Label
from competency.diagnostics.kinds import PREREQUISITE_CYCLE
from competency.model.order import find_cycle
from competency.source import Place

# A longer circle is told by its first steps: nobody follows more in one sentence.
STEPS_TOLD_MAX = 10


@dataclass(frozen=True, slots=True)
class RelationWords:
    """How a relation is said: `A comes before B, B before C` has `comes before` and `before`."""

    first: str
    later: str


COMES_BEFORE = RelationWords("comes before", "before")
IS_A_PART = RelationWords("is a part of", "of")


def describe_circle(
    relation: Mapping[str, Sequence[str]], words: RelationWords, place: Callable[[str, str], Place]
) -> Diagnostic | None:
    """The shortest circle in a relation, told in words; none where there is none.

    `relation` maps a code to those that come before it, or are a part of it. `place(one, other)` is where the file
    says that `one` comes before `other`, or is a part of it.
    """
    cycle = find_cycle(relation)
    if cycle is None:
        return None
    ring = tuple(reversed(cycle))
    steps = list(zip(ring, (*ring[1:], ring[0]), strict=True))
    shown = steps[:STEPS_TOLD_MAX]
    return Diagnostic(
        PREREQUISITE_CYCLE,
        f"the order goes in a circle: {_told(shown, words, len(steps))}",
        tuple(Label(place(one, other), f"`{one}` {words.first} `{other}`") for one, other in shown),
        fixes=(Fix("remove one of these steps: nothing can come before itself, or be a part of itself"),),
        data={"cycle": list(ring)},
    )


def _told(shown: Sequence[tuple[str, str]], words: RelationWords, length: int) -> str:
    if length == 1:
        return f"`{shown[0][0]}` {words.first} itself"
    told = [f"`{one}` {words.later if number else words.first} `{other}`" for number, (one, other) in enumerate(shown)]
    more = length - len(shown)
    if more:
        return f"{', '.join(told)}, and so on over {more} more back to `{shown[0][0]}`"
    return f"{', '.join(told[:-1])}, and {told[-1]}"
