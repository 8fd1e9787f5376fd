"""What a cell may hold, by the type of its column."""

# ruff: noqa: DTZ001 - moments are local time
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from competency.interchange.cell_fault import CellFault
from competency.interchange.cells import CELL_CHARACTERS_MAX, CellContext, cell_text, read_cell
from competency.model.facts import Column, ColumnType, FactValue
from competency.model.scales import Scale, ScaleLevel

NEW_YORK = ZoneInfo("America/New_York")
PROFICIENCY = Scale(
    "Proficiency",
    tuple(
        ScaleLevel(name, rank, Fraction(rank))
        for rank, name in enumerate(("Beginning", "Developing", "Proficient", "Extending"), start=1)
    ),
)
LETTERS = Scale("Letters", (ScaleLevel("C", 1, None), ScaleLevel("B", 2, None), ScaleLevel("A", 3, None)))
PERCENT = Scale("Percent", lowest=Fraction(0), highest=Fraction(100))


def read(
    column_type: ColumnType, value: object, *, scale: Scale | None = None, time_zone: ZoneInfo | None = None
) -> FactValue:
    return read_cell(
        Column("cell", column_type, "", choices=("passed", "failed")), value, CellContext(scale, time_zone)
    )


def fault(
    column_type: ColumnType, value: object, *, scale: Scale | None = None, time_zone: ZoneInfo | None = None
) -> str:
    with pytest.raises(CellFault) as caught:
        read(column_type, value, scale=scale, time_zone=time_zone)
    return caught.value.reason


@pytest.mark.parametrize("column_type", ColumnType)
def test_a_blank_cell_is_no_value_whatever_the_column(column_type: ColumnType) -> None:
    assert [read(column_type, blank) for blank in ("", "  ", "\u00a0", None)] == [None] * 4


def test_a_blank_cell_is_a_fault_where_a_value_is_required() -> None:
    with pytest.raises(CellFault, match="blank"):
        read_cell(Column("cell", ColumnType.TEXT, "", required=True), " ", CellContext())


def test_zero_is_a_value() -> None:
    assert read(ColumnType.SCORE, "0") == Fraction(0)
    assert read(ColumnType.NUMBER, 0) == Fraction(0)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("3", Fraction(3)),
        (" -2.75 ", Fraction(-11, 4)),
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("1/3", Fraction(1, 3)),
        ("-4/6", Fraction(-2, 3)),
        (7, Fraction(7)),
        (Decimal("0.10"), Fraction(1, 10)),
        (Decimal("1E+2"), Fraction(100)),
    ],
)
def test_numbers_are_exact(written: object, number: Fraction) -> None:
    for column_type in (ColumnType.NUMBER, ColumnType.CREDITS, ColumnType.MONEY, ColumnType.SCORE):
        assert read(column_type, written) == number


@pytest.mark.parametrize(
    "written", ["abc", "1e9", "1e999999999", "3,5", "1,000", "NaN", "inf", "٣", "1/0", "1/2/3", True]
)
def test_what_is_no_plain_number_is_refused(written: object) -> None:
    assert fault(ColumnType.NUMBER, written)


@pytest.mark.parametrize("written", ["9" * 31, "0." + "1" * 31, Decimal(9) * Decimal(10) ** 30, Decimal("NaN")])
def test_a_number_of_too_many_digits_is_refused(written: object) -> None:
    assert "not a number" in fault(ColumnType.NUMBER, written)


@pytest.mark.parametrize("column_type", [ColumnType.SCORE, ColumnType.NUMBER, ColumnType.CREDITS, ColumnType.MONEY])
@pytest.mark.parametrize("written", [0.1, 3.0])
def test_a_binary_floating_point_number_is_refused(column_type: ColumnType, written: float) -> None:
    assert "binary floating-point" in fault(column_type, written)


def test_a_whole_number_may_come_from_a_floating_point_column_and_must_be_whole() -> None:
    assert read(ColumnType.WHOLE, 3.0) == Fraction(3)
    assert read(ColumnType.WHOLE, "3.0") == Fraction(3)
    assert "not a whole number" in fault(ColumnType.WHOLE, "2.5")
    assert fault(ColumnType.WHOLE, 2.5)
    assert fault(ColumnType.WHOLE, 1e300)


def test_a_share_is_a_percentage_or_a_part_of_one() -> None:
    assert [read(ColumnType.SHARE, text) for text in ("80%", "0.8", "4/5", "80 %")] == [Fraction(4, 5)] * 4
    assert read(ColumnType.SHARE, "150%") == Fraction(3, 2)


