"""Diagnostics as JSON for programs: every place, note, fix and fact, nothing that must be parsed out of prose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

from competency.diagnostics.diagnostic import Diagnostic, Edit, Fix, Label
from competency.source import Place, Span


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """An object with one member, `diagnostics`: a list of the records that `diagnostic_record` makes. All ASCII, so that
    neither an encoding nor a character that reverses words can come between."""
    return json.dumps({"diagnostics": [diagnostic_record(each) for each in diagnostics]}, indent=2)


def diagnostic_record(diagnostic: Diagnostic) -> dict[str, Any]:
    """One diagnostic as plain JSON values. Lines and columns count from one, columns in code points; the end is the
    first place after; offsets count code points from zero."""
    return {
        "code": diagnostic.kind.code,
        "name": diagnostic.kind.name,
        "severity": diagnostic.kind.severity.value,
        "message": diagnostic.message,
        "labels": [_label(label) for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
        "data": plain(diagnostic.data),
    }


def plain(value: object) -> Any:
    """A typed fact as a JSON value; exact numbers that are not whole become texts such as `7/3`.

    Raises TypeError for a value that has no such form: a float, say, which would not be exact.
    """
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | str():
            return value
        case Fraction():
            return value.numerator if value.denominator == 1 else str(value)
        case date():
            return value.isoformat()
        case Span() | Place():
            return _where(value)
        case Mapping():
            return {str(plain(key)): plain(each) for key, each in value.items()}
        case Set():
            return sorted((plain(each) for each in value), key=str)
        case Sequence():
            return [plain(each) for each in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(f"a {type(value).__name__} in the data of a diagnostic has no form in JSON")


def _label(label: Label) -> dict[str, Any]:
    return {**_where(label.where), "text": label.text}


def _where(where: Span | Place) -> dict[str, Any]:
    if isinstance(where, Place):
        return {"file": where.name, "line": where.line, "field": where.field}
    start, end = where.position, where.end_position
    return {
        "file": where.source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "start_offset": where.start,
        "end_offset": where.end,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {"text": fix.text, "confidence": fix.confidence.value, "edits": [_edit(edit) for edit in fix.edits]}


def _edit(edit: Edit) -> dict[str, Any]:
    return {**_where(edit.span), "replacement": edit.text}
