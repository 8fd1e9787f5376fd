"""What the operators mean: strong Kleene logic, bounds that never claim too much, and the calendar."""

from __future__ import annotations

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from competency.rules.program.operators import OPERATORS, Interval

TRUTHS = (True, False, None)
quarters = st.integers(-24, 24).map(lambda number: Fraction(number, 4))


def meaning(name: str, *values: Any) -> Any:
    return OPERATORS[name].meaning(*values)


# --- logic ------------------------------------------------------------------------------------------------------------


def possible(value: bool | None) -> tuple[bool, ...]:
    return (True, False) if value is None else (value,)


@pytest.mark.parametrize(("name", "of"), [("and", all), ("or", any)])
@pytest.mark.parametrize("values", [*product(TRUTHS, repeat=2), *product(TRUTHS, repeat=3)])
def test_and_and_or_say_what_holds_whatever_the_unknown_turns_out_to_be(
    name: str, of: Any, values: tuple[bool | None, ...]
) -> None:
    outcomes = {of(world) for world in product(*map(possible, values))}
    assert meaning(name, *values) is (outcomes.pop() if len(outcomes) == 1 else None)


@pytest.mark.parametrize(("value", "result"), [(True, False), (False, True), (None, None)])
def test_not_turns_what_is_known(value: bool | None, result: bool | None) -> None:
    assert meaning("not", value) is result


def test_of_no_conditions_and_holds_and_or_does_not() -> None:
    assert meaning("and") is True
    assert meaning("or") is False


# --- bounds -----------------------------------------------------------------------------------------------------------


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Any, Fraction]:
    """A number as it is known (itself, or bounds around it, with or without an upper one), and what it truly is."""
    true = draw(quarters)
    if draw(st.booleans()):
        return true, true
    below, above = draw(st.integers(0, 12)), draw(st.none() | st.integers(0, 12))
    return Interval(true - Fraction(below, 4), None if above is None else true + Fraction(above, 4)), true


def holds(value: Any, true: Any) -> bool:
    """Whether what an operator says is right of a value: unknown claims nothing, bounds include it."""
    if value is None:
        return True
    if isinstance(value, Interval):
        return value.low <= true and (value.high is None or true <= value.high)
    return bool(value == true)


ARITHMETIC: dict[str, Any] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "larger": max,
    "smaller": min,
}
COMPARISONS: dict[str, Any] = {
    "at least": lambda left, right: left >= right,
    "at most": lambda left, right: left <= right,
    "more than": lambda left, right: left > right,
    "less than": lambda left, right: left < right,
    "exactly": lambda left, right: left == right,
    "not exactly": lambda left, right: left != right,
}


@pytest.mark.parametrize("name", ARITHMETIC)
@given(left=numbers(), right=numbers())
def test_the_bounds_of_a_result_include_every_result_there_can_be(
    name: str, left: tuple[Any, Fraction], right: tuple[Any, Fraction]
) -> None:
    if name == "/":
        assume(right[1] != 0)
    assert holds(meaning(name, left[0], right[0]), ARITHMETIC[name](left[1], right[1]))


@pytest.mark.parametrize("name", ["+", "-", "*", "larger", "smaller", *COMPARISONS])
@given(left=quarters, right=quarters)
def test_on_numbers_themselves_nothing_is_left_open(name: str, left: Fraction, right: Fraction) -> None:
    result = meaning(name, left, right)
    assert result == {**ARITHMETIC, **COMPARISONS}[name](left, right)
    assert isinstance(result, Fraction | bool)


@pytest.mark.parametrize("name", COMPARISONS)
@given(left=numbers(), right=numbers())
def test_a_comparison_that_is_settled_on_bounds_holds_of_all_numbers_within(
    name: str, left: tuple[Any, Fraction], right: tuple[Any, Fraction]
) -> None:
    assert holds(meaning(name, left[0], right[0]), COMPARISONS[name](left[1], right[1]))


@given(low=quarters, width=st.integers(0, 8), other=quarters)
def test_a_comparison_is_settled_wherever_all_numbers_within_agree(low: Fraction, width: int, other: Fraction) -> None:
    within = [low + Fraction(step, 4) for step in range(width + 1)]
    bounds = Interval(low, within[-1])
    for name, compare in COMPARISONS.items():
        if "exactly" in name and low < other < within[-1]:
            continue  # numbers between the quarters would not agree
        verdicts = {compare(number, other) for number in within}
        assert meaning(name, bounds, other) is (verdicts.pop() if len(verdicts) == 1 else None)


