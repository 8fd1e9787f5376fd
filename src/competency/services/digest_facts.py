"""Facts to a digest that stays the same as long as they do, and whether they have dates within some days.

Neither the order of rows counts, nor how often a row was sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256

from competency.model.facts import Fact, LearnerFacts


def digest_of(facts: LearnerFacts) -> str:
    """The SHA-256 of everything known about a learner, as 64 hexadecimal digits."""
    return digest_of_rows(row for rows in facts.tables.values() for row in rows)


def digest_of_rows(rows: Iterable[Fact]) -> str:
    """The SHA-256 of rows of facts, as 64 hexadecimal digits."""
    found = sha256()
    for text in sorted({_text(row) for row in rows}):
        found.update(text.encode())
    return found.hexdigest()


def has_date(rows: Iterable[Fact], after: date, until: date) -> bool:
    """Whether a row has a date, or a time on one, after a day and up to another."""
    return any(
        after < (value.date() if isinstance(value, datetime) else value) <= until
        for row in rows
        for value in row.values.values()
        if isinstance(value, date)
    )


def _text(row: Fact) -> str:
    """A row as text: of two rows that differ, the texts do."""
    cells = [(name, type(value).__name__, str(value)) for name, value in row.values.items() if value is not None]
    return repr((row.type, row.id, cells))
