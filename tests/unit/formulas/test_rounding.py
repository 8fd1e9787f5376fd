"""Rounding as rules write it, and exact numbers as text."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competency.rules.program.rounding import Direction, as_decimal_text, is_decimal, rounded

numbers = st.fractions(max_denominator=1000)
steps = st.sampled_from([Fraction(1, 100), Fraction(1, 10), Fraction(1, 2), Fraction(1), Fraction(5)])
IN_DECIMAL: dict[Direction, str] = {
    "half up": ROUND_HALF_UP,
    "half even": ROUND_HALF_EVEN,
    "up": ROUND_CEILING,
    "down": ROUND_FLOOR,
}


@pytest.mark.parametrize(
    ("value", "direction", "result"),
    [
        ("4.125", "half up", "4.13"),
        ("3.175", "half up", "3.18"),
        ("-4.125", "half up", "-4.13"),
        ("4.125", "half even", "4.12"),
        ("4.135", "half even", "4.14"),
        ("4.121", "up", "4.13"),
        ("-4.129", "up", "-4.12"),
        ("4.129", "down", "4.12"),
        ("-4.121", "down", "-4.13"),
        ("4.12", "up", "4.12"),
    ],
)
def test_a_hundredth_is_reached_as_the_direction_says(value: str, direction: Direction, result: str) -> None:
    assert rounded(Fraction(value), Fraction(1, 100), direction) == Fraction(result)


@given(st.decimals(-1000, 1000, places=4), st.sampled_from(sorted(IN_DECIMAL)))
def test_every_direction_agrees_with_the_decimal_module(value: Decimal, direction: Direction) -> None:
    wanted = value.quantize(Decimal("0.01"), rounding=IN_DECIMAL[direction])
    assert rounded(Fraction(value), Fraction(1, 100), direction) == Fraction(wanted)


@given(numbers, steps)
def test_the_result_is_a_multiple_of_the_step_and_near(value: Fraction, step: Fraction) -> None:
    below, above = rounded(value, step, "down"), rounded(value, step, "up")
    assert below <= value <= above
    assert above - below in {0, step}
    for direction in IN_DECIMAL:
        result = rounded(value, step, direction)
        assert (result / step).denominator == 1
        assert rounded(result, step, direction) == result
        assert result in {below, above}


@given(numbers, steps)
def test_halves_are_symmetric_about_zero_and_up_mirrors_down(value: Fraction, step: Fraction) -> None:
    for nearest in ("half up", "half even"):
        assert rounded(-value, step, nearest) == -rounded(value, step, nearest)
        assert abs(rounded(value, step, nearest) - value) <= step / 2
    assert rounded(-value, step, "up") == -rounded(value, step, "down")


@pytest.mark.parametrize("step", [0, -1])
def test_a_step_that_is_not_above_zero_is_a_programmers_mistake(step: int) -> None:
    with pytest.raises(ValueError, match="step"):
        rounded(Fraction(1), Fraction(step), "half up")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction("3.5275"), None, "3.5275"),
        (Fraction("4.10"), None, "4.1"),
        (Fraction(1, 3), None, "1/3"),
        (Fraction(-7, 6), None, "-7/6"),
        (Fraction(-1, 8), None, "-0.125"),
        (Fraction(0), None, "0"),
        (Fraction(1200), None, "1200"),
        (Fraction(2, 3), 2, "0.67"),
        (Fraction("4.125"), 2, "4.13"),
        (Fraction(-1, 1000), 2, "0"),
        (Fraction(5, 2), 0, "3"),
    ],
)
def test_a_number_reads_as_a_registrar_writes_it(value: Fraction, places: int | None, text: str) -> None:
    assert as_decimal_text(value, places) == text


@given(numbers)
def test_the_text_without_places_is_the_number_itself(value: Fraction) -> None:
    text = as_decimal_text(value)
    assert Fraction(text) == value
    assert is_decimal(value) == ("/" not in text)


def test_a_number_with_thousands_of_digits_is_no_fault() -> None:
    long = Fraction(1, 10**5000)
    assert as_decimal_text(long) == "0." + "0" * 4999 + "1"
    assert as_decimal_text(long + Fraction(1, 3)).count("/") == 1
