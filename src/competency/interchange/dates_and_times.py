"""Dates, moments and instants in cells: from ISO 8601 text or native values, and back.

A moment is local time without a zone; an instant is a point of time, kept in UTC. Nothing here asks the clock.
"""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from zoneinfo import ZoneInfo

from competency.interchange.cell_fault import CellFault, shown
from competency.interchange.exact_numbers import read_whole

# Written out, not left to fromisoformat: that also takes week dates and dates without hyphens.
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_SCHOOL_YEAR = re.compile(r"(\d{4})[-/–](\d{2}|\d{4})", re.ASCII)


def read_date(value: object) -> date:
    """A date without a time of day. Raises CellFault, which says so when the day is not in the calendar."""
    if isinstance(value, datetime):
        if value.tzinfo is not None or value.time() != datetime.min.time():
            raise CellFault(f"{shown(value)} has a time of day where a date is expected")
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        found = _DATE.fullmatch(value)
        if found:
            return _calendar_date(value, *(int(part) for part in found.groups()))
        if _DATE_TIME.fullmatch(value):
            raise CellFault(f"{shown(value)} has a time of day where a date is expected")
    raise CellFault(f"{shown(value)} is not a date: write year, month and day, as 2026-09-01")


def read_moment(value: object, time_zone: ZoneInfo | None) -> datetime:
    """A naive local date-time; a date alone is its midnight.

    A value with an offset is converted to `time_zone` and refused where none is given. Raises CellFault.
    """
    moment = _read_date_time(value)
    if moment.tzinfo is None:
        return moment
    if time_zone is None:
        raise CellFault(
            f"{shown(value)} has an offset from UTC, and no time zone is named into which it could be converted: "
            "write local time without the offset, or name the zone in the calendar"
        )
    return _converted(moment, time_zone, value).replace(tzinfo=None, fold=0)


def read_instant(value: object, time_zone: ZoneInfo | None = None) -> datetime:
    """An aware date-time in UTC; a date alone is the start of that day in the zone (none: UTC). Raises CellFault."""
    is_date_alone = (isinstance(value, str) and _DATE.fullmatch(value) is not None) or (
        isinstance(value, date) and not isinstance(value, datetime)
    )
    moment = _read_date_time(value)
    if is_date_alone:
        return moment.replace(tzinfo=time_zone or UTC).astimezone(UTC)
    if moment.tzinfo is None:
        raise CellFault(
            f"{shown(value)} does not say its offset from UTC: end it with Z or an offset, as 2026-09-01T08:30:00-04:00"
        )
    return _converted(moment, UTC, value)


def read_school_year(value: object) -> Fraction:
    """The year in which a school year ends: `2025-26`, `2025-2026` and `2026` are the same. Raises CellFault."""
    if isinstance(value, str):
        found = _SCHOOL_YEAR.fullmatch(value)
        if found:
            ends = int(found[1]) + 1
            if found[2] not in (str(ends), f"{ends % 100:02d}"):
                raise CellFault(f"{shown(value)} is not a school year: {found[1]} is followed by {ends}")
            return Fraction(ends)
        if not re.fullmatch(r"\d{4}", value, re.ASCII):
            raise CellFault(f"{shown(value)} is not a school year: write 2025-26, or the year of its end, as 2026")
        return Fraction(int(value))
    year = read_whole(value)
    if not 1000 <= year <= 9999:
        raise CellFault(f"{shown(value)} is not a school year: write 2025-26, or the year of its end, as 2026")
    return year


def moment_text(moment: datetime) -> str:
    """A date where the moment is a midnight, else `2026-09-01T08:30:00`."""
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat()


def instant_text(instant: datetime) -> str:
    """`2026-09-01T12:30:00Z`."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _calendar_date(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        if year and 1 <= month <= 12:
            days = monthrange(year, month)[1]
            why = f"{month_name[month]} {year} has {days} days"
        else:
            why = "months are numbered 01 to 12, years from 0001"
        raise CellFault(f"{shown(text)} is not in the calendar: {why}") from None


def _read_date_time(value: object) -> datetime:
    """A date-time as written: aware exactly where it has an offset."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a moment is local time
    found = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return _read_date_time(read_date(value))
        raise CellFault(
            f"{shown(value)} is not a date or date-time: write 2026-09-01 or 2026-09-01T08:30, hours from 00 to 23"
        )
    day = read_date(found[1])
    hour, minute, second = (int(found[group] or 0) for group in (2, 3, 4))
    if hour > 23 or minute > 59 or second > 59:
        raise CellFault(f"{shown(value)} is not a time of day: hours run from 00 to 23, minutes and seconds to 59")
    microsecond = int((found[5] or "").ljust(6, "0"))
    zone = _offset(found[6], value)
    return datetime(day.year, day.month, day.day, hour, minute, second, microsecond, tzinfo=zone)


def _offset(text: str | None, value: object) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        raise CellFault(f"{shown(value)} has an impossible offset from UTC")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _converted(moment: datetime, zone: timezone | ZoneInfo, value: object) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:
        raise CellFault(f"{shown(value)} is outside the calendar once it is converted") from None
