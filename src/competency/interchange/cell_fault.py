"""What is wrong with one cell, in words for the person who keeps the file."""

from __future__ import annotations

# Longer values are cut in messages: enough to find the cell, not enough to fill a screen.
VALUE_SHOWN_MAX = 60


class CellFault(Exception):
    """A cell that cannot be taken. `is_reference`: it is well formed and names something that is not known."""

    def __init__(self, reason: str, *, is_reference: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_reference = is_reference


def shown(value: object) -> str:
    """A value as messages show it: in backticks, on one line, cut when it is long."""
    text = " ".join(str(value).split())
    if len(text) > VALUE_SHOWN_MAX:
        text = text[:VALUE_SHOWN_MAX] + "…"
    return f"`{text}`"
