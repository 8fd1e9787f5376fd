"""The text of a CASE package to JSON objects and lists, numbers exact. Knows only which fields a package has at its top."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from competency.diagnostics import Diagnostic, Fix, Label
from competency.diagnostics.kinds import FRAMEWORK_UNREADABLE
from competency.source import Place

# A package of CASE nests seven levels; vendors' extensions may add some. The parser itself would fail near a thousand.
NESTING_MAX = 100
# Fields named in a message, when the file is an object of another kind.
FIELDS_SHOWN_MAX = 8

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_GET_JSON = "download the package as JSON, from an address such as .../ims/case/v1p1/CFPackages/{identifier}"


def parse_package(text: str, name: str) -> tuple[dict[str, Any] | None, tuple[Diagnostic, ...]]:
    """The object of a package with its list of items; None, and one diagnostic, where the text is something else."""
    start = text.lstrip()
    if not start:
        return None, (_unreadable(name, f"`{name}` is empty", _GET_JSON),)
    if start.startswith("<"):
        page = "a web page (HTML)" if re.match(r"<!doctype html|<html", start, re.IGNORECASE) else "HTML or XML"
        note = "A server answers so when one must log in first, or when the address is wrong."
        return None, (_unreadable(name, f"`{name}` is {page}, not a CASE package", _GET_JSON, note=note),)
    deep = _too_deep(text)
    if deep is not None:
        message = f"`{name}` nests objects and lists deeper than {NESTING_MAX} levels, on line {deep}"
        return None, (_unreadable(name, message, "look whether it is a CASE package at all", line=deep),)
    try:
        found = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        return None, (_not_json(name, text, error),)
    except (ValueError, InvalidOperation):
        # Python refuses whole numbers of more than 4,300 digits, and exponents of more than eighteen.
        message = f"`{name}` holds a number with thousands of digits"
        return None, (_unreadable(name, message, "CASE has no such number: ask for the file again"),)
    return _checked(found, name)


def _checked(found: Any, name: str) -> tuple[dict[str, Any] | None, tuple[Diagnostic, ...]]:
    if not isinstance(found, dict):
        what = "a list" if isinstance(found, list) else "a single value"
        message = f"`{name}` holds {what}, and a CASE package is an object with CFDocument and CFItems"
        return None, (_unreadable(name, message, _GET_JSON),)
    if isinstance(found.get("CFItems"), list):
        return found, ()
    if "CFItems" in found:
        message = f"`CFItems` of `{name}` is not a list"
        return None, (_unreadable(name, message, _GET_JSON, pointer="/CFItems"),)
    names = ", ".join(list(found)[:FIELDS_SHOWN_MAX]) or "none"
    note = f"Its fields are: {names}."
    if "imsx_codeMajor" in found:
        note = "It is the answer of a CASE server that something went wrong; read what it says."
    message = f"`{name}` has no `CFItems`: it is no CASE package"
    return None, (_unreadable(name, message, _GET_JSON, note=note),)


def _too_deep(text: str) -> int | None:
    """The line on which the nesting passes the limit; none where it does not."""
    position = depth = 0
    # Strings are cut out first: what stands in them is text.
    for string in _STRING.finditer(text):
        for bracket in _BRACKET.finditer(text, position, string.start()):
            depth += 1 if bracket[0] in "[{" else -1
            if depth > NESTING_MAX:
                return text.count("\n", 0, bracket.start()) + 1
        position = string.end()
    for bracket in _BRACKET.finditer(text, position):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > NESTING_MAX:
            return text.count("\n", 0, bracket.start()) + 1
    return None


def _not_json(name: str, text: str, error: json.JSONDecodeError) -> Diagnostic:
    message = f"`{name}` stops being JSON on line {error.lineno}, column {error.colno}"
    remedy = "correct that line, or ask for the file again"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        message = f"`{name}` ends in the middle, on line {error.lineno}: a part of it is missing"
        remedy = "download or copy it again, to the end"
    return _unreadable(name, message, remedy, line=error.lineno, parser=error.msg, column=error.colno)


def _unreadable(
    name: str,
    message: str,
    remedy: str,
    *,
    line: int | None = None,
    pointer: str | None = None,
    note: str = "",
    **data: Any,
) -> Diagnostic:
    return Diagnostic(
        FRAMEWORK_UNREADABLE,
        message,
        (Label(Place(name, line, pointer)),),
        notes=(note,) if note else (),
        fixes=(Fix(remedy),),
        data=data,
    )
