"""Numbers of things in words: `1 row`, `2 rows`."""

from __future__ import annotations


def quantity(number: int, word: str, plural: str = "") -> str:
    """A number with its noun; none is `no`. `plural` where it is not the noun with an s."""
    return f"{f'{number:,}' if number else 'no'} {word if number == 1 else plural or f'{word}s'}"
