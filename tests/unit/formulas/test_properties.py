"""What holds of every formula on any scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import groupby
from math import exp, log

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from competency.rules.program import formulas
from competency.rules.program.formulas import FORMULAS, Ties, apply, check_settings

tenths = st.integers(-50, 1000).map(lambda number: Fraction(number, 10))
scores = st.lists(tenths, min_size=1, max_size=12)
positive = st.lists(st.integers(1, 100).map(lambda number: Fraction(number, 10)), min_size=1, max_size=12)
shares = st.integers(1, 99).map(lambda number: Fraction(number, 100))
some_chance = st.integers(0, 100).map(lambda number: Fraction(number, 100))
answers = st.lists(st.sampled_from([True, False, None]), max_size=15)
TIES: tuple[Ties, ...] = ("newest", "highest", "lowest", "none")
BETWEEN: tuple[Callable[[Sequence[Fraction]], Fraction | None], ...] = (
    formulas.average,
    formulas.median,
    lambda given: formulas.weighted_recent_average(given, Fraction(65, 100)),
    lambda given: formulas.decaying_average(given, Fraction(65, 100)),
)
WITHOUT_ORDER: tuple[Callable[[Sequence[Fraction]], Fraction | None], ...] = (
    formulas.average,
    formulas.median,
    formulas.highest,
    formulas.lowest,
    formulas.total,
    lambda given: formulas.n_mastery(given, 2, Fraction(3)),
    lambda given: formulas.mode(given, "highest"),
    lambda given: formulas.mode(given, "lowest"),
    lambda given: formulas.mode(given, "none"),
)


@given(scores)
def test_means_lie_between_the_lowest_and_the_highest_score(given: list[Fraction]) -> None:
    for formula in BETWEEN:
        value = formula(given)
        assert value is not None
        assert min(given) <= value <= max(given)


@given(scores.flatmap(lambda given: st.tuples(st.just(given), st.permutations(given))))
def test_formulas_that_know_no_order_give_the_same_in_any_order(pair: tuple[list[Fraction], list[Fraction]]) -> None:
    given, shuffled = pair
    for formula in WITHOUT_ORDER:
        assert formula(given) == formula(shuffled)


@given(scores, shares)
def test_a_decaying_average_is_the_sum_of_weights_that_shrink_with_age(given: list[Fraction], share: Fraction) -> None:
    oldest, *later = given
    weighed = [score * share * (1 - share) ** age for age, score in enumerate(reversed(later))]
    assert formulas.decaying_average(given, share) == sum(weighed, oldest * (1 - share) ** len(later))


@given(st.lists(tenths, min_size=1, max_size=2), shares)
def test_up_to_two_scores_the_decaying_and_the_weighted_recent_average_agree(
    given: list[Fraction], share: Fraction
) -> None:
    assert formulas.decaying_average(given, share) == formulas.weighted_recent_average(given, share)


def test_with_three_scores_they_differ() -> None:
    given, share = [Fraction(2), Fraction(3), Fraction(4)], Fraction(65, 100)
    assert formulas.decaying_average(given, share) == Fraction("3.5275")
    assert formulas.weighted_recent_average(given, share) == Fraction("3.475")


@given(scores, st.integers(1, 10), tenths)
def test_n_mastery_is_unknown_or_at_least_the_cut(given: list[Fraction], n: int, cut: Fraction) -> None:
    value = formulas.n_mastery(given, n, cut)
    assert (value is None) == (sum(score >= cut for score in given) < n)
    assert value is None or value >= cut


@given(scores)
def test_a_mode_is_a_most_frequent_score_whatever_the_ties(given: list[Fraction]) -> None:
    most = max(given.count(score) for score in given)
    tied = [score for score in given if given.count(score) == most]
    wanted: dict[Ties, Fraction | None] = {
        "newest": tied[-1],
        "highest": max(tied),
        "lowest": min(tied),
        "none": tied[0] if len(set(tied)) == 1 else None,
    }
    assert {ties: formulas.mode(given, ties) for ties in TIES} == wanted


def test_a_tie_rule_that_does_not_exist_is_a_programmers_mistake() -> None:
    with pytest.raises(ValueError, match="oldest"):
        formulas.mode([Fraction(1), Fraction(2)], "oldest")  # type: ignore[arg-type]


@given(positive)
def test_the_power_law_is_the_least_squares_line_through_the_logarithms(given: list[Fraction]) -> None:
    value = formulas.power_law(given)
    assert value is not None
    if len(given) > 1:
        xs, ys = [log(place) for place in range(1, len(given) + 1)], [log(score) for score in given]
        mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
        slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / sum(
            (x - mean_x) ** 2 for x in xs
        )
        assert float(value) == pytest.approx(exp(mean_y + slope * (xs[-1] - mean_x)), abs=1e-6)
        assert (value * 10**6).denominator == 1


@example(Fraction("0.0400025"), 2)  # its logarithm and back, with 40 digits, falls just short of the half
@given(st.integers(1, 10**8).map(lambda number: Fraction(number, 10**7)), st.integers(2, 9))
def test_scores_that_are_all_alike_are_their_own_power_law_with_halves_up(score: Fraction, count: int) -> None:
    assert formulas.power_law([score] * count) == Fraction((score * 10**7 + 5) // 10, 10**6)


@given(positive, st.integers(0, 11))
def test_one_score_of_zero_leaves_the_power_law_unknown(given: list[Fraction], place: int) -> None:
    assert formulas.power_law([*given[:place], Fraction(0), *given[place:]]) is None


@given(answers, some_chance, some_chance, some_chance, some_chance, some_chance)
def test_knowledge_tracing_is_bayes_rule_step_by_step(
    given: list[bool | None], prior: Fraction, learn: Fraction, slip: Fraction, guess: Fraction, forget: Fraction
) -> None:
    assume(slip + guess < 1)
    known: Fraction | None = prior
    for answer in given:
        if known is None:
            break
        if answer is not None:
            shows = (1 - slip, guess) if answer else (slip, 1 - guess)
            seen = known * shows[0] + (1 - known) * shows[1]
            known = known * shows[0] / seen if seen else None
        if known is not None:
            known = known * (1 - forget) + (1 - known) * learn
    assert formulas.chance_known(given, prior, learn, slip, guess, forget) == known
    assert known is None or 0 <= known <= 1


def test_a_long_run_of_right_answers_does_not_become_certainty() -> None:
    small = Fraction(1, 100)
    given = [True] * 30 + [False] * 30
    assert formulas.knowledge_tracing(given, Fraction(1, 2), Fraction(0), small, small) == Fraction(1, 2)


def test_answers_that_the_chances_rule_out_leave_nothing_known() -> None:
    never = Fraction(0)
    assert formulas.knowledge_tracing([True, False], never, never, never, never) is None


@given(st.lists(st.tuples(st.none() | tenths, st.integers(1, 100).map(Fraction)), max_size=8), shares)
def test_missing_parts_of_a_weighted_average_count_for_nothing(
    given: list[tuple[Fraction | None, Fraction]], share: Fraction
) -> None:
    value = formulas.weighted_average(given)
    present = [(part, weight) for part, weight in given if part is not None]
    assert value == formulas.weighted_average(present)
    assert value == formulas.weighted_average([(part, weight * share) for part, weight in given])
    assert (value is None) == (not present)


@given(st.lists(st.booleans(), max_size=30))
def test_the_longest_run_is_the_longest_group_that_holds(given: list[bool]) -> None:
    assert formulas.longest_run(given) == max((len(list(group)) for held, group in groupby(given) if held), default=0)


# --- the table of formulas --------------------------------------------------------------------------------------------

SETTINGS: dict[str, dict[str, Fraction | str]] = {
    "mode": {"ties": "newest"},
    "weighted recent average": {"at": Fraction(65, 100)},
    "decaying average": {"at": Fraction(65, 100)},
    "n mastery": {"n": Fraction(1), "at": Fraction(-(10**6))},
    "knowledge tracing": {name: Fraction(1, 4) for name in ("prior", "learn", "slip", "guess", "correct")},
}


@given(positive)
def test_every_formula_gives_an_exact_number_or_nothing_by_its_words(given: list[Fraction]) -> None:
    for words, formula in FORMULAS.items():
        assert formula.words == words
        settings = SETTINGS.get(words, {})
        assert check_settings(words, settings) == ()
        assert isinstance(apply(words, given, settings), Fraction)


@pytest.mark.parametrize("words", sorted(set(FORMULAS) - {"longest run", "knowledge tracing", "sum"}))
def test_nothing_is_known_of_no_scores(words: str) -> None:
    assert apply(words, [], SETTINGS.get(words, {})) is None


def test_the_sum_of_no_scores_is_0() -> None:
    assert apply("sum", [], {}) == 0


def test_nothing_is_known_while_a_setting_is_not() -> None:
    assert apply("n mastery", [Fraction(3)], {"n": Fraction(1), "at": None}) is None


@pytest.mark.parametrize("words", SETTINGS)
def test_settings_out_of_range_are_named_in_plain_words(words: str) -> None:
    for setting in FORMULAS[words].settings:
        for value in (setting.lowest - 1, setting.highest + 1):
            (fault,) = check_settings(words, {**SETTINGS[words], setting.name: value})
            assert f"`{setting.name}` of the {words} ({setting.meaning}) lies between" in fault
            assert ("%" in fault) == (setting.unit == "%")


def test_half_a_score_is_no_number_of_scores() -> None:
    (fault,) = check_settings("n mastery", {"n": Fraction(5, 2), "at": Fraction(3)})
    assert fault == "`n` of the n mastery (how many scores must reach the cut) is a whole number"


def test_other_faults_of_settings_are_named() -> None:
    quarter = Fraction(1, 4)
    assert "not to `oldest`" in check_settings("mode", {"ties": "oldest"})[0]
    assert "no setting `ties`" in check_settings("average", {"ties": "newest"})[0]
    assert check_settings("knowledge tracing", {"prior": quarter, "slip": quarter}) == (
        "knowledge tracing needs learn, guess, correct",
    )
    half = {"prior": quarter, "learn": quarter, "slip": Fraction(1, 2), "guess": Fraction(1, 2)}
    assert "would lower what is known" in check_settings("knowledge tracing", {**half, "correct": quarter})[0]
    with pytest.raises(ValueError, match="below 1"):
        formulas.knowledge_tracing([True], **half)


def test_the_last_of_dates_and_times_of_several_kinds_goes_by_their_dates() -> None:
    mixed = [date(2026, 9, 2), datetime(2026, 9, 1, 23, 59), datetime(2026, 9, 2, 1, 0, tzinfo=UTC)]  # noqa: DTZ001 - a local time
    assert (formulas.highest(mixed), formulas.lowest(mixed)) == (date(2026, 9, 2), date(2026, 9, 1))
    assert formulas.highest(mixed[1:2]) == mixed[1]
