"""Operators on columns mean what they mean on values: every pair of many numbers, bounds and dates, in one query each."""

from __future__ import annotations

import itertools
from datetime import date
from fractions import Fraction
from tempfile import gettempdir
from typing import Any

import pyarrow
import pytest

from competency.model.items import Catalog
from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population import relations as r
from competency.rules.population.apply_operator import apply_operator
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.facts import FactsAtHand, calendar_name, words_of
from competency.rules.population.frame import Frame, Space
from competency.rules.population.lower_value import lower_value
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.ratios import Number, Ratio
from competency.rules.population.shift_by_months import OPERATORS_OF_MONTHS, shift_by_months
from competency.rules.population.values import Day, Single, Value, expressions, single
from competency.rules.program import ir
from competency.rules.program.operators import OPERATORS, Interval
from competency.services.engines import EngineChoice, start_engine

NUMBERS: tuple[Any, ...] = (
    None,
    *[Fraction(n, d) for n in (-7, -5, -1, 0, 1, 2, 3, 11) for d in (1, 2, 3, 10)],
    Interval(Fraction(-1), Fraction(2)),
    Interval(Fraction(0), Fraction(3)),
    Interval(Fraction(1, 3), Fraction(5, 2)),
    Interval(Fraction(2), Fraction(4)),
)
DATES = (
    None,
    date(2024, 2, 29),
    date(2025, 2, 28),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 8, 1),
    date(1999, 8, 15),
)
TRUTHS = (True, False, None)
OF_NUMBERS = (
    "at least",
    "at most",
    "more than",
    "less than",
    "exactly",
    "not exactly",
    "+",
    "-",
    "*",
    "/",
    "larger",
    "smaller",
)
OF_DATES = ("at least", "less than", "exactly", "larger", "smaller", "days between", "age")
STEPS = (Fraction(1), Fraction(1, 10), Fraction(5, 2), Fraction(1, 3))


EMPTY = ir.Program(ir.PolicyHeader("p", "P"), (), {}, Catalog({}, {}, {}), {}, (), "", (7, 1), "down", ())


def number_columns(name: str, values: list[Any]) -> tuple[Number, dict[str, pyarrow.Array]]:
    lows = [one.low if isinstance(one, Interval) else one for one in values]
    highs = [one.high if isinstance(one, Interval) else one for one in values]
    arrays: dict[str, pyarrow.Array] = {}

    def ratio(stem: str, found: list[Fraction | None]) -> Ratio:
        arrays[stem] = pyarrow.array([None if one is None else one.numerator for one in found], pyarrow.int64())
        arrays[f"{stem}_below"] = pyarrow.array(
            [1 if one is None else one.denominator for one in found], pyarrow.int64()
        )
        above = c.column(stem, Kind.WHOLE, low=-20, high=20)
        return Ratio(above, c.column(f"{stem}_below", Kind.WHOLE, is_nullable=False, low=1, high=10))

    return Number(ratio(f"{name}_low", lows), ratio(f"{name}_high", highs)), arrays


def date_columns(name: str, values: list[date | None]) -> tuple[Day, dict[str, pyarrow.Array]]:
    whole = pyarrow.int64()
    calendar = [None if one is None else one.year * 10000 + one.month * 100 + one.day for one in values]
    arrays = {
        name: pyarrow.array([one and one.toordinal() for one in values], whole),
        calendar_name(name): pyarrow.array(calendar, whole),
    }
    count = c.column(name, Kind.WHOLE, low=1, high=3_000_000)
    return Day(count, c.column(calendar_name(name), Kind.WHOLE, low=0, high=99_991_231)), arrays


