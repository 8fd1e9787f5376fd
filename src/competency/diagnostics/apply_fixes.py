"""From a text and the edits of a fix, the text after it. Decides nothing about which fixes are wanted."""

from __future__ import annotations

from collections.abc import Iterable

from competency.diagnostics.diagnostic import Edit


class EditsConflictError(ValueError):
    """Edits that cannot be carried out together, or that were made for another text."""


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with every edit carried out at once; all spans are offsets into the text as it was.

    Raises `EditsConflictError` when two edits overlap, when two insert at one place (their order would be chance),
    or when an edit was made for another text.
    """
    pieces: list[str] = []
    done_to = 0
    previous: Edit | None = None
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        start, end = edit.span.start, edit.span.end
        if edit.span.source.text != text or not 0 <= start <= end <= len(text):
            raise EditsConflictError(f"An edit at {start} to {end} was made for another text.")
        if previous is not None and (start < done_to or start == previous.span.start):
            raise EditsConflictError(f"Two edits want to change the text at {start}.")
        pieces += (text[done_to:start], edit.text)
        done_to, previous = end, edit
    return "".join(pieces) + text[done_to:]