def test_a_share_above_one_without_a_percent_sign_is_not_guessed() -> None:
    assert "8000 percent" in fault(ColumnType.SHARE, "80")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2026-02-30", "February 2026 has 28 days"),
        ("2026-04-31", "April 2026 has 30 days"),
        ("2026-13-01", "months are numbered 01 to 12"),
        ("20260901", "write year, month and day"),
        ("9/1/2026", "write year, month and day"),
        ("2026-W01-1", "write year, month and day"),
        ("2026-09-01T08:00", "time of day"),
        (datetime(2026, 9, 1, 8), "time of day"),
        (3, "not a date"),
    ],
)
def test_a_date_that_is_none_says_why(written: object, why: str) -> None:
    assert why in fault(ColumnType.DATE, written)


@pytest.mark.parametrize("written", ["2026-09-01", date(2026, 9, 1), datetime(2026, 9, 1)])
def test_dates_are_read_from_text_and_native_columns(written: object) -> None:
    assert read(ColumnType.DATE, written) == date(2026, 9, 1)


def test_a_date_alone_is_the_midnight_of_a_moment() -> None:
    assert read(ColumnType.MOMENT, "2026-09-01") == datetime(2026, 9, 1)
    assert read(ColumnType.MOMENT, date(2026, 9, 1)) == datetime(2026, 9, 1)


def test_a_moment_is_local_time() -> None:
    expected = datetime(2026, 9, 1, 8, 30, 15, 250000)
    assert read(ColumnType.MOMENT, "2026-09-01 08:30:15.25") == expected
    assert read(ColumnType.MOMENT, "2026-09-01T08:30:15.25") == expected
    assert read(ColumnType.MOMENT, expected) == expected


def test_a_moment_with_an_offset_needs_a_zone_and_is_converted_to_it() -> None:
    assert "no time zone is named" in fault(ColumnType.MOMENT, "2026-09-01T12:30:00Z")
    for written in ("2026-09-01T12:30:00Z", "2026-09-01T14:30:00+02:00", datetime(2026, 9, 1, 12, 30, tzinfo=UTC)):
        assert read(ColumnType.MOMENT, written, time_zone=NEW_YORK) == datetime(2026, 9, 1, 8, 30)


@pytest.mark.parametrize(
    "written", ["2026-02-30T10:00", "2026-09-01T24:00", "2026-09-01T10:60", "2026-09-01T10:00+25:00"]
)
def test_a_moment_that_is_none_is_refused(written: str) -> None:
    assert fault(ColumnType.MOMENT, written, time_zone=NEW_YORK)


def test_an_instant_is_kept_in_utc() -> None:
    expected = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
    zone = timezone(timedelta(hours=-4))
    for written in ("2026-09-01T08:30:00-04:00", "2026-09-01T12:30Z", datetime(2026, 9, 1, 8, 30, tzinfo=zone)):
        found = read(ColumnType.INSTANT, written)
        assert isinstance(found, datetime)
        assert (found, found.tzinfo) == (expected, UTC)


def test_an_instant_given_as_a_date_is_the_start_of_the_day_in_utc() -> None:
    assert read(ColumnType.INSTANT, "2026-09-01") == datetime(2026, 9, 1, tzinfo=UTC)
    assert read(ColumnType.INSTANT, date(2026, 9, 1)) == datetime(2026, 9, 1, tzinfo=UTC)


def test_an_instant_without_an_offset_is_refused() -> None:
    assert "offset" in fault(ColumnType.INSTANT, "2026-09-01T08:30:00")
    assert "offset" in fault(ColumnType.INSTANT, datetime(2026, 9, 1, 8))


def test_an_instant_that_leaves_the_calendar_on_its_way_to_utc_is_refused() -> None:
    assert "outside the calendar" in fault(ColumnType.INSTANT, "0001-01-01T00:00:00+10:00")


def test_a_school_year_is_the_year_of_its_end() -> None:
    for written in ("2025-26", "2025-2026", "2025/26", "2026", 2026, 2026.0):
        assert read(ColumnType.SCHOOL_YEAR, written) == Fraction(2026)
    assert read(ColumnType.SCHOOL_YEAR, "1999-00") == Fraction(2000)


@pytest.mark.parametrize("written", ["2025-27", "26", "25-26", 26, "2026.5"])
def test_a_school_year_that_is_none_is_refused(written: object) -> None:
    assert "school year" in fault(ColumnType.SCHOOL_YEAR, written)


