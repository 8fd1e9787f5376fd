"""The conservation law cannot be broken."""

from __future__ import annotations

import pytest

from competency.interchange.counts import Counts


def test_counts_add_up() -> None:
    assert Counts(4, 2, 1, 1, 1) + Counts(2, 0, 0, 2) == Counts(6, 2, 1, 3, 1)


@pytest.mark.parametrize("numbers", [(3, 1, 1, 0), (1, 1, 1, 0), (0, -1, 1, 0), (1, 1, 0, 0, 2)])
def test_counts_that_lose_a_row_or_make_one_up_cannot_be_made(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"row|below zero"):
        Counts(*numbers)
