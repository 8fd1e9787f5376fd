"""What every production uses: spans, names, numbers and dates of tokens, and results that are not syntax yet."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from lark import Token, Transformer

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.syntax import Name
from competency.source import SourceText, Span

Children = list[Any]
T = TypeVar("T")

NUMBER_LENGTH_MAX = 40  # characters of a number: far more than any grade, credit or amount has
# What a listener can follow, and no reader of the tree overflows on.
OF_CHAIN_MAX = 20  # `a of b of c ...`
STEPS_MAX = 20  # `the larger of 1 and the larger of ...`, `... rounded up to 1 rounded up to 1`
TERMS_MAX = 100  # `a + b + c ...`
WORDS_MAX = 20  # words of a noun, and modifiers of a phrase

UNITS = {
    "credit": "credit",
    "point": "point",
    "dollar": "dollar",
    "day": "day",
    "school day": "school day",
    "month": "month",
    "school year": "school year",
    "year": "year",
    "minute": "minute",
    "hour": "hour",
    "week": "week",
}


class Pieces(Transformer[Token, Any]):
    """Tokens to words and places; `begin` says of which text. One instance serves every thread."""

    def __init__(self) -> None:
        super().__init__()
        self._state = threading.local()

    def begin(self, source: SourceText, offset: int) -> list[Diagnostic]:
        """Starts a text whose tokens are `offset` code points into the source; returns the list of findings."""
        self._state.source = source
        self._state.offset = offset
        self._state.diagnostics = []
        found: list[Diagnostic] = self._state.diagnostics
        return found

    # --- places and words ---

    def _token_span(self, token: Token) -> Span:
        start = self._state.offset + token.start_pos
        return Span(self._state.source, start, start + len(token))

    def _span(self, children: Children) -> Span:
        first, last = children[0], children[-1]
        offset = self._state.offset
        start = offset + first.start_pos if isinstance(first, Token) else first.span.start
        end = offset + last.start_pos + len(last) if isinstance(last, Token) else last.span.end
        return Span(self._state.source, start, end)

    def _name(self, token: Token) -> Name:
        text = str(token)
        return Name(self._token_span(token), unquoted(text) if token.type == "STRING" else text)

    def _names(self, children: Children, *types: str) -> tuple[Name, ...]:
        return tuple(self._name(child) for child in children if isinstance(child, Token) and child.type in types)

    def _list(self, token: Token) -> tuple[Name, ...]:
        """The names in an ANY_NAMES or ALL_NAMES token."""
        start = self._state.offset + token.start_pos
        found = [match for match in re.finditer(r"[A-Za-z][A-Za-z0-9_-]*", token) if match[0] not in {"and", "or"}]
        return tuple(
            Name(Span(self._state.source, start + match.start(), start + match.end()), match[0]) for match in found
        )

    def _values(self, token: Token) -> tuple[Name | syntax.TextLiteral | syntax.NumberLiteral, ...]:
        """The names, numbers and texts in an ANY_VALUES token."""
        values: list[Name | syntax.TextLiteral | syntax.NumberLiteral] = []
        for match in re.finditer(r'["“”](?:[^"“”\n]|"")*["“”]|[A-Za-z][A-Za-z0-9_-]*|[0-9.]+', token):
            part = Token("WORD", match[0], start_pos=(token.start_pos or 0) + match.start())
            if match[0][0] in '"“”':
                values.append(self._text(part))
            elif match[0][0].isdigit():
                values.append(self._number(part))
            elif match[0] != "or":
                values.append(self._name(part))
        return tuple(values)

    def _number(self, token: Token, unit: str = "", end: Token | None = None) -> syntax.NumberLiteral:
        span = self._span([token, end or token])
        if len(token) > NUMBER_LENGTH_MAX:
            self._too_long(span)
            return syntax.NumberLiteral(span, Fraction(0), unit)
        if token.type == "PERCENT":
            return syntax.NumberLiteral(span, Fraction(token[:-1].strip()), "%")
        return syntax.NumberLiteral(span, Fraction(str(token)), unit)

    def _too_long(self, span: Span) -> None:
        self._state.diagnostics.append(
            Diagnostic(
                kinds.CLAUSE_LIMIT,
                f"the number has {span.end - span.start:,} characters; at most {NUMBER_LENGTH_MAX} are read",
                (Label(span, "this number"),),
                fixes=(Fix("write a shorter number"),),
                data={"limit": NUMBER_LENGTH_MAX},
            )
        )

    def _text(self, token: Token) -> syntax.TextLiteral:
        return syntax.TextLiteral(self._token_span(token), unquoted(str(token)))

    def _date(self, token: Token) -> syntax.DateLiteral:
        span = self._token_span(token)
        try:
            return syntax.DateLiteral(span, date.fromisoformat(str(token)))
        except ValueError:
            self._state.diagnostics.append(
                Diagnostic(
                    kinds.IMPOSSIBLE_DATE,
                    f"{token} is not in the calendar",
                    (Label(span, "there is no such day"),),
                    notes=("Dates are written year-month-day, as in 2026-07-01.",),
                    fixes=(Fix("write a day that the month has"),),
                    data={"date": str(token)},
                )
            )
            return syntax.DateLiteral(span, date(1, 1, 1))


class NestingTooDeep(Exception):
    """Raised inside the parser where something goes on longer than its limit; carries the place, and what it is."""

    def __init__(self, span: Span, what: str, limit: int) -> None:
        super().__init__("nesting too deep")
        self.span = span
        self.what = what
        self.limit = limit


class Piece:
    """A parse result that is not syntax yet: it has a span, so that its parent can find its own."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span


