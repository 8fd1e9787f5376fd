"""What makes a program what it is: a SHA-256 over its canonical JSON (RFC 8785). Formatting and comments do not count."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

import rfc8785

from competency.rules.program.ir import Program


def fingerprint(program: Program) -> str:
    """The fingerprint of a program with all the data it reads, as 64 hexadecimal digits."""
    return hashlib.sha256(rfc8785.dumps(canonical(program))).hexdigest()


def canonical(value: Any) -> Any:
    """A record as plain JSON: spans left out, fractions as `n/d`, dates as ISO text, records with their class name."""
    if is_dataclass(value) and not isinstance(value, type):
        record = {field.name: canonical(getattr(value, field.name)) for field in fields(value) if field.name != "span"}
        return {"": type(value).__name__, **record}
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return [[canonical(key), canonical(value[key])] for key in sorted(value, key=str)]
    if isinstance(value, tuple | list):
        return [canonical(part) for part in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"no canonical form for {type(value).__name__}")
