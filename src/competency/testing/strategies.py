"""Hypothesis strategies: policy books that check, books that are broken, and facts that their rules could be asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from hypothesis import strategies as st

from competency.model.facts import LearnerFacts
from competency.rules.program import ir
from competency.testing.made_up_facts import make_clocks, make_facts
from competency.testing.written_books import write_book

T = TypeVar("T")

MUTATIONS_MAX = 3
_PIECES = re.compile(r"\w+|\s+|.", re.DOTALL)


class _Drawn:
    """Choices that Hypothesis makes and can make simpler."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one(self, options: Sequence[T]) -> T:
        """One of the options; the first is the simplest."""
        return options[self._draw(st.integers(0, len(options) - 1))]

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._draw(st.integers(low, high))


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    """A policy book as one text: well-typed, of every construct of the grammar that means something; it checks."""
    return write_book(_Drawn(draw))


@st.composite
def facts_for(draw: st.DrawFn, program: ir.Program) -> LearnerFacts:
    """Facts of one learner at and beside the boundaries of a program: ties, copies, corrections, late news, blanks."""
    return make_facts(_Drawn(draw), program)


@st.composite
def clocks_for(draw: st.DrawFn, program: ir.Program) -> tuple[date, datetime | None]:
    """An as-of date beside the dates that a program names, and when facts were known (none: now)."""
    return make_clocks(_Drawn(draw), program)


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    """A good text after a few slips: words lost, doubled, exchanged or replaced by anything, or the end cut off."""
    pieces = _PIECES.findall(draw(rule_texts()))
    for _ in range(draw(st.integers(1, MUTATIONS_MAX))):
        at = draw(st.integers(0, max(0, len(pieces) - 1)))
        match draw(st.sampled_from(("lose", "double", "exchange", "replace", "cut"))):
            case "lose":
                del pieces[at : at + 1]
            case "double":
                pieces[at:at] = pieces[at : at + 1]
            case "exchange":
                other = draw(st.integers(0, max(0, len(pieces) - 1)))
                if pieces:
                    pieces[at], pieces[other] = pieces[other], pieces[at]
            case "replace":
                pieces[at : at + 1] = [draw(st.text(max_size=5))]
            case _:
                del pieces[at:]
    return "".join(pieces)
