"""Why: a tree of what was evaluated, with its values and the facts it read. A path of indexes names each part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from competency.model.decisions import Decision
from competency.model.facts import Fact
from competency.rules.program import ir
from competency.rules.program.types import Type


@dataclass(frozen=True, slots=True)
class RowSet:
    """Rows or items that belong to a set for certain, and those that may; facts in total order, oldest first."""

    certain: tuple[Any, ...]
    possible: tuple[Any, ...] = ()


class Reason(NamedTuple):
    """A node, what it came to, and why. `value` is None where it is not known.

    A named tuple, because one is made for every node that is evaluated: a frozen dataclass takes three times as long.
    """

    node: ir.Node
    value: Any
    parts: tuple[Reason, ...] = ()
    about: str = ""
    """the item of a part of a quantifier"""

    def facts(self) -> Iterator[str]:
        """Identities of the facts that were read, each once for each reading."""
        pending = [self]
        while pending:
            here = pending.pop()
            if isinstance(here.value, RowSet):
                for row in (*here.value.certain, *here.value.possible):
                    if isinstance(row, Fact):
                        yield row.id
            pending.extend(reversed(here.parts))


@dataclass(frozen=True, slots=True)
class ClauseReason:
    """A clause with its outcome and reason.

    `exception` put it in place of the rule's own clause; `waived` says that an exception waives it, and `waiver` is the
    recorded waiver that frees the learner from it. What is waived is still evaluated and shown.
    """

    clause: ir.Clause
    value: bool | None
    reason: Reason | None
    exception: str = ""
    waived: bool = False
    waiver: str = ""
    authority: str = ""

    @property
    def exception_words(self) -> str:
        """What the exception is called: one of the rule, or an overlay with its authority."""
        if self.authority:
            return f"the overlay `{self.exception}` (by {self.authority})"
        return f"the exception `{self.exception}`"

    @property
    def counts(self) -> bool:
        """Whether the rule's outcome depends on it."""
        return not self.waived and not self.waiver


@dataclass(frozen=True, slots=True)
class Award:
    """A recorded award that decides, because it stands or because it was revoked."""

    row: Fact
    is_revoked: bool

    @property
    def words(self) -> str:
        """As it is told: `award A-1 of 2024-06-10 stands`."""
        values = self.row.values
        state = f"was revoked on {values.get('revoked_on')}" if self.is_revoked else "stands"
        return f"award {self.row.id} of {values.get('awarded_on')} {state}"


@dataclass(frozen=True, slots=True)
class Placement:
    """What a requirement that draws on a pool got: items with how much of each.

    `lacks` is what is missing, and `elsewhere` are the items that could serve it, with the requirements to which they went.
    """

    label: str
    items: tuple[tuple[str, Fraction], ...]
    lacks: Fraction
    elsewhere: tuple[tuple[str, tuple[str, ...]], ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision with the reasons of each clause, of its value, and of whether the rule governs the learner."""

    decision: Decision
    rule: ir.Rule
    clauses: tuple[ClauseReason, ...]
    lets: tuple[tuple[str, Reason], ...] = ()
    value: Reason | None = None
    governs: Reason | None = None
    missing: bool = False
    placements: tuple[Placement, ...] = ()
    award: Award | None = None
