"""Times in words, as exactly as an estimate is worth it: `12 seconds`, `3 hours`."""

from __future__ import annotations

from competency.cli.quantity import quantity

# Each unit with its length in microseconds, and how many of it are told before the next is taken.
_UNITS = (
    ("second", 1_000_000, 90),
    ("minute", 60_000_000, 90),
    ("hour", 3_600_000_000, 48),
    ("day", 86_400_000_000, 0),
)


def duration(microseconds: int) -> str:
    """A time in whole seconds, minutes, hours or days, rounded up."""
    if microseconds < 1_000_000:
        return "under 1 second"
    for word, length, most in _UNITS:
        number = -(-microseconds // length)
        if number <= most or not most:
            return quantity(number, word)
    raise AssertionError("the last unit takes any number")


def milliseconds(microseconds: int) -> str:
    """Thousandths of a second with as many places as matter: `0.36 ms`, `16.2 ms`, `1,250 ms`."""
    if microseconds < 10:
        return "under 0.01 ms"
    places = 2 if microseconds < 10_000 else 1 if microseconds < 100_000 else 0
    return f"{microseconds / 1000:,.{places}f} ms"
