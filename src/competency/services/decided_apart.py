"""Which learners the interpreter decides altogether, whatever the engine: whom a recorded waiver touches, or whose rows are entangled."""

from __future__ import annotations

from collections.abc import Callable

from competency.model.facts import LearnerFacts
from competency.rules.program import ir


def has_waiver(program: ir.Program) -> Callable[[LearnerFacts], bool]:
    """Tells of a learner's facts whether a recorded waiver frees the learner from a clause of the program's rules."""
    names = {name for rule in program.rules for name in (rule.reference, rule.name)}
    return lambda facts: any(row.values.get("rule") in names for row in facts.of("waivers"))
