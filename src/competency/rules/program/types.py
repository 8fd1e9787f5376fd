"""The types of the language: what a value is, and in which unit. No values here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The few kinds of values."""

    TRUTH = "condition"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    ITEM = "item"
    ITEMS = "items"
    ROW = "fact"
    ROWS = "facts"


@dataclass(frozen=True, slots=True)
class Type:
    """A kind with what it is of.

    `of` is the unit of a number (empty for a plain one, `%`, `ratio`, `credit`, `point`, `dollar`, `day`, `school day`,
    `month`, `school year`, `minute`, `score` or `score:SCALE`), the kind of an item, the plural of a fact type, or the
    declared list that a text is a word of (`method`, `role`, `program`).
    """

    kind: Kind
    of: str = ""

    @property
    def described(self) -> str:
        """The type in the registrar's words."""
        match self.kind:
            case Kind.TRUTH:
                return "a condition (something that is so or not)"
            case Kind.DATE:
                return "a date"
            case Kind.TEXT:
                return f"a {self.of}" if self.of else "a text"
            case Kind.ITEM:
                return f"a {self.of}"
            case Kind.ITEMS:
                return "courses, competencies or levels" if not self.of else f"items of kind {self.of}"
            case Kind.ROW | Kind.ROWS:
                return f"rows of {self.of}"
            case Kind.NUMBER:
                return _UNIT_WORDS.get(self.of, f"a score on the scale {self.of.removeprefix('score:')}")


_UNIT_WORDS = {
    "": "a plain number",
    "%": "a percentage",
    "ratio": "a ratio",
    "credit": "credits",
    "point": "points",
    "dollar": "dollars",
    "day": "days",
    "school day": "school days",
    "month": "months",
    "school year": "school years",
    "minute": "minutes",
    "score": "a score",
}

TRUTH = Type(Kind.TRUTH)
PLAIN = Type(Kind.NUMBER)
SHARE = Type(Kind.NUMBER, "%")
RATIO = Type(Kind.NUMBER, "ratio")
DATE = Type(Kind.DATE)
TEXT = Type(Kind.TEXT)


def unit(name: str) -> Type:
    """A number with a unit."""
    return Type(Kind.NUMBER, name)


def item(kind: str) -> Type:
    """One item of a kind."""
    return Type(Kind.ITEM, kind)


def items(kind: str) -> Type:
    """Items of a kind."""
    return Type(Kind.ITEMS, kind)


def rows(plural: str) -> Type:
    """Facts of a type."""
    return Type(Kind.ROWS, plural)


def comparable(left: Type, right: Type) -> bool:
    """Whether two values may be compared, added or chosen between: one kind, and units that mean the same.

    A ratio goes with percent and plain numbers; plain numbers go with credits, points and scores on scales that have
    numbers (the checker knows which have). Dollars, days, months, school years and minutes go with themselves only.
    """
    if left.kind is not right.kind:
        return False
    if left.of == right.of or left.kind is Kind.TRUTH:
        return True
    if left.kind is Kind.ITEM:
        return {left.of, right.of} == {"competency", "skill"}
    if left.kind is Kind.TEXT:
        return not left.of or not right.of
    if left.kind is not Kind.NUMBER:
        return False
    return _loose(left.of, right.of) or _loose(right.of, left.of)


def _loose(left: str, right: str) -> bool:
    if left == "ratio":
        return right in {"%", ""}
    if left == "":
        return right in {"credit", "point"} or right.startswith("score")
    return left == "score" and right.startswith("score:")


def joined(left: Type, right: Type) -> Type:
    """The type of a sum or choice of two comparable values: the one that says more."""
    if left.of in {"", "ratio", "score"} and right.of:
        return right
    return left
