"""The clauses of a policy document, as an office lists them: what the rules of a book have to say. No I/O."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PolicyClause:
    """One clause: its number in the list, what it says in our words, and why it is no rule (empty: it is one).

    `is_unverified` marks figures that are still to be checked against the statute before they are presented as law.
    """

    number: str
    words: str
    no_rule: str = ""
    is_unverified: bool = False


@dataclass(frozen=True, slots=True)
class PolicyClauses:
    """The list of a document that a book carries out. `source` is the name by which the book cites it."""

    source: str
    clauses: tuple[PolicyClause, ...]
