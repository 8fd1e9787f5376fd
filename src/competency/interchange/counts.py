"""How many rows went which way, and the law that none is lost: read = accepted + unchanged + rejected."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one table, or of several added up.

    `accepted`: taken, new or changed. `unchanged`: the same row was there already. `rejected`: not taken, and written
    to the rejects file. `replaced`: those of the accepted that took the place of an older row.
    INVARIANT: read = accepted + unchanged + rejected; a count that breaks it cannot be made (ValueError).
    """

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    replaced: int = 0

    def __post_init__(self) -> None:
        if min(self.read, self.accepted, self.unchanged, self.rejected, self.replaced) < 0:
            raise ValueError(f"a count below zero: {self}")
        if self.read != self.accepted + self.unchanged + self.rejected:
            raise ValueError(f"rows were lost or made up: {self}")
        if self.replaced > self.accepted:
            raise ValueError(f"more rows replaced than accepted: {self}")

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.read + other.read,
            self.accepted + other.accepted,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
            self.replaced + other.replaced,
        )