@pytest.mark.parametrize("direction", ["half up", "half even", "up", "down"])
@given(value=numbers())
def test_rounded_bounds_include_the_rounded_number(direction: str, value: tuple[Any, Fraction]) -> None:
    step = Fraction(1, 2)
    assert holds(meaning(f"rounded {direction}", value[0], step), meaning(f"rounded {direction}", value[1], step))


@given(value=numbers())
def test_a_sign_that_is_turned_turns_the_bounds(value: tuple[Any, Fraction]) -> None:
    assert holds(meaning("negative", value[0]), -value[1])


def test_bounds_stay_where_they_say_something() -> None:
    two_to_four, one = Interval(Fraction(2), Fraction(4)), Fraction(1)
    assert meaning("+", two_to_four, one) == Interval(Fraction(3), Fraction(5))
    assert meaning("/", two_to_four, Fraction(5)) == Interval(Fraction(2, 5), Fraction(4, 5))
    assert meaning("larger", two_to_four, Fraction(3)) == Interval(Fraction(3), Fraction(4))
    assert meaning("larger", two_to_four, Fraction(4)) == 4
    assert meaning("smaller", Interval(Fraction(2), None), Fraction(3)) == Interval(Fraction(2), Fraction(3))
    assert meaning("smaller", Interval(Fraction(2), None), one) == 1
    assert meaning("rounded down", Interval(Fraction("2.1"), Fraction("2.9")), one) == 2


@pytest.mark.parametrize(
    "nothing", [Fraction(0), Interval(Fraction(-1), Fraction(1)), Interval(Fraction(0), Fraction(1))]
)
def test_a_division_by_what_may_be_nothing_is_not_known(nothing: Any) -> None:
    assert meaning("/", Fraction(1), nothing) is None


WITH_ONE_UNKNOWN = [
    (name, values)
    for name in (*ARITHMETIC, *COMPARISONS, "days between", "age", "later", "earlier", "later by months down")
    for values in ((None, Fraction(1)), (Fraction(1), None), (None, None))
]


@pytest.mark.parametrize(("name", "values"), WITH_ONE_UNKNOWN)
def test_what_rests_on_something_unknown_is_unknown(name: str, values: tuple[Any, Any]) -> None:
    assert meaning(name, *values) is None


def test_one_of_looks_at_every_choice() -> None:
    assert meaning("one of", "project", "test", "project") is True
    assert meaning("one of", "essay", "test", "project") is False
    assert meaning("one of", "essay", "test", None) is None
    assert meaning("one of", None, "test") is None
    assert meaning("one of", "essay") is False


@pytest.mark.parametrize(("value", "result"), [(None, False), (Fraction(0), True), (False, True), ("", True)])
def test_only_what_is_blank_is_not_known(value: Any, result: bool) -> None:
    assert meaning("known", value) is result


# --- dates ------------------------------------------------------------------------------------------------------------

dates = st.dates(date(1900, 1, 1), date(2200, 12, 31))


def test_a_moment_beside_a_date_goes_by_its_date() -> None:
    day, moment = date(2026, 9, 1), datetime.fromisoformat("2026-09-01T14:30")
    assert meaning("at least", day, moment) is True
    assert meaning("exactly", moment, day) is True
    assert meaning("more than", moment, day) is False
    assert meaning("larger", moment, date(2026, 9, 2)) == date(2026, 9, 2)
    assert meaning("smaller", date(2026, 9, 2), moment) == moment


def test_two_moments_go_by_their_time_and_one_without_a_zone_by_its_date() -> None:
    morning, noon = datetime.fromisoformat("2026-09-01T08:00"), datetime.fromisoformat("2026-09-01T12:00")
    assert meaning("less than", morning, noon) is True
    assert meaning("exactly", morning, noon.replace(tzinfo=UTC)) is True
    assert meaning("more than", noon.replace(tzinfo=UTC), morning - timedelta(days=1)) is True


@given(dates, st.integers(-4000, 4000))
def test_days_between_dates_undo_a_shift_by_days(day: date, days: int) -> None:
    later = meaning("later", day, Fraction(days))
    assert meaning("days between", day, later) == days
    assert meaning("earlier", later, Fraction(days)) == day


