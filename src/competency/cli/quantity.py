"""Numbers of things in words: `1 row`, `2 rows`."""

from __future__ import annotations


def quantity(number: int, word: str) -> str:
    """A number with its noun; none is `no`."""
    return f"{f'{number:,}' if number else 'no'} {word}{'' if number == 1 else 's'}"
