"""From spans in one text, the lines to show with the cells to underline. Knows how wide characters are, no colours.

Whatever a terminal would act on instead of showing it (tabs, control and bidirectional characters) is made visible.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from competency.source import Span

TAB_STOP = 4
"""Cells between tab stops: rule texts are indented by two or four, so that a tab looks like an indent."""

_ACTED_ON = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Underline:
    """The cells to mark beneath a line, counted from its first shown cell, and what is to be said there."""

    start: int
    length: int
    text: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class ExcerptLine:
    """A line of the text as it is shown, with its number and its underlines in order of place."""

    number: int
    shown: str
    underlines: tuple[Underline, ...]


def visible(text: str) -> str:
    """The text with everything that a terminal would act on written out, as `<U+202E>`; line ends stay."""
    return "".join(character if character == "\n" else _shown(character, 0) for character in text)


def excerpt(spans: Sequence[tuple[Span, str, bool]], cells_max: int) -> list[ExcerptLine]:
    """The lines where the spans begin, in order; each span comes with its text and whether it is the primary one.

    All spans are of one source. A span of several lines is marked to the end of its first line, and its text says where it
    ends. A line that does not fit into `cells_max` cells is cut to the part around its first underline.
    """
    by_line: dict[int, list[tuple[Span, str, bool]]] = {}
    for each in sorted(spans, key=lambda each: (each[0].start, each[0].end)):
        by_line.setdefault(each[0].position.line, []).append(each)
    return [_line(number, by_line[number], cells_max) for number in sorted(by_line)]


def _line(number: int, spans: Sequence[tuple[Span, str, bool]], cells_max: int) -> ExcerptLine:
    line = spans[0][0].source.line(number)
    columns = [each[0].position.column - 1 for each in spans]
    first, last = _window(len(line), columns[0], cells_max)
    before = _ELLIPSIS if first else ""
    cells = [cell_len(before)]
    shown = [before]
    for character in line[first:last]:
        drawn = _shown(character, cells[-1] - cells[0])
        if cells[-1] + cell_len(drawn) > cells_max - 1:
            last = first + len(shown) - 1
            break
        shown.append(drawn)
        cells.append(cells[-1] + cell_len(drawn))
    after = _ELLIPSIS if last < len(line) else ""
    underlines = tuple(_underline(each, cells, first, len(line)) for each in spans)
    return ExcerptLine(number, "".join(shown) + after, underlines)


def _window(length: int, column: int, cells_max: int) -> tuple[int, int]:
    """The code points that may be shown: from the start, unless the place to show would fall off the right edge."""
    if column < cells_max // 2:
        return 0, min(length, cells_max)
    first = min(column, length) - cells_max // 4
    return first, min(length, first + cells_max)


def _underline(each: tuple[Span, str, bool], cells: Sequence[int], first: int, length: int) -> Underline:
    span, text, is_primary = each
    start, end = span.position, span.end_position
    shown_last = len(cells) - 1
    from_index = max(0, min(min(start.column - 1, length) - first, shown_last))
    to_column = length if end.line > start.line else min(end.column - 1, length)
    to_index = max(from_index, min(to_column - first, shown_last))
    if end.line > start.line and not (end.line == start.line + 1 and end.column == 1):
        text = f"{text} (to line {end.line})".strip()
    # A place without width, such as the end of the text, still gets one mark.
    return Underline(cells[from_index], max(1, cells[to_index] - cells[from_index]), text, is_primary)


def _shown(character: str, cell: int) -> str:
    if character == "\t":
        return " " * (TAB_STOP - cell % TAB_STOP)
    if unicodedata.category(character) in _ACTED_ON:
        return f"<U+{ord(character):04X}>"
    return character
