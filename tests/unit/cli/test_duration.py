"""Times in words, as exactly as an estimate is worth it."""

import pytest

from competency.cli.duration import duration, milliseconds

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("microseconds", "words"),
    [
        (1, "under 1 second"),
        (SECOND, "1 second"),
        (SECOND + 1, "2 seconds"),
        (90 * SECOND, "90 seconds"),
        (91 * SECOND, "2 minutes"),
        (90 * 60 * SECOND, "90 minutes"),
        (91 * 60 * SECOND, "2 hours"),
        (48 * 3600 * SECOND, "48 hours"),
        (49 * 3600 * SECOND, "3 days"),
        (400 * 86_400 * SECOND, "400 days"),
    ],
)
def test_a_time_is_told_in_the_unit_that_fits_and_rounded_up(microseconds: int, words: str) -> None:
    assert duration(microseconds) == words


@pytest.mark.parametrize(
    ("microseconds", "words"), [(9, "under 0.01 ms"), (358, "0.36 ms"), (16_240, "16.2 ms"), (1_250_000, "1,250 ms")]
)
def test_thousandths_of_a_second_have_the_places_that_matter(microseconds: int, words: str) -> None:
    assert milliseconds(microseconds) == words
