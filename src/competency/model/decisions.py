"""What was decided about one learner, by one rule, on one item: outcome, value, clauses that made it, facts read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from typing import TypeAlias


class Outcome(Enum):
    """What a decision can say. An engine's error is not an outcome."""

    MET = "met"
    NOT_MET = "not met"
    NOT_YET_KNOWN = "not yet known"
    NOT_APPLICABLE = "not applicable"
    WAIVED = "waived"


DecisionValue: TypeAlias = Fraction | str | date | bool | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    `item` are the codes that the rule is about (none for a rule about the learner alone). `determining` are the labels
    of the clauses that made the outcome, in order of text. `reported` are the caps that allow and report and were
    passed. `evidence` are the identities of the facts read. `error` tells why no outcome could be found. `policy_version`
    is the version of the rule, or else of the policy, by which it was decided.
    """

    learner: str
    kind: str
    rule: str
    item: tuple[str, ...]
    outcome: Outcome | None
    value: DecisionValue
    determining: tuple[str, ...]
    as_of: date
    known_on: datetime | None
    reported: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    error: str = ""
    policy_version: str = ""
