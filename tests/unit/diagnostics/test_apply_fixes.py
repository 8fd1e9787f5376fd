"""Edits are carried out all at once, or not at all."""

from collections.abc import Callable

import pytest

from competency.diagnostics import Edit
from competency.diagnostics.apply_fixes import EditsConflictError, apply
from competency.source import SourceText, Span

SpanOf = Callable[..., Span]
TEXT = SourceText("a.rules", "one two three")


def edit(start: int, end: int, text: str) -> Edit:
    return Edit(Span(TEXT, start, end), text)


def test_edits_are_made_whatever_order_they_come_in() -> None:
    edits = [edit(8, 13, "3"), edit(0, 3, "eins"), edit(7, 7, ",")]
    assert apply(TEXT.text, edits) == apply(TEXT.text, edits[::-1]) == "eins two, 3"


def test_edits_that_only_touch_are_no_conflict() -> None:
    assert apply(TEXT.text, [edit(0, 3, "1"), edit(3, 4, "-")]) == "1-two three"


def test_no_edits_leave_the_text_as_it_is() -> None:
    assert apply(TEXT.text, []) == TEXT.text


@pytest.mark.parametrize(
    "edits",
    [
        [edit(0, 5, "a"), edit(4, 7, "b")],
        [edit(0, 7, "a"), edit(3, 3, "b")],
        [edit(3, 3, "a"), edit(3, 3, "b")],
        [edit(0, 3, "a"), edit(0, 3, "a")],
    ],
)
def test_edits_that_overlap_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(EditsConflictError, match="Two edits"):
        apply(TEXT.text, edits)


def test_an_edit_made_for_another_text_is_refused(span_of: SpanOf) -> None:
    with pytest.raises(EditsConflictError, match="another text"):
        apply(TEXT.text, [Edit(span_of("mastery"), "credit")])


def test_an_edit_outside_the_text_is_refused() -> None:
    with pytest.raises(EditsConflictError, match="another text"):
        apply(TEXT.text, [edit(10, 99, "")])
