"""Values as people read them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from competency.rules.interpreter.wording import FRACTION_SHOWN_MAX, shown_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction("3.5275"), "3.5275"),
        (Fraction(10, 3), "10/3 (about 3.3333)"),
        (Fraction(1, FRACTION_SHOWN_MAX), f"1/{FRACTION_SHOWN_MAX} (about 0)"),
        (Fraction(7 * 10**20 + 1, 2 * 10**20), "about 3.5"),
        (Fraction(1, 20**4000), "about 0"),
        (Fraction(10**5000), "1" + "0" * 5000),
    ],
)
def test_a_number_is_shown_exactly_as_long_as_that_can_be_read(value: Fraction, text: str) -> None:
    assert shown_value(value) == text
