"""`clauses.toml` beside a book to the list of clauses that its rules have to carry out. Knows nothing of the rules."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from competency.diagnostics import Diagnostic, kinds
from competency.interchange.file_problem import file_problem
from competency.interchange.read_text import read_text
from competency.model.clauses import PolicyClause, PolicyClauses

CLAUSES = "clauses.toml"
CLAUSES_BYTES_MAX = 1_000_000  # a list of clauses in our words: the longest code of rules has thousands

_NOT_BLANK = validate.Length(min=1, error="it is empty")
_REMEDY = 'write `source = "NAME"`, and for each clause `[[clause]]` with `number = "1"` and `words = "..."`'


class _ClauseSchema(Schema):
    number = fields.String(required=True, validate=_NOT_BLANK)
    words = fields.String(required=True, validate=_NOT_BLANK)
    no_rule = fields.String(load_default="", validate=_NOT_BLANK)
    unverified = fields.Boolean(load_default=False)

    @post_load
    def _clause(self, data: dict[str, Any], **_options: Any) -> PolicyClause:
        return PolicyClause(data["number"], data["words"], data["no_rule"], data["unverified"])


class _ClausesSchema(Schema):
    source = fields.String(required=True, validate=_NOT_BLANK)
    clause = fields.List(fields.Nested(_ClauseSchema), required=True, validate=validate.Length(min=1))


def read_clauses(path: Path) -> tuple[PolicyClauses | None, tuple[Diagnostic, ...]]:
    """The list in a file. None, and what is wrong with it, where it cannot be used."""
    text, problems = read_text(path, CLAUSES_BYTES_MAX)
    if text is None:
        return None, problems
    try:
        loaded: dict[str, Any] = _ClausesSchema().load(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return None, (_fault(path, str(error)),)
    except ValidationError as error:
        return None, tuple(_fault(path, what) for what in _told(error.messages))
    clauses = tuple(loaded["clause"])
    twice = [number for number, times in Counter(clause.number for clause in clauses).items() if times > 1]
    if twice:
        return None, (_fault(path, f"clause {twice[0]} stands twice"),)
    return PolicyClauses(loaded["source"], clauses), ()


def _told(messages: Any, place: str = "") -> list[str]:
    """Each message with its place: `clause 3, words: it is empty`."""
    if isinstance(messages, dict):
        return [
            told
            for key, inner in messages.items()
            for told in _told(
                inner, f"{place} {key + 1}" if isinstance(key, int) else ", ".join(filter(None, (place, key)))
            )
        ]
    return [f"{place}: {str(message).rstrip('.')}" for message in messages]


def _fault(path: Path, what: str) -> Diagnostic:
    return file_problem(kinds.CLAUSES_UNUSABLE, path, f"The list of clauses cannot be used: {what}.", _REMEDY)