def answers(choice: EngineChoice, value: Single, arrays: dict[str, pyarrow.Array]) -> list[Any]:
    """What an engine makes of a value for each row, as a value of Python."""
    rows = len(next(iter(arrays.values())))
    arrays = {**arrays, "row": pyarrow.array(range(rows), pyarrow.int64())}
    engine = start_engine(choice, gettempdir())
    try:
        engine.put("rows", pyarrow.table(arrays))
        kinds = {name: Kind.TRUTH if array.type == pyarrow.bool_() else Kind.WHOLE for name, array in arrays.items()}
        parts = list(dict.fromkeys([*expressions(value), *_denominators(value)]))
        named = {f"answer_{number}": part for number, part in enumerate(parts)}
        scan = r.Scan("rows", tuple(kinds.items()))
        kept = r.Keep(scan, (("row", c.column("row", Kind.WHOLE)), *named.items()))
        fetched = engine.fetch(kept, ("row",))
    finally:
        engine.close()
    found = {id(part): fetched.column(name).to_pylist() for name, part in named.items()}
    return [_answer(value, found, row) for row in range(rows)]


def _denominators(value: Single) -> list[Expression]:
    return [value.low.below, value.high.below] if isinstance(value, Number) else []


def _answer(value: Single, found: dict[int, list[Any]], row: int) -> Any:
    match value:
        case Number():
            low, high = (
                None
                if found[id(one.above)][row] is None
                else Fraction(int(found[id(one.above)][row]), int(found[id(one.below)][row]))
                for one in (value.low, value.high)
            )
            return low if low == high else Interval(low, high)  # type: ignore[arg-type]
        case Day():
            count = found[id(value.count)][row]
            return None if count is None else date.fromordinal(count)
        case Expression():
            return found[id(value)][row]
        case _:
            raise AssertionError(value)


def compare(
    engine: EngineChoice, name: str, columns: list[Value], rows: list[tuple[Any, ...]], arrays: dict[str, pyarrow.Array]
) -> None:
    got = answers(engine, single(apply_operator(name, columns)), arrays)
    for row, answer in zip(rows, got, strict=True):
        assert answer == OPERATORS[name].meaning(*row), (name, row)


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_numbers_and_bounds(engine: EngineChoice, name: str) -> None:
    rows = list(itertools.product(NUMBERS, repeat=2))
    left, of_left = number_columns("left", [one for one, _ in rows])
    right, of_right = number_columns("right", [other for _, other in rows])
    compare(engine, name, [left, right], rows, {**of_left, **of_right})


@pytest.mark.parametrize("name", ["rounded half up", "rounded half even", "rounded up", "rounded down"])
@pytest.mark.parametrize("step", STEPS)
def test_rounding(engine: EngineChoice, name: str, step: Fraction) -> None:
    values = [*NUMBERS, *[Fraction(n, 20) for n in range(-60, 61, 3)]]
    number, arrays = number_columns("value", list(values))
    got = answers(engine, single(apply_operator(name, [number, ratios.of_fraction(step)])), arrays)
    assert got == [OPERATORS[name].meaning(value, step) for value in values]


@pytest.mark.parametrize("name", OF_DATES)
def test_dates(engine: EngineChoice, name: str) -> None:
    rows = list(itertools.product(DATES, repeat=2))
    left, of_left = date_columns("left", [one for one, _ in rows])
    right, of_right = date_columns("right", [other for _, other in rows])
    compare(engine, name, [left, right], rows, {**of_left, **of_right})


@pytest.mark.parametrize("name", ["month and day", "calendar year"])
def test_parts_of_dates(engine: EngineChoice, name: str) -> None:
    day, arrays = date_columns("day", list(DATES))
    compare(engine, name, [day], [(one,) for one in DATES], arrays)


@pytest.mark.parametrize(("month", "first_day"), [(1, 1), (8, 1), (8, 15)])
def test_school_years(engine: EngineChoice, month: int, first_day: int) -> None:
    day, arrays = date_columns("day", list(DATES))
    begins = [ratios.of_fraction(Fraction(month)), ratios.of_fraction(Fraction(first_day))]
    rows = [(one, Fraction(month), Fraction(first_day)) for one in DATES]
    compare(engine, "school year", [day, *begins], rows, arrays)


