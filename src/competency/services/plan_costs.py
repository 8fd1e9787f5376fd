"""What deciding costs, in microseconds of processors, and what that comes to for more learners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of a processor for one learner, and how many decisions are made in them; measured on `learners`."""

    microseconds: int
    decisions: int
    learners: int

    def of(self, learners: int) -> int:
        """Microseconds for so many learners."""
        return learners * self.microseconds


@dataclass(frozen=True, slots=True)
class SharedCost:
    """Microseconds of processors for every bucket of learners, and for each learner in it; measured on `learners` at most.

    `bucket`: how many learners a bucket has at most.
    """

    microseconds_a_bucket: int
    microseconds_a_learner: int
    bucket: int
    learners: int

    def of(self, learners: int) -> int:
        """Microseconds for so many learners."""
        return -(-learners // self.bucket) * self.microseconds_a_bucket + learners * self.microseconds_a_learner


@dataclass(frozen=True, slots=True)
class PlanCosts:
    """What deciding takes. `together`: every rule that is decided for all learners at once, none where there is no such rule.

    By the interpreter: `of_group`, for each group of rules left to it, with those on which they rely; `left`, for all of
    those groups together, none where no rule is left to it; `altogether`, for every rule of the program, which is how
    learners with a recorded waiver, and those whose rows contradict each other, are decided. `writing`: the decisions of a
    learner as rows of CSV.
    """

    together: SharedCost | None
    writing: Cost
    of_group: Mapping[str, Cost]
    left: Cost | None
    altogether: Cost
