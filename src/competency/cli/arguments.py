"""Dates and times as people type them into a command; what cannot be read becomes a diagnostic."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic


def read_as_of(text: str, option: str = "--as-of") -> tuple[date | None, tuple[Diagnostic, ...]]:
    """The date of `--as-of`, or of another option."""
    from competency.interchange.cell_fault import CellFault
    from competency.interchange.dates_and_times import read_date

    try:
        return read_date(text), ()
    except CellFault as fault:
        return None, (unusable(option, f"the date {fault.reason}", "write year, month and day, as 2026-11-02"),)


def read_known_on(text: str | None, time_zone: str) -> tuple[datetime | None, tuple[Diagnostic, ...]]:
    """The time of `--known-on`, in UTC; a date means its end in the book's time zone (UTC where it names none)."""
    from competency.interchange.cell_fault import CellFault
    from competency.interchange.dates_and_times import read_date, read_instant

    if text is None:
        return None, ()
    try:
        if len(text) > len("2026-11-02"):
            return read_instant(text), ()
        last = datetime.combine(read_date(text), time.max, ZoneInfo(time_zone or "UTC"))
        return last.astimezone(UTC), ()
    except (CellFault, OverflowError) as fault:
        reason = fault.reason if isinstance(fault, CellFault) else f"`{text}` is outside the calendar"
        remedy = "write a date, as 2026-11-02, or a time with its offset, as 2026-11-02T17:00:00-05:00"
        return None, (unusable("--known-on", f"the time {reason}", remedy),)


def memory_faults(memory: str | None) -> tuple[Diagnostic, ...]:
    """What is wrong with an amount of memory, if one was given."""
    from competency.services.engines import bytes_of

    try:
        if memory is not None:
            bytes_of(memory)
    except ValueError as error:
        return (unusable("--memory", str(error), "write a number and its unit, KB, MB, GB or TB, as 2GB"),)
    return ()


def unusable(argument: str, message: str, remedy: str) -> Diagnostic:
    """An argument that cannot be used."""
    from competency.diagnostics import Diagnostic, Fix, kinds

    data = {"argument": argument}
    return Diagnostic(kinds.ARGUMENT_UNUSABLE, f"{argument}: {message}", fixes=(Fix(remedy),), data=data)