@pytest.mark.parametrize("name", ["and", "or", "how many hold"])
def test_logic(engine: EngineChoice, name: str) -> None:
    rows = list(itertools.product(TRUTHS, repeat=3))
    arrays = {f"truth_{place}": pyarrow.array([row[place] for row in rows], pyarrow.bool_()) for place in range(3)}
    compare(engine, name, [c.column(column, Kind.TRUTH) for column in arrays], rows, arrays)


def test_not_beside_unknown(engine: EngineChoice) -> None:
    arrays = {"truth": pyarrow.array(list(TRUTHS), pyarrow.bool_())}
    truth = c.column("truth", Kind.TRUTH)
    assert answers(engine, c.is_blank(c.opposite(truth)), arrays) == [False, False, True]
    assert answers(engine, c.equal(c.opposite(truth), truth), arrays) == [False, False, None]


def test_a_number_that_could_pass_128_bits_has_no_set_form() -> None:
    large = c.column("large", Kind.WHOLE, low=0, high=10**15)
    product = c.times(large, large)
    assert product.kind is Kind.WIDE
    with pytest.raises(NoSetForm, match="128 bits"):
        c.times(product, large)


def test_wide_products_are_exact(engine: EngineChoice) -> None:
    values = [10**15, 10**15 - 1, -(10**15), 0]
    arrays = {"large": pyarrow.array(values, pyarrow.int64())}
    large = c.column("large", Kind.WHOLE, is_nullable=False, low=-(10**15), high=10**15)
    got = answers(engine, c.plus(c.times(large, large), c.constant(1)), arrays)
    assert [int(one) for one in got] == [value * value + 1 for value in values]


@pytest.mark.parametrize("name", sorted(OPERATORS_OF_MONTHS))
@pytest.mark.parametrize("months", [1, 12])
def test_months_away(engine: EngineChoice, name: str, months: int) -> None:
    rows = pyarrow.table(
        {"row": pyarrow.array(range(len(DATES)), pyarrow.int64()), **date_columns("day", list(DATES))[1]}
    )
    low, high = min(filter(None, DATES)).toordinal(), max(filter(None, DATES)).toordinal()
    space = Space(EMPTY, FactsAtHand({}, words_of(set())), date(2026, 1, 1), None, lower_value)
    frame = Frame(space, lambda: r.Scan("rows", (("row", Kind.WHOLE), ("day", Kind.WHOLE))), {})
    day = Day(c.column("day", Kind.WHOLE, low=low, high=high), None)
    moved = shift_by_months(name, day, ratios.of_fraction(Fraction(months)), frame)
    asked = start_engine(engine, gettempdir())
    try:
        asked.put("rows", rows)
        for table, given in space.given.items():
            asked.put(table, given)
        kept = r.Keep(frame.relation(), (("row", c.column("row", Kind.WHOLE)), ("moved", moved.count)))
        found = asked.fetch(kept, ("row",)).column("moved").to_pylist()
    finally:
        asked.close()
    wanted = [OPERATORS[name].meaning(one, Fraction(months)) for one in DATES]
    assert found == [None if one is None else one.toordinal() for one in wanted]


def test_what_is_left_of_wide_divisions_is_exact(engine: EngineChoice) -> None:
    values = [10**15 - 1, 10**15 - 7, 3, 999_999_999_999_989]
    arrays = {"large": pyarrow.array(values, pyarrow.int64())}
    large = c.column("large", Kind.WHOLE, is_nullable=False, low=0, high=10**15)
    wide = c.times(c.times(large, large), c.constant(10**6 + 3))
    got = answers(engine, c.rest(wide, c.plus(large, c.constant(1))), arrays)
    assert [int(one) for one in got] == [value * value * (10**6 + 3) % (value + 1) for value in values]
