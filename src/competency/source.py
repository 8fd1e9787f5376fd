"""Texts and places in them: offsets are code points; lines and columns count from one.

Knows nothing of rules. Line numbers and the UTF-16 columns of editors are derived here and nowhere else.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Position:
    """A place as people name it: line and column, both counted from one, columns in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text with the name under which messages speak of it (a path as the user gave it)."""

    name: str
    text: str = field(repr=False)
    _line_starts: list[int] = field(init=False, repr=False, compare=False, default_factory=list)

    def _starts(self) -> list[int]:
        if not self._line_starts:
            self._line_starts.append(0)
            position = self.text.find("\n")
            while position != -1:
                self._line_starts.append(position + 1)
                position = self.text.find("\n", position + 1)
        return self._line_starts

    def position(self, offset: int) -> Position:
        """The line and column of a code-point offset; an offset past the end is the end."""
        starts = self._starts()
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def utf16_column(self, offset: int) -> int:
        """The column of an offset counted in UTF-16 units from zero, as editors count."""
        offset = max(0, min(offset, len(self.text)))
        start = self._starts()[self.position(offset).line - 1]
        return sum(2 if ord(character) > 0xFFFF else 1 for character in self.text[start:offset])

    def line(self, number: int) -> str:
        """The text of a line without its line end; an empty text outside the document."""
        starts = self._starts()
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points in a text."""

    source: SourceText
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words that the span covers."""
        return self.source.text[self.start : self.end]

    @property
    def position(self) -> Position:
        """Where the span begins."""
        return self.source.position(self.start)

    @property
    def end_position(self) -> Position:
        """Where the span ends (the first place after it)."""
        return self.source.position(self.end)

    def through(self, other: Span) -> Span:
        """The span from the start of this one to the end of the other."""
        return Span(self.source, self.start, other.end)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file that is data, not rule text: a line of a table, a pointer into JSON."""

    name: str
    line: int | None = None
    field: str | None = None

    @property
    def described(self) -> str:
        """The place in words, as `file, line 3, field score`."""
        parts = [self.name]
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.field:
            parts.append(f"field {self.field}")
        return ", ".join(parts)
