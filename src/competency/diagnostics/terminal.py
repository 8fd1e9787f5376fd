"""Diagnostics for people: headline, place, excerpt with underlines, notes and what to do.

Returns the text; whether it goes to a terminal, and how wide that is, the caller says.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from competency.diagnostics.diagnostic import Confidence, Diagnostic, Fix, Severity
from competency.diagnostics.excerpt import Underline, excerpt, visible
from competency.source import Place, Span

COLUMNS = 100
"""Cells a line when nobody says how wide the terminal is."""
EXCERPT_CELLS_MIN = 40
"""An excerpt narrower than this would show nothing useful; a narrower terminal wraps it instead."""

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_FRAME = "blue"
_CONFIDENCE = {
    Confidence.SAFE: "safe",
    Confidence.CHANGES_MEANING: "changes what the rule means",
    Confidence.SHOW_ONLY: "",
}


def render_terminal(diagnostics: Sequence[Diagnostic], *, in_colour: bool = False, columns: int = COLUMNS) -> str:
    """All diagnostics in the order given, then their count; plain text unless `in_colour`. Empty for none."""
    if not diagnostics:
        return ""
    written = StringIO()
    console = Console(
        file=written,
        force_terminal=in_colour,
        color_system="standard" if in_colour else None,
        no_color=not in_colour,
        width=columns,
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
        _environ={},
    )
    for diagnostic in diagnostics:
        for line in _lines(diagnostic, columns):
            console.print(line, soft_wrap=True)
        console.print()
    console.print(summary(diagnostics), soft_wrap=True)
    return written.getvalue()


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many of each severity, as `2 errors, 1 warning`."""
    counted = [(sum(each.kind.severity is severity for each in diagnostics), severity.value) for severity in Severity]
    return ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in counted if number)


def _lines(diagnostic: Diagnostic, columns: int) -> list[Text]:
    kind = diagnostic.kind
    style = _STYLES[kind.severity]
    numbers = [label.where.position.line for label in diagnostic.labels if isinstance(label.where, Span)]
    margin = len(str(max(numbers, default=1)))
    lines = [Text.assemble((f"{kind.severity.value}[{kind.code}]", style), ": ", (visible(diagnostic.message), "bold"))]
    in_texts: dict[str, list[tuple[Span, str, bool]]] = {}
    in_data: list[tuple[Place, str]] = []
    for number, label in enumerate(diagnostic.labels):
        if isinstance(label.where, Span):
            in_texts.setdefault(label.where.source.name, []).append((label.where, label.text, number == 0))
        else:
            in_data.append((label.where, label.text))
    blocks = [_excerpt(spans, margin, columns, style) for spans in in_texts.values()]
    blocks_of_data = [[_place(where, text, margin)] for where, text in in_data]
    is_data_first = bool(diagnostic.labels) and isinstance(diagnostic.labels[0].where, Place)
    for block in blocks_of_data + blocks if is_data_first else blocks + blocks_of_data:
        lines += block
    lines += [_remark("note", note, margin) for note in diagnostic.notes]
    lines += [_remark("to do", _fix(fix), margin) for fix in diagnostic.fixes]
    return lines


def _place(where: Place, text: str, margin: int) -> Text:
    said = f": {visible(text)}" if text else ""
    return Text.assemble((f"{' ' * margin}--> ", _FRAME), visible(where.described), said)


def _excerpt(spans: Sequence[tuple[Span, str, bool]], margin: int, columns: int, style: str) -> list[Text]:
    start = spans[0][0].position
    gutter = f"{' ' * margin} | "
    name = visible(spans[0][0].source.name)
    lines = [
        Text.assemble((f"{' ' * margin}--> ", _FRAME), f"{name}:{start.line}:{start.column}"),
        Text(gutter.rstrip(), _FRAME),
    ]
    line_before: int | None = None
    for line in excerpt(spans, max(EXCERPT_CELLS_MIN, columns - len(gutter))):
        if line_before is not None and line.number > line_before + 1:
            lines.append(Text("...", _FRAME))
        lines.append(Text.assemble((f"{line.number:>{margin}} | ", _FRAME), line.shown.rstrip()))
        lines += [_underline(each, gutter, style) for each in line.underlines]
        line_before = line.number
    return lines


def _underline(underline: Underline, gutter: str, style: str) -> Text:
    mark = "^" if underline.is_primary else "-"
    said = f" {visible(underline.text)}" if underline.text else ""
    return Text.assemble(
        (gutter, _FRAME),
        " " * underline.start,
        (mark * underline.length + said, style if underline.is_primary else _FRAME),
    )


def _remark(word: str, text: str, margin: int) -> Text:
    indent = "\n" + " " * (margin + 3 + len(word) + 2)
    return Text.assemble((f"{' ' * margin} = ", _FRAME), (f"{word}: ", "bold"), visible(text).replace("\n", indent))


def _fix(fix: Fix) -> str:
    confidence = _CONFIDENCE[fix.confidence]
    return f"{fix.text} ({confidence})" if confidence and fix.edits else fix.text