class Items(Piece):
    """Several results of one production."""

    __slots__ = ("items",)

    def __init__(self, span: Span, items: tuple[Any, ...]) -> None:
        super().__init__(span)
        self.items = items


class Names(Piece):
    """A list of names."""

    __slots__ = ("names",)

    def __init__(self, span: Span, names: tuple[Name, ...]) -> None:
        super().__init__(span)
        self.names = names


class Of(Piece):
    """What follows `of`."""

    __slots__ = ("of",)

    def __init__(self, span: Span, of: syntax.PhraseLike) -> None:
        super().__init__(span)
        self.of = of


class Level(Piece):
    """A level of a scale."""

    __slots__ = ("level",)

    def __init__(self, span: Span, level: tuple[Name, syntax.NumberLiteral | None]) -> None:
        super().__init__(span)
        self.level = level


def steps(node: Any) -> int:
    """How deep roundings, shifts and extremes stand within each other."""
    match node:
        case syntax.Rounded(operand=inner) | syntax.Shifted(base=inner) | syntax.Negative(operand=inner):
            return 1 + steps(inner)
        case syntax.Extreme(left=left, right=right):
            return 1 + max(steps(left), steps(right))
        case _:
            return 0


def limited(node: T) -> T:
    """A node whose steps are within the limit; raises NestingTooDeep for another."""
    if steps(node) > STEPS_MAX:
        raise NestingTooDeep(node.span, "a value worked out from a value", STEPS_MAX)  # type: ignore[attr-defined]
    return node


def unquoted(text: str) -> str:
    """The words in quotes; a doubled quote stands for one."""
    return text[1:-1].replace('""', '"')


def unit(token: Token) -> str:
    """The singular of a unit word."""
    return UNITS[str(token).removesuffix("s")]


def of_type(children: Iterable[Any], *types: type[T]) -> tuple[Any, ...]:
    """The children of some types."""
    return tuple(child for child in children if isinstance(child, types))


def last_node(value: Any) -> Any:
    """The last of several, or the one."""
    return value[-1] if isinstance(value, tuple) else value


def assigned(value: Any, column: str) -> syntax.Assignment:
    """A value for a column that the text does not name."""
    return syntax.Assignment(value.span, Name(value.span, column), value)
