"""The log validates against SARIF 2.1.0 and says where things are in the units that it declares.

No package ships the standard's own schema, so the one beside this file was written for these tests: the part of the
standard that the renderer uses, and stricter: a property it does not name is an error.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from competency.diagnostics import Confidence, Diagnostic, DiagnosticKind, Edit, Fix, Label, Severity, kinds
from competency.diagnostics.pages import page
from competency.diagnostics.sarif import render_sarif
from competency.source import Place, SourceText, Span

SpanOf = Callable[..., Span]
SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))


def log(*diagnostics: Diagnostic) -> Any:
    """The log as JSON, after it has been validated."""
    written = json.loads(render_sarif(diagnostics, tool_version="0.1.0"))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(written, SCHEMA, cls=jsonschema.Draft202012Validator)
    return written


def run(*diagnostics: Diagnostic) -> Any:
    return log(*diagnostics)["runs"][0]


def location(written: Any) -> Any:
    return written["results"][0]["locations"][0]


def test_a_log_with_everything_in_it_is_valid(span_of: SpanOf) -> None:
    other = SourceText("book/other.rules", "scale A\nend\n")
    unknown = Diagnostic(
        kinds.UNKNOWN_NAME,
        "There is no framework MATHS.",
        labels=(Label(span_of("MATHS"), "not declared"), Label(Place("a.csv", 3, "score")), Label(Place("b.json"))),
        notes=("The book declares MATH.",),
        fixes=(
            Fix("Write MATH.", (Edit(span_of("MATHS"), "MATH"), Edit(Span(other, 6, 7), "B")), Confidence.SAFE),
            Fix("Or declare it."),
        ),
        data={"name": "MATHS"},
    )
    result = run(unknown)["results"][0]
    assert result["message"]["text"].splitlines() == [
        "There is no framework MATHS.",
        "The book declares MATH.",
        "Write MATH.",
        "Or declare it.",
    ]
    assert [change["artifactLocation"]["uri"] for change in result["fixes"][0]["artifactChanges"]] == [
        "book/mastery.rules",
        "book/other.rules",
    ]
    assert result["properties"] == {"name": "MATHS"}


def test_an_empty_log_is_valid_and_says_that_nothing_was_found() -> None:
    assert run()["results"] == []


def test_a_log_with_a_misspelt_property_is_not_valid() -> None:
    broken = json.loads(render_sarif([Diagnostic(kinds.EMPTY_RULE, "?")], tool_version="0.1.0"))
    broken["runs"][0]["results"][0]["ruleid"] = "CBE405"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_columns_are_utf16_units_from_one(span_of: SpanOf) -> None:
    written = run(Diagnostic(kinds.UNKNOWN_NAME, "?", (Label(span_of("😀 is")),)))
    assert written["columnKind"] == "utf16CodeUnits"
    assert location(written)["physicalLocation"]["region"] == {
        "startLine": 3,
        "startColumn": 19,
        "endLine": 3,
        "endColumn": 24,
    }


def test_rules_are_the_kinds_that_occur_once_each_with_their_page() -> None:
    met = [kinds.BOOK_SETTINGS, kinds.FILE_MISSING, kinds.BOOK_SETTINGS]
    written = run(*(Diagnostic(kind, "?") for kind in met))
    rules = written["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["CBE001", "CBE005"]
    assert rules[0]["help"]["markdown"] == page("CBE001")
    assert [rules[result["ruleIndex"]]["id"] for result in written["results"]] == [kind.code for kind in met]


def test_a_kind_without_a_page_of_its_own_is_helped_by_its_summary() -> None:
    of_a_plugin = DiagnosticKind("SIS001", "closed-school", Severity.WARNING, "A school is closed.")
    assert run(Diagnostic(of_a_plugin, "?"))["tool"]["driver"]["rules"][0]["help"]["text"] == "A school is closed."


@pytest.mark.parametrize(
    ("kind", "level"), [(kinds.EMPTY_RULE, "error"), (kinds.SEAT_TIME, "warning"), (kinds.OVERRIDES, "note")]
)
def test_severities_are_levels(kind: DiagnosticKind, level: str) -> None:
    assert run(Diagnostic(kind, "?"))["results"][0]["level"] == level


def test_a_fix_that_is_only_shown_is_not_offered_to_the_viewer(span_of: SpanOf) -> None:
    edits = (Edit(span_of("MATHS"), "MATH"),)
    for_show, for_use = Fix("Show.", edits), Fix("Use.", edits, Confidence.CHANGES_MEANING)
    result = run(Diagnostic(kinds.UNKNOWN_NAME, "?", fixes=(for_show, for_use)))["results"][0]
    assert [fix["description"]["text"] for fix in result["fixes"]] == ["Use."]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a b/50%.rules", "a%20b/50%25.rules"),
        ("c:d.rules", "c%3Ad.rules"),
        ("/books/é.rules", "file:///books/%C3%A9.rules"),
    ],
)
def test_names_of_files_become_uris(name: str, uri: str) -> None:
    written = run(Diagnostic(kinds.FILE_MISSING, "?", (Label(Place(name)),)))
    assert location(written)["physicalLocation"]["artifactLocation"]["uri"] == uri
