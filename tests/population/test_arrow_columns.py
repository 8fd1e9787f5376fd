"""Columns of PyArrow that are made from bytes hold what PyArrow itself would have made of the same values."""

from __future__ import annotations

import subprocess
import sys

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from competency.rules.population.arrow_columns import truths, whole_numbers

WHOLE = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(WHOLE | st.none()))
def test_whole_numbers_and_blanks_are_kept(values: list[int | None]) -> None:
    made = whole_numbers(values)
    made.validate(full=True)
    assert made.equals(pyarrow.array(values, pyarrow.int64()))


@given(st.lists(st.booleans() | st.none()))
def test_truths_and_blanks_are_kept(values: list[bool | None]) -> None:
    made = truths(values)
    made.validate(full=True)
    assert made.equals(pyarrow.array(values, pyarrow.bool_()))


def test_what_is_no_whole_number_or_truth_is_refused() -> None:
    with pytest.raises(OverflowError):
        whole_numbers([2**63])
    with pytest.raises(KeyError):
        truths(["yes"])


def test_pandas_is_not_imported() -> None:
    code = (
        "import sys; from competency.rules.population.arrow_columns import whole_numbers; import pyarrow; "
        "pyarrow.table({'one': whole_numbers([1, None])}); assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
