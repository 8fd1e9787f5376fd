"""What would run where: which rules of a book are decided for all learners at once, and which one by one, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.presume_facts import presume_facts
from competency.rules.program import ir
from competency.services.decide_untouched import decide_untouched
from competency.services.engines import DUCKDB, INTERPRETER
from competency.services.snapshot_facts import SnapshotFacts


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule and where it is decided: by `engine`, for so many items a learner.

    `queries` are those of its group: rules that draw one conclusion are decided in the same ones. `reason` says why the
    interpreter decides it.
    """

    rule: str
    version: str
    group: str
    items: int
    engine: str
    queries: int
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each rule of a program is decided, in the order of the decisions.

    Of `learners` that were looked at, `apart` are decided by the interpreter altogether.
    """

    rules: tuple[PlannedRule, ...]
    learners: int = 0
    apart: int = 0

    @property
    def queries(self) -> int:
        """The queries that decide all learners of a bucket at once."""
        return sum({one.group: one.queries for one in self.rules}.values())


def plan_book(program: ir.Program, as_of: date, facts: SnapshotFacts | None = None) -> Plan:
    """Where each rule of a program is decided on a day.

    `facts`: those that are to be decided, whose numbers and dates may leave more to the interpreter; without them the facts
    of a school are presumed.
    """
    untouched = decide_untouched(program, as_of, None)
    if facts is None:
        return Plan(_planned(program, compile_program(program, presume_facts(program), as_of, None, {}, untouched)))
    snapshot = facts.snapshot
    rules = _planned(program, compile_program(program, snapshot.at_hand(), as_of, None, {}, untouched))
    apart = sum(len(snapshot.entangled(bucket)) for bucket in range(snapshot.buckets))
    return Plan(rules, len(facts.learners), apart)


def first_day(program: ir.Program) -> date:
    """The day for which is planned where none is said: the first of the policy."""
    return program.policy.begins or date.min.replace(year=2000)


def _planned(program: ir.Program, compiled: Compiled) -> tuple[PlannedRule, ...]:
    found = []
    for group in compiled.groups:
        for index in group.rules:
            rule = program.rules[index]
            is_set = group.tables is not None
            found.append(
                PlannedRule(
                    rule.reference,
                    rule.version,
                    group.group,
                    len(rule.about),
                    DUCKDB if is_set else INTERPRETER,
                    group.tables.queries if group.tables is not None else 0,
                    group.reason,
                )
            )
    return tuple(found)