@pytest.mark.parametrize("name", ["later", "earlier", "later by months down", "earlier by months up"])
def test_a_date_beyond_the_calendar_is_not_known(name: str) -> None:
    assert meaning(name, date(2026, 9, 1), Fraction(10**12)) is None
    assert meaning(name, date(2026, 9, 1), Interval(Fraction(1), Fraction(2))) is None


@pytest.mark.parametrize(
    ("day", "months", "down", "up"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28), date(2026, 3, 1)),
        (date(2024, 1, 31), 1, date(2024, 2, 29), date(2024, 3, 1)),
        (date(2026, 1, 29), 1, date(2026, 2, 28), date(2026, 3, 1)),
        (date(2026, 5, 31), 1, date(2026, 6, 30), date(2026, 7, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28), date(2025, 3, 1)),
        (date(2026, 10, 31), 4, date(2027, 2, 28), date(2027, 3, 1)),
        (date(2026, 12, 31), 2, date(2027, 2, 28), date(2027, 3, 1)),
        (date(2026, 11, 30), 1, date(2026, 12, 30), date(2026, 12, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15), date(2027, 1, 15)),
    ],
)
def test_a_day_that_a_month_lacks_becomes_its_last_or_the_next(day: date, months: int, down: date, up: date) -> None:
    assert meaning("later by months down", day, Fraction(months)) == down
    assert meaning("later by months up", day, Fraction(months)) == up


@pytest.mark.parametrize(
    ("day", "months", "down", "up"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28), date(2026, 3, 1)),
        (date(2026, 1, 31), 2, date(2025, 11, 30), date(2025, 12, 1)),
        (date(2026, 1, 15), 13, date(2024, 12, 15), date(2024, 12, 15)),
    ],
)
def test_months_are_taken_away_in_the_same_way(day: date, months: int, down: date, up: date) -> None:
    assert meaning("earlier by months down", day, Fraction(months)) == down
    assert meaning("earlier by months up", day, Fraction(months)) == up


@given(dates, st.integers(-500, 500))
def test_months_move_the_month_and_keep_the_day_where_there_is_one(day: date, months: int) -> None:
    down, up = (meaning(f"later by months {way}", day, Fraction(months)) for way in ("down", "up"))
    assert (down.year * 12 + down.month) - (day.year * 12 + day.month) == months
    if down.day == day.day:
        assert up == down
    else:
        assert down.day < day.day
        assert up == down + timedelta(days=1)
        assert up.day == 1


@pytest.mark.parametrize(
    ("born", "when", "years"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2010, 9, 1), date(2026, 8, 31), 15),
        (date(2010, 9, 1), date(2026, 9, 1), 16),
        (date(2010, 9, 1), datetime.fromisoformat("2026-09-01T00:01"), 16),
        (date(2010, 9, 1), date(2010, 9, 1), 0),
    ],
)
def test_age_is_completed_years(born: date, when: date, years: int) -> None:
    assert meaning("age", born, when) == years


@given(dates, st.integers(0, 90))
def test_a_year_is_completed_on_the_birthday_and_not_the_day_before(born: date, years: int) -> None:
    year = born.year + years
    leaps_over = (born.month, born.day) == (2, 29) and not isleap(year)
    birthday = date(year, 3, 1) if leaps_over else born.replace(year=year)
    assert meaning("age", born, birthday) == years
    assert meaning("age", born, birthday - timedelta(days=1)) == years - 1


@pytest.mark.parametrize(
    ("day", "begins", "year"),
    [
        (date(2026, 6, 30), (7, 1), 2026),
        (date(2026, 7, 1), (7, 1), 2027),
        (date(2026, 12, 31), (7, 1), 2027),
        (date(2027, 1, 1), (7, 1), 2027),
        (date(2026, 8, 14), (8, 15), 2026),
        (datetime.fromisoformat("2026-08-15T09:00"), (8, 15), 2027),
        (date(2026, 1, 1), (1, 1), 2026),
        (date(2026, 12, 31), (1, 1), 2026),
        (None, (7, 1), None),
    ],
)
def test_a_school_year_is_named_by_the_year_in_which_it_ends(
    day: date | None, begins: tuple[int, int], year: int | None
) -> None:
    assert meaning("school year", day, *(Fraction(part) for part in begins)) == year


def test_every_operator_stands_under_its_name() -> None:
    assert all(operator.name == name for name, operator in OPERATORS.items())