def test_yes_and_no_are_written_in_several_ways() -> None:
    assert [read(ColumnType.BOOLEAN, text) for text in ("yes", "True", "1", True, 1)] == [True] * 5
    assert [read(ColumnType.BOOLEAN, text) for text in ("no", "FALSE", "0", False, 0)] == [False] * 5
    assert "neither yes nor no" in fault(ColumnType.BOOLEAN, "maybe")


def test_a_choice_outside_the_list_is_refused_with_the_nearest() -> None:
    assert read(ColumnType.CHOICE, "passed") == "passed"
    assert "did you mean `passed`?" in fault(ColumnType.CHOICE, "pased")


def test_a_score_may_be_the_name_of_a_level() -> None:
    assert read(ColumnType.SCORE, "Proficient", scale=PROFICIENCY) == Fraction(3)
    assert read(ColumnType.SCORE, "2.5", scale=PROFICIENCY) == Fraction(5, 2)
    assert "did you mean `Proficient`?" in fault(ColumnType.SCORE, "Proficent", scale=PROFICIENCY)


@pytest.mark.parametrize("written", ["0", "5", "4.01", Decimal("0.99")])
def test_a_score_off_the_scale_is_refused_with_the_bounds(written: object) -> None:
    assert "off the scale Proficiency, which runs from 1 to 4" in fault(ColumnType.SCORE, written, scale=PROFICIENCY)


def test_a_scale_that_is_a_range_includes_its_bounds() -> None:
    assert [read(ColumnType.SCORE, text, scale=PERCENT) for text in ("0", "100")] == [0, 100]
    assert "from 0 to 100" in fault(ColumnType.SCORE, "100.5", scale=PERCENT)
    assert read(ColumnType.SCORE, "9999", scale=Scale("Open", lowest=Fraction(0))) == 9999


def test_on_a_scale_without_numbers_a_score_is_a_level() -> None:
    assert read(ColumnType.SCORE, "A", scale=LETTERS) == Fraction(3)
    assert "between two levels" in fault(ColumnType.SCORE, "1.5", scale=LETTERS)


def test_identifiers_may_come_from_a_column_of_whole_numbers() -> None:
    assert read(ColumnType.IDENTIFIER, 4) == "4"
    assert "not text" in fault(ColumnType.IDENTIFIER, 4.0)
    assert "not text" in fault(ColumnType.TEXT, ["a"])


@pytest.mark.parametrize("character", ["\0", "\x1b", "\u202e", "\u2066", "\ud800"])
def test_characters_that_hide_or_reorder_are_refused(character: str) -> None:
    assert f"U+{ord(character):04X}" in fault(ColumnType.TEXT, f"a{character}b")


def test_text_may_run_over_lines_and_a_name_may_not() -> None:
    assert read(ColumnType.TEXT, "first\r\nsecond\rthird") == "first\nsecond\nthird"
    assert "several lines" in fault(ColumnType.COMPETENCY, "ELA\n1")


def test_a_cell_without_end_is_refused() -> None:
    assert "10,001 characters" in fault(ColumnType.TEXT, "x" * (CELL_CHARACTERS_MAX + 1))


@pytest.mark.parametrize(
    ("column_type", "value", "text"),
    [
        (ColumnType.NUMBER, Fraction(11, 4), "2.75"),
        (ColumnType.NUMBER, Fraction(-1, 40), "-0.025"),
        (ColumnType.NUMBER, Fraction(2, 3), "2/3"),
        (ColumnType.NUMBER, Fraction(100), "100"),
        (ColumnType.SHARE, Fraction(4, 5), "80%"),
        (ColumnType.SHARE, Fraction(1, 3), "1/3"),
        (ColumnType.SHARE, Fraction(4, 3), "400/3%"),
        (ColumnType.BOOLEAN, False, "no"),
        (ColumnType.MOMENT, datetime(2026, 9, 1), "2026-09-01"),
        (ColumnType.MOMENT, datetime(2026, 9, 1, 8, 30), "2026-09-01T08:30:00"),
        (ColumnType.INSTANT, datetime(2026, 9, 1, tzinfo=UTC), "2026-09-01T00:00:00Z"),
        (ColumnType.SCHOOL_YEAR, Fraction(2026), "2026"),
        (ColumnType.TEXT, None, ""),
    ],
)
def test_values_are_written_exactly_and_in_one_way(column_type: ColumnType, value: FactValue, text: str) -> None:
    assert cell_text(Column("cell", column_type, ""), value) == text
