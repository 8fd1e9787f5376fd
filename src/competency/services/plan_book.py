"""What would run where: which rules of a book are decided for all learners at once, and which one by one, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from competency.interchange.fact_set import FactSet
from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.lay_out import lay_out
from competency.rules.population.presume_facts import presume_facts
from competency.rules.program import ir
from competency.services.engines import DUCKDB, INTERPRETER


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule and where it is decided: by `engine`, in so many queries, for so many items a learner.

    `reason` says why the interpreter decides it.
    """

    rule: str
    version: str
    items: int
    engine: str
    queries: int
    reason: str


def plan_book(program: ir.Program, facts: FactSet | None = None, as_of: date | None = None) -> tuple[PlannedRule, ...]:
    """Where each rule of a program is decided, in the order of the decisions.

    `facts`: those that are to be decided, whose numbers and dates may leave more to the interpreter; without them the facts
    of a school are presumed. `as_of`: the day for which is decided.
    """
    day = as_of or program.policy.begins or date.min.replace(year=2000)
    at_hand = presume_facts(program)
    if facts is not None:
        at_hand = lay_out(program, (facts.for_learner(learner) for learner in facts.learners)).at_hand
    return tuple(_planned(program, compile_program(program, at_hand, day, None, {})))


def _planned(program: ir.Program, compiled: Compiled) -> Sequence[PlannedRule]:
    found = []
    for group in compiled.groups:
        for index in group.rules:
            rule = program.rules[index]
            is_set = group.tables is not None
            found.append(
                PlannedRule(
                    rule.reference,
                    rule.version,
                    len(rule.about),
                    DUCKDB if is_set else INTERPRETER,
                    len(group.tables.tables) if group.tables is not None else 0,
                    "" if is_set else f"no set form yet: {group.reason}",
                )
            )
    return found
