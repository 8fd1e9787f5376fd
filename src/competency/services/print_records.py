"""Records of any stage as indented lines for people, or as plain values for machines. The same records, the same text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

from competency.source import SourceText, Span

_INDENT = "  "


def plain(value: object) -> Any:
    """A record as JSON values: its class under an empty name, places left out, fractions as `n/d`, sets in order."""
    if isinstance(value, SourceText):
        return value.name
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {"": type(value).__name__} | {name: plain(part) for name, part in _parts(value)}
    if isinstance(value, Mapping):
        return [[plain(key), plain(value[key])] for key in sorted(value, key=str)]
    if isinstance(value, Set):
        return [plain(part) for part in sorted(value, key=str)]
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, Fraction | date):
        return str(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"a {type(value).__name__} in a record has no plain form")


def printed(value: object) -> Iterator[str]:
    """The lines of a record, what is empty left out."""
    yield from _lines("", plain(value), 0)


def _parts(record: Any) -> Iterator[tuple[str, object]]:
    """The fields of a record without those that say where in a text it stands."""
    for field in fields(record):
        part = getattr(record, field.name)
        is_place = isinstance(part, Span) or field.name in {"span", "spans"} or field.name.startswith("_")
        if not is_place:
            yield field.name, part


def _lines(name: str, value: Any, depth: int) -> Iterator[str]:
    start = _INDENT * depth + (f"{name}: " if name not in {"", "-"} else f"{name} ".lstrip())
    match value:
        case None | "" | []:
            return
        case dict():
            if set(value) == {"", "text"}:  # a name is its text
                yield f"{start}{value['text']}"
                return
            yield f"{start}{value['']}"
            for field, part in value.items():
                if field:
                    yield from _lines(field, part, depth + 1)
        case list() if all(not isinstance(part, dict | list) for part in value):
            yield f"{start}{', '.join(str(part) for part in value)}"
        case list():
            below = depth + 1 if name else depth
            if name:
                yield start.rstrip()
            for part in value:
                yield from _lines("-", part, below)
        case True | False:
            yield f"{start}{'yes' if value else 'no'}"
        case _:
            yield f"{start}{value}"
