"""Scores that a person types in a row, as `3, 3.5, , 4`, to exact numbers with dates where given. No rules here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from competency.diagnostics import Diagnostic, Fix, Label
from competency.diagnostics.kinds import FORMULA_INPUT
from competency.interchange.cell_fault import CellFault
from competency.interchange.dates_and_times import read_date
from competency.interchange.exact_numbers import read_number
from competency.source import SourceText, Span

# Nobody is rated so often in one competency, and an answer still comes at once.
SCORES_MAX = 1000


@dataclass(frozen=True, slots=True)
class TypedScore:
    """A score as it was typed: its value, its date where one was given, and its place in the text."""

    value: Fraction
    on: date | None
    span: Span


def read_score_list(source: SourceText) -> tuple[tuple[TypedScore, ...], tuple[Diagnostic, ...]]:
    """The scores of a text in the order in which they stand, and what is wrong with it.

    Each is a number, or a number and a date as `3@2026-09-01`; commas part them; between two commas nothing is a blank,
    which is no evidence. Either all have dates or none has.
    """
    scores: list[TypedScore] = []
    diagnostics: list[Diagnostic] = []
    for span in _parts(source):
        if len(scores) == SCORES_MAX:
            message = f"there are more than {SCORES_MAX:,} scores"
            return (), (_fault(message, Span(source, span.start, len(source.text)), "these are too many"),)
        try:
            scores.append(_score(span))
        except CellFault as fault:
            diagnostics.append(_fault(fault.reason, span, "this score"))
    if diagnostics:
        return (), tuple(diagnostics)
    dated = [score for score in scores if score.on is not None]
    if dated and len(dated) != len(scores):
        without = next(score for score in scores if score.on is None)
        label = Label(dated[0].span, "this one has a date")
        message = "some scores have a date and some have none, so their order is not known"
        return (), (_fault(message, without.span, "this one has none", label),)
    return tuple(scores), ()


def _parts(source: SourceText) -> Iterator[Span]:
    """The places between commas in which something stands."""
    start = 0
    for part in source.text.split(","):
        stripped = part.strip()
        if stripped and stripped != "blank":
            begins = start + part.index(stripped)
            yield Span(source, begins, begins + len(stripped))
        start += len(part) + 1


def _score(span: Span) -> TypedScore:
    number, at, day = (part.strip() for part in span.text.partition("@"))
    return TypedScore(read_number(number), read_date(day) if at else None, span)


def _fault(reason: str, span: Span, text: str, *more: Label) -> Diagnostic:
    return Diagnostic(
        FORMULA_INPUT,
        f"the scores cannot be read: {reason}",
        (Label(span, text), *more),
        fixes=(Fix("write scores as `3, 3.5, 4`, or all of them with dates as `3@2026-09-01, 4@2026-10-05`"),),
        data={"score": span.text},
    )
