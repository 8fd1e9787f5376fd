"""Scales on which evidence is rated: named levels in order, most with numbers, some only a range of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class ScaleLevel:
    """A named level. `rank` counts from one, lowest first; `number` is its value, none on a scale without numbers."""

    name: str
    rank: int
    number: Fraction | None


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale of levels, lowest first, or a plain range of numbers with its bounds (both included)."""

    name: str
    levels: tuple[ScaleLevel, ...] = ()
    lowest: Fraction | None = None
    highest: Fraction | None = None

    @property
    def has_numbers(self) -> bool:
        """Whether scores on it may be added and averaged."""
        return not self.levels or all(level.number is not None for level in self.levels)

    def level(self, name: str) -> ScaleLevel | None:
        """The level of that name."""
        return next((level for level in self.levels if level.name == name), None)

    def value(self, level: ScaleLevel) -> Fraction:
        """What a level counts as: its number, or its rank on a scale without numbers (for order only)."""
        return level.number if level.number is not None else Fraction(level.rank)
