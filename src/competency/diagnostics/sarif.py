"""Diagnostics as a SARIF 2.1.0 log (OASIS Standard), for code scanning and editors.

Columns are UTF-16 code units counted from one, as `columnKind` says. Only edits become SARIF fixes: a viewer applies them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from competency.diagnostics.as_json import plain
from competency.diagnostics.diagnostic import Confidence, Diagnostic, DiagnosticKind, Fix, Label
from competency.diagnostics.pages import PageMissingError, page
from competency.source import Place, Span

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(diagnostics: Sequence[Diagnostic], *, tool_version: str) -> str:
    """One run of the tool `competency` in the version given; its rules are the kinds that occur, in order of code."""
    kinds = sorted({each.kind.code: each.kind for each in diagnostics}.values(), key=lambda kind: kind.code)
    index = {kind.code: number for number, kind in enumerate(kinds)}
    driver = {"name": "competency", "version": tool_version, "rules": [_rule(kind) for kind in kinds]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "results": [_result(each, index[each.kind.code]) for each in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(kind: DiagnosticKind) -> dict[str, Any]:
    try:
        help_text = page(kind.code)
    except PageMissingError:
        # A plugin's kind has no page in this package, and a missing page must not cost the user the report.
        help_text = kind.summary
    return {
        "id": kind.code,
        "name": kind.name,
        "shortDescription": {"text": kind.summary},
        "help": {"text": help_text, "markdown": help_text},
        "defaultConfiguration": {"level": kind.severity.value},
    }


def _result(diagnostic: Diagnostic, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.kind.code,
        "ruleIndex": rule_index,
        "level": diagnostic.kind.severity.value,
        "message": {"text": _words(diagnostic)},
        "locations": [_location(label) for label in diagnostic.labels[:1]],
        "relatedLocations": [{"id": number, **_location(each)} for number, each in enumerate(diagnostic.labels[1:])],
        "fixes": [_fix(fix) for fix in diagnostic.fixes if _is_for_a_viewer(fix)],
        "properties": plain(diagnostic.data),
    }
    return {name: value for name, value in result.items() if value not in ([], {})}


def _words(diagnostic: Diagnostic) -> str:
    return "\n".join([diagnostic.message, *diagnostic.notes, *(fix.text for fix in diagnostic.fixes)])


def _location(label: Label) -> dict[str, Any]:
    where = label.where
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(_name(where))}}}
    if isinstance(where, Span):
        location["physicalLocation"]["region"] = _region(where)
    else:
        if where.line is not None:
            location["physicalLocation"]["region"] = {"startLine": where.line}
        if where.field:
            location["logicalLocations"] = [{"fullyQualifiedName": where.field}]
    if label.text:
        location["message"] = {"text": label.text}
    return location


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.position.line,
        "startColumn": span.source.utf16_column(span.start) + 1,
        "endLine": span.end_position.line,
        "endColumn": span.source.utf16_column(span.end) + 1,
    }


def _is_for_a_viewer(fix: Fix) -> bool:
    return bool(fix.edits) and fix.confidence is not Confidence.SHOW_ONLY


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        changes.setdefault(_uri(edit.span.source.name), []).append(replacement)
    return {
        "description": {"text": fix.text},
        "artifactChanges": [
            {"artifactLocation": {"uri": uri}, "replacements": replacements} for uri, replacements in changes.items()
        ],
        "properties": {"confidence": fix.confidence.value},
    }


def _name(where: Span | Place) -> str:
    return where.name if isinstance(where, Place) else where.source.name


def _uri(name: str) -> str:
    path = PurePath(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
