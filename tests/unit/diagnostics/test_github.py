"""Workflow commands: what GitHub reads as syntax must never come from a user's words."""

from collections.abc import Callable

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.diagnostics.github import render_github
from competency.source import Place, SourceText, Span

SpanOf = Callable[..., Span]


def test_an_annotation_names_file_lines_columns_and_title(span_of: SpanOf) -> None:
    unknown = Diagnostic(kinds.UNKNOWN_NAME, "There is no MATHS.", (Label(span_of("MATHS"), "not declared"),))
    assert render_github([unknown]) == (
        "::error file=book/mastery.rules,line=2,endLine=2,col=17,endColumn=22,title=CBE202 unknown-name"
        "::There is no MATHS.%0Aline 2: not declared\n"
    )


def test_severities_become_error_warning_and_notice() -> None:
    rendered = render_github([Diagnostic(kind, "?") for kind in (kinds.EMPTY_RULE, kinds.SEAT_TIME, kinds.OVERRIDES)])
    assert [line.split()[0] for line in rendered.splitlines()] == ["::error", "::warning", "::notice"]


def test_a_place_of_several_lines_has_no_columns(span_of: SpanOf) -> None:
    rendered = render_github([Diagnostic(kinds.EMPTY_RULE, "?", (Label(span_of("standard\n\tfor")),))])
    assert rendered == "::error file=book/mastery.rules,line=1,endLine=2,title=CBE405 empty-rule::?\n"


def test_signs_with_a_meaning_to_github_are_escaped_in_names_and_words() -> None:
    text = SourceText("a,b:c%.rules", "x")
    rendered = render_github([Diagnostic(kinds.EMPTY_RULE, "90%\r\n::error::no", (Label(Span(text, 0, 1)),))])
    assert "file=a%2Cb%3Ac%25.rules," in rendered
    assert rendered.endswith("::90%25%0D%0A::error::no\n")
    assert rendered.count("\n") == 1


def test_a_row_of_a_table_keeps_its_field_in_the_words() -> None:
    row = Diagnostic(
        kinds.FACTS_ROW, "Off the scale.", (Label(Place("e.csv", 3, "score"), "7"),), ("A note.",), (Fix("Ask."),)
    )
    assert render_github([row]) == (
        "::error file=e.csv,line=3,title=CBE702 facts-row"
        "::Off the scale.%0Ae.csv, line 3, field score: 7%0ANote: A note.%0ATo do: Ask.\n"
    )
