"""The JSON form holds everything that the record holds, typed."""

import json
from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from competency.diagnostics import Confidence, Diagnostic, Edit, Fix, Label, kinds
from competency.diagnostics.as_json import plain, render_json
from competency.source import Place, Span

SpanOf = Callable[..., Span]


def test_every_part_of_a_diagnostic_is_in_the_record(span_of: SpanOf) -> None:
    unknown = Diagnostic(
        kinds.UNKNOWN_NAME,
        "There is no framework MATHS.",
        labels=(Label(span_of("MATHS"), "not declared"), Label(Place("catalog/levels.csv", 3, "level"))),
        notes=("The book declares MATH.",),
        fixes=(Fix("Write MATH.", (Edit(span_of("MATHS"), "MATH"),), Confidence.SAFE),),
        data={"name": "MATHS", "nearest": ("MATH",)},
    )
    place = {"file": "book/mastery.rules", "line": 2, "column": 17, "end_line": 2, "end_column": 22}
    place |= {"start_offset": 33, "end_offset": 38}
    assert json.loads(render_json([unknown])) == {
        "diagnostics": [
            {
                "code": "CBE202",
                "name": "unknown-name",
                "severity": "error",
                "message": "There is no framework MATHS.",
                "labels": [
                    {**place, "text": "not declared"},
                    {"file": "catalog/levels.csv", "line": 3, "field": "level", "text": ""},
                ],
                "notes": ["The book declares MATH."],
                "fixes": [
                    {"text": "Write MATH.", "confidence": "safe", "edits": [{**place, "replacement": "MATH"}]},
                ],
                "data": {"name": "MATHS", "nearest": ["MATH"]},
            }
        ]
    }


def test_the_text_is_ascii_so_that_nothing_in_it_can_reverse_words() -> None:
    assert render_json([Diagnostic(kinds.FORBIDDEN_CHARACTER, "Here: \u202e and 能")]).isascii()


@pytest.mark.parametrize(
    ("value", "in_json"),
    [
        (Fraction(7, 3), "7/3"),
        (Fraction(4, 2), 2),
        (date(2026, 11, 2), "2026-11-02"),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({1: (True, None)}, {"1": [True, None]}),
        (Confidence.SAFE, "safe"),
        (
            kinds.FILE_MISSING,
            plain({"code": "CBE001", "name": "missing-file", "severity": "error"})
            | {"summary": kinds.FILE_MISSING.summary},
        ),
    ],
)
def test_facts_keep_their_exact_value(value: object, in_json: object) -> None:
    assert plain(value) == in_json


def test_a_float_is_refused_because_it_is_not_exact() -> None:
    with pytest.raises(TypeError, match="float"):
        plain({"score": 0.1})
