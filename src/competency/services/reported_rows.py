"""What an engine's decisions report, in the words of the rules: the few decisions that become records one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from competency.model.decisions import Decision
from competency.model.facts import LearnerFacts
from competency.rules.interpreter.reasons import Award, ClauseReason, Explained
from competency.rules.interpreter.stand import standing
from competency.rules.interpreter.visible import awards
from competency.rules.population.lower_rule import OF_AWARDS, OUTCOMES, REPORTED_OF_AWARDS
from competency.rules.program import ir


@dataclass(frozen=True, slots=True)
class ReportingDecision:
    """A decision by numbers: its place in the program's schedule, its outcome among OUTCOMES, a bit for each report."""

    place: int
    outcome: int
    reported: int


def determining_labels(rule: ir.Rule, bits: int) -> tuple[str, ...]:
    """The labels of the clauses that made an outcome, and of the award that did."""
    return _labels(rule, bits, OF_AWARDS)


def explain_report(
    program: ir.Program, facts: LearnerFacts, row: ReportingDecision, as_of: date, known_on: datetime | None
) -> Explained:
    """A decision about a learner with the clauses, or the award, of which it reports something."""
    index, codes = program.schedule[row.place]
    rule = program.rules[index]
    award: Award | None = None
    if any(row.reported & bit for bit in REPORTED_OF_AWARDS):
        award = standing(rule, codes, awards(facts, as_of, known_on), as_of, program.year_begins)
    decision = Decision(
        facts.learner,
        rule.kind,
        rule.name,
        codes,
        OUTCOMES[row.outcome],
        None,
        (),
        as_of,
        known_on,
        reported=_labels(rule, row.reported, REPORTED_OF_AWARDS),
        policy_version=rule.version or program.policy.version,
    )
    clauses = tuple(ClauseReason(clause, False, None) for clause in _clauses(rule, row.reported))
    return Explained(decision, rule, clauses, award=award)


def _clauses(rule: ir.Rule, bits: int) -> list[ir.Clause]:
    return [clause for place, clause in enumerate(rule.clauses) if bits >> place & 1]


def _labels(rule: ir.Rule, bits: int, of_awards: Mapping[int, str]) -> tuple[str, ...]:
    further = [label for bit, label in of_awards.items() if bits & bit]
    return (*[clause.label for clause in _clauses(rule, bits)], *further)
