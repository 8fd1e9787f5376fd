"""A formula is tried by the language itself, and what is said of it points into what the user typed."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competency.diagnostics import kinds
from competency.rules.program import formulas
from competency.rules.program.formulas import FORMULAS
from competency.services.try_formula import TriedFormula, try_formula
from competency.source import Span


@pytest.mark.parametrize(
    ("formula", "scores", "exact", "rounded"),
    [
        ("decaying average at 65% of the scores", "2, 3, 4", "3.5275", "3.53"),
        ("decaying average at 65% of scores", "2, 3, , 4", "3.5275", "3.53"),
        ("average of the latest 3 scores", "3, 1, 5, 4", "10/3", "3.33"),
        ("average of the latest up to 3 scores", "3, 1", "2", "2"),
        ("average of the best 3 scores", "4, 3, 3, 4", "11/3", "3.67"),
        ("mode with ties newest of scores", "4, 3, 4, 3, 2", "3", "3"),
        ("n mastery 3 at 3 of scores", "4, 5, 1, 3, , 3", "3.75", "3.75"),
        ("weighted recent average at 65% of the scores", "1,2,3,4,5", "4.125", "4.13"),
        ("weighted recent average at 65% of the scores rounded half even to 0.01", "1,2,3,4,5", "4.12", "4.12"),
        ("power law of scores", "3, 3, 1, 3", "1.899534", "1.9"),
        ("the larger of average of scores and 2", "1", "2", "2"),
        ("highest of scores - lowest of scores", "1/3, 0.5", "1/6", "0.17"),
        ("number of scores", "3, 0,,", "2", "2"),
        ("average of the scores is at least 3", "3, 2", "no", "no"),
        ("latest score # as of now", "-1, 3.25", "3.25", "3.25"),
    ],
)
def test_a_formula_of_the_language_is_computed(formula: str, scores: str, exact: str, rounded: str) -> None:
    tried = try_formula(formula, scores)
    assert tried.diagnostics == ()
    assert (tried.formula, tried.exact, tried.rounded) == (formula, exact, rounded)


@pytest.mark.parametrize(
    ("formula", "completed"),
    [
        ("average", "average of the scores"),
        ("decaying average at 65%", "decaying average at 65% of the scores"),
        (
            "decaying average at 65% rounded half up to 0.01",
            "decaying average at 65% of the scores rounded half up to 0.01",
        ),
        ("mode with ties none", "mode with ties none of the scores"),
        ("median  ", "median of the scores  "),
        ("average scores", "average scores"),
        ("the latest score", "the latest score"),
    ],
)
def test_a_formula_that_does_not_say_of_what_is_taken_of_the_scores(formula: str, completed: str) -> None:
    tried = try_formula(formula, "2, 2")
    assert tried.diagnostics == ()
    assert (tried.formula, tried.value) == (completed, Fraction(2))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12), st.integers(1, 99))
def test_a_tried_formula_is_the_formula_itself(tenths: list[int], percent: int) -> None:
    numbers = [Fraction(number, 10) for number in tenths]
    tried = try_formula(f"decaying average at {percent}%", ", ".join(str(number) for number in numbers))
    assert tried.value == formulas.decaying_average(numbers, Fraction(percent, 100))
    assert tried.used == tuple(numbers)


def test_scores_without_dates_are_oldest_first_and_a_window_says_which_it_took() -> None:
    tried = try_formula("average of the latest 2 scores", "5, 1, , 3")
    assert [(score.value, score.on, score.is_used) for score in tried.scores] == [
        (Fraction(5), None, False),
        (Fraction(1), None, True),
        (Fraction(3), None, True),
    ]
    assert tried.used == (Fraction(1), Fraction(3))


def test_dates_put_scores_in_order_and_those_of_one_day_stay_as_typed() -> None:
    tried = try_formula("latest score", "4 @ 2026-09-02, 3@2026-09-01, 2@2026-09-02")
    assert [score.value for score in tried.scores] == [3, 4, 2]
    assert tried.scores[0].on == date(2026, 9, 1)
    assert tried.value == 2


def test_days_are_counted_back_from_the_last_score() -> None:
    tried = try_formula("average of scores within 30 days", "1@2026-01-01, 3@2026-09-01, 4@2026-09-02")
    assert (tried.exact, tried.used) == ("3.5", (Fraction(3), Fraction(4)))


def test_the_meaning_of_each_formula_is_told_once() -> None:
    tried = try_formula("average of scores + decaying average at 65% of scores + average of scores", "1")
    assert tried.meaning == (
        f"Average: {FORMULAS['average'].meaning}. Decaying average: {FORMULAS['decaying average'].meaning}."
    )


@pytest.mark.parametrize(
    ("formula", "scores", "needs"),
    [
        ("average", "", "The average needs one score."),
        ("average", ", ,", "The average needs one score."),
        ("n mastery 3 at 3", "3, 1, 2", "The n mastery needs n scores at or above the cut."),
        ("power law", "0, 3", "The power law needs one score, and every score above 0."),
        (
            "average of the latest 3 scores",
            "3, 4",
            "A window needs as many scores as it names; `up to` takes those there are.",
        ),
    ],
)
def test_what_is_not_yet_known_says_what_it_needs(formula: str, scores: str, needs: str) -> None:
    tried = try_formula(formula, scores)
    assert tried.is_computed
    assert (tried.value, tried.exact, tried.rounded) == (None, "not yet known", "not yet known")
    assert tried.needs == needs


def test_a_value_that_is_known_needs_nothing() -> None:
    assert try_formula("average", "3").needs == ""


# --- what is wrong ----------------------------------------------------------------------------------------------------


def pointed_at(tried: TriedFormula) -> list[str]:
    """The texts under the primary labels."""
    places = [diagnostic.labels[0].where for diagnostic in tried.diagnostics]
    return [place.text if isinstance(place, Span) else place.described for place in places]


@pytest.mark.parametrize(
    ("formula", "code", "place"),
    [
        ("average of the scors", "CBE204", "scors"),
        ("averge", "CBE204", "averge"),
        ("decaying avrage at 65% of scores", "CBE101", "avrage"),
        ("decaying avrage at 65%", "CBE101", "avrage"),
        ("decaying average at 650%", "CBE303", "decaying average at 650%"),
        ("decaying average at 650% rounded half up to 0.1", "CBE303", "decaying average at 650%"),
        ("n mastery 11 at 3 of scores", "CBE303", "n mastery 11 at 3 of scores"),
        ("average rounded half up to 0", "CBE303", "0"),
        ("average)", "CBE101", ")"),
        ("average of", "CBE102", ""),
        ("(average", "CBE102", ""),
        ("", "CBE102", ""),
        ("  # nothing", "CBE102", ""),
        ("average of scores by project", "CBE202", "project"),
        ("scores", "CBE301", "scores"),
        ("average of scores is at least 3 dollars", "CBE301", "average of scores"),
        ("average\u202e of scores", "CBE004", "\u202e"),
        ("average of scores require a: 3 is at least 3", "CBE101", "require a: 3 is at least 3"),
        (
            "average of scores end flag x require a: 3 is at least 3",
            "CBE101",
            "flag x require a: 3 is at least 3",
        ),
        ("average of scores\nmastery x for each", "CBE101", "mastery x for each"),
    ],
)
def test_what_is_wrong_points_into_the_formula_as_typed(formula: str, code: str, place: str) -> None:
    tried = try_formula(formula, "3")
    assert [diagnostic.kind.code for diagnostic in tried.diagnostics] == [code]
    assert (tried.value, tried.is_computed) == (None, False)
    (told,) = tried.diagnostics
    for label in told.labels:
        assert isinstance(label.where, Span)
        assert label.where.source.text == formula
    assert pointed_at(tried)[0].startswith(place) if place else pointed_at(tried) == [""]
    words = f"{told.message} {' '.join(label.text for label in told.labels)} {' '.join(fix.text for fix in told.fixes)}"
    assert not any(hidden in words for hidden in ("`end`", "TRIAL", "measure tried", "block"))


def test_a_fix_changes_the_formula_as_typed() -> None:
    (told,) = try_formula("decaying avrage at 65%", "3").diagnostics
    (edit,) = told.fixes[0].edits
    assert (edit.span.start, edit.span.text, edit.text) == (9, "avrage", "average")


@given(
    st.text(st.sampled_from('averge ofscthd123%@,.()#"+-\n') | st.characters(exclude_categories=["Cs"]), max_size=40)
)
def test_any_text_is_a_formula_or_a_message_about_it(formula: str) -> None:
    tried = try_formula(formula, "1, 2, 3")
    for diagnostic in tried.diagnostics:
        for label in diagnostic.labels:
            assert isinstance(label.where, Span)
            assert label.where.source.text == formula
            assert 0 <= label.where.start <= label.where.end <= len(formula)


@pytest.mark.parametrize(
    ("scores", "place", "said"),
    [
        ("3; 4", "3; 4", "is not a number"),
        ("3, four", "four", "is not a number"),
        ("3, 4@tomorrow", "4@tomorrow", "is not a date"),
        ("3@2026-02-30", "3@2026-02-30", "February 2026 has 28 days"),
        ("3@2026-02-20, 4", "4", "some have none"),
        ("1/0", "1/0", "divides by zero"),
        ("@2026-02-20", "@2026-02-20", "is not a number"),
        ("1," * 1001, "1,", "more than 1,000 scores"),
        ("9" * 5000, "9" * 5000, "is not a number"),
    ],
)
def test_scores_that_cannot_be_read_are_shown_where_they_stand(scores: str, place: str, said: str) -> None:
    tried = try_formula("average", scores)
    (told,) = tried.diagnostics
    assert told.kind is kinds.FORMULA_INPUT
    assert said in told.message
    assert pointed_at(tried) == [place]
    assert tried.scores == ()


def test_every_wrong_score_is_shown_and_the_formula_too() -> None:
    tried = try_formula("averge", "3, x, 4, y")
    assert [diagnostic.kind.code for diagnostic in tried.diagnostics] == ["CBE204", "CBE804", "CBE804"]
    assert pointed_at(tried) == ["averge", "x", "y"]


def test_a_thousand_scores_with_a_long_exact_value_are_no_fault() -> None:
    tried = try_formula("decaying average at 65%", "1,2,3,4," * 250)
    assert len(tried.used) == 1000
    assert tried.rounded == "3.52"
