"""Diagnostics as GitHub workflow commands: one line each, shown by GitHub beside the line of the file."""

from __future__ import annotations

from collections.abc import Sequence

from competency.diagnostics.diagnostic import Diagnostic, Label, Severity
from competency.source import Place

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """The annotations, one a line, each ended by a line end; an empty text for no diagnostics."""
    return "".join(_annotation(diagnostic) + "\n" for diagnostic in diagnostics)


def _annotation(diagnostic: Diagnostic) -> str:
    primary = diagnostic.labels[0] if diagnostic.labels else None
    properties = _place(primary) | {"title": f"{diagnostic.kind.code} {diagnostic.kind.name}"}
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[diagnostic.kind.severity]} {written}::{_message(_words(diagnostic))}"


def _place(label: Label | None) -> dict[str, str | int]:
    if label is None:
        return {}
    where = label.where
    if isinstance(where, Place):
        return {"file": where.name} | ({} if where.line is None else {"line": where.line})
    start, end = where.position, where.end_position
    place: dict[str, str | int] = {"file": where.source.name, "line": start.line, "endLine": end.line}
    # GitHub takes columns only for a place within one line.
    return place | ({"col": start.column, "endColumn": end.column} if start.line == end.line else {})


def _words(diagnostic: Diagnostic) -> str:
    lines = [diagnostic.message]
    for label in diagnostic.labels:
        if isinstance(label.where, Place):
            lines.append(f"{label.where.described}: {label.text}" if label.text else label.where.described)
        elif label.text:
            lines.append(f"line {label.where.position.line}: {label.text}")
    lines += [f"Note: {note}" for note in diagnostic.notes]
    lines += [f"To do: {fix.text}" for fix in diagnostic.fixes]
    return "\n".join(lines)


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
