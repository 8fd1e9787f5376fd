"""What people see: the assertions hold the whole text, so that a mark under the wrong word fails."""

from collections.abc import Callable
from textwrap import dedent

import pytest
from rich.cells import cell_len

from competency.diagnostics import Confidence, Diagnostic, Edit, Fix, Label, kinds
from competency.diagnostics.terminal import render_terminal, summary
from competency.source import Place, SourceText, Span

SpanOf = Callable[..., Span]


def shown(*diagnostics: Diagnostic, columns: int = 100) -> str:
    return render_terminal(diagnostics, columns=columns)


def expected(text: str) -> str:
    return dedent(text).lstrip("\n")


def marked_cells(rendered: str, mark: str) -> tuple[int, int]:
    """Where the first run of marks begins, in cells, and how long it is."""
    line = next(line for line in rendered.splitlines() if mark in line and line.lstrip().startswith("|"))
    return line.index(mark), line.count(mark)


def test_a_message_shows_place_line_underline_notes_and_what_to_do(span_of: SpanOf) -> None:
    unknown = Diagnostic(
        kinds.UNKNOWN_NAME,
        "There is no framework MATHS.",
        labels=(Label(span_of("MATHS"), "not declared"), Label(span_of("standard"), "in this rule")),
        notes=("The book declares MATH and MET.",),
        fixes=(
            Fix("Write MATH.", (Edit(span_of("MATHS"), "MATH"),), Confidence.CHANGES_MEANING),
            Fix("Or declare the framework MATHS."),
        ),
    )
    assert shown(unknown) == expected("""
        error[CBE202]: There is no framework MATHS.
         --> book/mastery.rules:2:17
          |
        1 | mastery standard
          |         -------- in this rule
        2 |     for each 能力 in MATHS
          |                      ^^^^^ not declared
          = note: The book declares MATH and MET.
          = to do: Write MATH. (changes what the rule means)
          = to do: Or declare the framework MATHS.

        1 error
        """)


@pytest.mark.parametrize("words", ["for", "能力", "MATHS", "\tfor each 能"])
def test_underlines_stand_under_their_words_behind_tabs_and_wide_characters(words: str, span_of: SpanOf) -> None:
    rendered = shown(Diagnostic(kinds.UNKNOWN_NAME, "?", (Label(span_of(words)),)))
    line = next(line for line in rendered.splitlines() if "for each" in line)
    drawn = words.replace("\t", "    ")
    assert marked_cells(rendered, "^") == (cell_len(line[: line.index(drawn)]), cell_len(drawn))


def test_a_wide_emoji_moves_the_underline_by_two_cells(span_of: SpanOf) -> None:
    rendered = shown(Diagnostic(kinds.UNKNOWN_NAME, "?", (Label(span_of("Proficent")),)))
    assert marked_cells(rendered, "^") == (len("3 |   require recent: ") + 2 + len(" is at least "), 9)


def test_a_place_at_the_end_of_the_text_gets_one_mark(book: SourceText) -> None:
    end = Span(book, len(book.text), len(book.text))
    rendered = shown(Diagnostic(kinds.UNFINISHED_TEXT, "The rule is not finished.", (Label(end, "here"),)))
    assert marked_cells(rendered, "^") == (4, 1)


def test_a_span_of_several_lines_is_marked_on_the_first_and_says_where_it_ends(span_of: SpanOf) -> None:
    rendered = shown(Diagnostic(kinds.EMPTY_RULE, "?", (Label(span_of("standard\n\tfor each"), "this"),)))
    assert "  |         ^^^^^^^^ this (to line 2)\n" in rendered


def test_lines_that_are_left_out_between_two_labels_are_announced(span_of: SpanOf) -> None:
    rendered = shown(Diagnostic(kinds.EMPTY_RULE, "?", (Label(span_of("mastery")), Label(span_of("require")))))
    assert "\n...\n3 |" in rendered


def test_a_label_in_a_second_text_gets_its_own_heading(span_of: SpanOf) -> None:
    other = SourceText("book/scales.rules", "scale Proficiency\nend\n")
    first, second = Label(span_of("MATHS"), "here"), Label(span_of("Proficiency", other), "declared there")
    rendered = shown(Diagnostic(kinds.DUPLICATE_NAME, "?", (first, second)))
    assert rendered.index("--> book/mastery.rules:2:17") < rendered.index("--> book/scales.rules:1:7")


def test_a_place_in_a_table_is_told_in_words_and_comes_first_when_it_is_the_primary_one(span_of: SpanOf) -> None:
    place = Place("facts/evidence.csv", 3, "score")
    labels = (Label(place, "7 is not a level"), Label(span_of("standard"), "the scale is used here"))
    lines = shown(Diagnostic(kinds.FACTS_ROW, "A score is off the scale.", labels)).splitlines()
    assert lines[1] == " --> facts/evidence.csv, line 3, field score: 7 is not a level"


def test_characters_that_a_terminal_would_act_on_are_written_out(span_of: SpanOf) -> None:
    text = SourceText("odd.rules", "scale \u202eA\x1b[31m\x00 end")
    rendered = shown(Diagnostic(kinds.FORBIDDEN_CHARACTER, "Bad \x1b[2J.", (Label(span_of("end", text)),)))
    assert "scale <U+202E>A<U+001B>[31m<U+0000> end" in rendered
    assert not any(character in rendered for character in "\x1b\u202e\x00")
    assert marked_cells(rendered, "^") == (4 + len("scale <U+202E>A<U+001B>[31m<U+0000> "), 3)


@pytest.mark.parametrize("position", [0, 30, 500, 19_990, 19_999, 20_000])
def test_a_very_long_line_is_cut_to_the_part_around_the_mark(position: int) -> None:
    text = SourceText("long.rules", "(" * position + "x" + ")" * (20_000 - position))
    rendered = shown(
        Diagnostic(kinds.NESTING_LIMIT, "Too deep.", (Label(Span(text, position, position + 1)),)), columns=60
    )
    lines = rendered.splitlines()
    assert all(cell_len(line) <= 60 for line in lines)
    column, length = marked_cells(rendered, "^")
    assert (lines[3][column], length) == ("x", 1)


def test_plain_text_holds_no_escapes_and_coloured_text_says_the_same(span_of: SpanOf) -> None:
    unknown = Diagnostic(
        kinds.UNKNOWN_NAME, "There is no [bold]MATHS[/bold] :smile:.", (Label(span_of("MATHS"), "no"),)
    )
    plain = render_terminal([unknown])
    coloured = render_terminal([unknown], in_colour=True)
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert "There is no [bold]MATHS[/bold] :smile:." in plain
    assert _without_escapes(coloured) == plain


def _without_escapes(text: str) -> str:
    pieces = text.split("\x1b[")
    return pieces[0] + "".join(piece.split("m", 1)[1] for piece in pieces[1:])


def test_the_count_names_each_severity_in_order() -> None:
    kinds_met = [kinds.UNUSED_DECLARATION, kinds.UNKNOWN_NAME, kinds.UNKNOWN_NAME, kinds.OVERRIDES]
    assert summary([Diagnostic(kind, "?") for kind in kinds_met]) == "2 errors, 1 warning, 1 note"


def test_no_diagnostics_are_an_empty_text() -> None:
    assert render_terminal([]) == ""
