"""A rule to the columns of its decisions: whom it governs, its clauses with exceptions, outcome, value, what is reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from competency.model.decisions import Outcome
from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population.columns import Expression
from competency.rules.population.frame import Frame
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.say_of_rows import how_many
from competency.rules.population.stand_in_ledger import Ledger
from competency.rules.population.values import RowSet, Single, only_where, rows_of, single, truth_of, unknown
from competency.rules.program import ir

# Outcomes by their numbers in tables.
OUTCOMES = (Outcome.MET, Outcome.NOT_MET, Outcome.NOT_YET_KNOWN, Outcome.NOT_APPLICABLE)
NUMBERS = {outcome: number for number, outcome in enumerate(OUTCOMES)}
NONE = c.constant(0)

# Labels of clauses are bits of one number; two more say what recorded awards do.
CLAUSES_MAX = 58
OF_AWARDS = {1 << 59: ir.AWARD, 1 << 60: ir.REVOKED}
REPORTED_OF_AWARDS = {1 << 59: ir.NO_LONGER_SUPPORTED, 1 << 60: ir.SUPPORTED_AGAIN}
_STANDS, _REVOKED = 1 << 59, 1 << 60


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """The columns of a rule's decisions.

    `governs` is 1, 0 or -1 where it is not known; `determining` and `reported` have a bit for each clause in the order of
    the rule, and those of OF_AWARDS and REPORTED_OF_AWARDS. `truth` and `value` are what others read of it. `is_met`: the
    clauses are, whatever awards say; then the items below that are `assigned` are.
    """

    governs: Expression
    outcome: Expression
    truth: Expression
    determining: Expression
    reported: Expression
    value: Single | None
    is_met: Expression
    assigned: RowSet | None


def check_has_form(rule: ir.Rule) -> None:
    """NoSetForm where a rule as a whole is more than clauses over columns."""
    if rule.allotment is not None:
        raise NoSetForm("requirements that draw on one pool")
    if len(rule.clauses) > CLAUSES_MAX:
        raise NoSetForm(f"more than {CLAUSES_MAX} clauses")
    if rule.assigns is not None and rule.kind == "pathway":
        raise NoSetForm("the order in which a pathway assigns")
    changed = {label for exception in rule.exceptions for label, _ in exception.replaces}
    labels = [clause.label for clause in rule.clauses]
    for clause in rule.clauses:
        if clause.effect == "report" and (clause.label in changed or labels.count(clause.label) > 1):
            raise NoSetForm("what is reported differs from learner to learner")
    for exception in rule.exceptions:
        for label, replacement in exception.replaces:
            effects = {clause.effect for clause in rule.clauses if clause.label == label}
            if replacement is not None and effects != {replacement.effect}:
                raise NoSetForm("an exception that turns a requirement into a report")


def without_evidence(rule: ir.Rule, frame: Frame) -> Expression:
    """Whether a rule that says what is so then has no evidence at all: never blank."""
    if not rule.evidence or not rule.missing:
        return c.FALSE
    found = []
    for node in rule.evidence:
        rows = rows_of(frame.value(node))
        count = how_many(rows, rows.certain)
        if rows.has_possible:
            count = c.plus(count, how_many(rows, rows.possible))
        found.append(c.both(rows.known, c.equal(count, c.constant(0))))
    return frame.column(c.holds(c.both(*found)))


def lower_rule(rule: ir.Rule, frame: Frame, no_evidence: Expression, ledger: Ledger) -> Decided:
    """The decisions of a rule for each row of a frame, whose rows are (learner, item)."""
    governs = c.TRUE if rule.governs is None else truth_of(frame.value(rule.governs))
    clauses = [_clause(place, clause, rule, frame) for place, clause in enumerate(rule.clauses)]
    required = [one for one in clauses if one.clause.effect == "require"]
    truth = frame.tidied(c.both(*[c.either(c.opposite(one.counts), one.value) for one in required]))
    if governs.is_nullable:  # of a learner of whom it is not known whether the rule governs, nothing is
        truth = frame.tidied(c.where(c.is_known(governs), truth))
    value = None if rule.value is None else single(frame.value(rule.value))
    not_governed, is_met = c.fails(governs), c.holds(truth)
    stands, is_revoked = ledger.stands, ledger.is_revoked
    no_evidence = c.both(no_evidence, c.opposite(stands), c.opposite(is_revoked))
    asked = frame.tidied(c.both(c.opposite(not_governed), c.opposite(no_evidence)))
    outcome = _outcome(rule, truth, value, no_evidence)
    outcome = c.choose(
        not_governed, _number(Outcome.NOT_APPLICABLE), c.choose(is_revoked, _number(Outcome.NOT_MET), outcome)
    )
    outcome = frame.column(c.choose(stands, _number(Outcome.MET), outcome))
    is_met = frame.tidied(c.both(asked, is_met))
    holds = frame.tidied(c.both(asked, c.either(stands, c.both(is_met, c.opposite(is_revoked)))))
    determining = _mask([(one.place, c.both(one.is_there, one.counts, c.same(one.value, truth))) for one in required])
    determining = c.choose(asked, c.choose(is_revoked, c.constant(_REVOKED), determining), NONE)
    reports = [one for one in clauses if one.clause.effect == "report"]
    reported = c.choose(holds, _mask([(one.place, c.both(one.is_there, c.fails(one.value))) for one in reports]), NONE)
    no_longer, again = c.both(asked, stands, c.fails(truth)), c.both(is_revoked, is_met)
    for told, bit in ((no_longer, _STANDS), (again, _REVOKED)):
        reported = c.plus(reported, c.choose(told, c.constant(bit), NONE))
    met = c.equal(outcome, _number(Outcome.MET))
    is_open = c.equal(outcome, _number(Outcome.NOT_YET_KNOWN))
    return Decided(
        governs=c.choose(c.holds(governs), c.constant(1), c.choose(not_governed, NONE, c.constant(-1))),
        outcome=outcome,
        truth=c.choose(met, c.TRUE, c.choose(is_open, c.UNKNOWN, c.FALSE)),
        determining=c.choose(stands, c.constant(_STANDS), determining),
        reported=reported,
        value=None if value is None else only_where(holds, value),
        is_met=is_met,
        assigned=None if rule.assigns is None else rows_of(frame.value(rule.assigns)),
    )


def _number(outcome: Outcome) -> Expression:
    return c.constant(NUMBERS[outcome])


def _outcome(rule: ir.Rule, truth: Expression, value: Single | None, no_evidence: Expression) -> Expression:
    """The outcome of clauses, or what the rule says where there is no evidence."""
    failed = c.choose(c.fails(truth), _number(Outcome.NOT_MET), _number(Outcome.NOT_YET_KNOWN))
    outcome = c.choose(c.holds(truth), _outcome_of_met(rule, value), failed)
    return c.choose(no_evidence, _number(Outcome(rule.missing)), outcome) if rule.evidence and rule.missing else outcome


def _outcome_of_met(rule: ir.Rule, value: Single | None) -> Expression:
    met, open_ = c.constant(NUMBERS[Outcome.MET]), c.constant(NUMBERS[Outcome.NOT_YET_KNOWN])
    if rule.kind != "measure":
        return met
    if value is None:
        return open_
    return c.choose(is_settled(value), met, open_)


def is_settled(value: Single) -> Expression:
    """Whether a value is known exactly: never blank."""
    return ratios.is_exact(value) if isinstance(value, ratios.Number) else c.opposite(unknown(value))


@dataclass(frozen=True, slots=True, eq=False)
class _Clause:
    """A clause: where it is there, where its outcome counts (no exception waives it), and what it comes to."""

    clause: ir.Clause
    place: int
    is_there: Expression
    counts: Expression
    value: Expression


def _clause(place: int, clause: ir.Clause, rule: ir.Rule, frame: Frame) -> _Clause:
    """A clause, or what an exception puts in its place. The first exception that applies counts.

    A clause of which it is not known whether it is there is met if it would be, and else not yet known.
    """
    own = truth_of(frame.value(clause.condition))
    value, is_waived = own, c.FALSE
    branches: list[tuple[Expression, Expression]] = []
    none_before, first_found = c.TRUE, c.TRUE
    for replacement, applies in _changes(clause, rule, frame):
        outcome = c.TRUE if replacement is None else truth_of(frame.value(replacement.condition))
        is_here = frame.tidied(c.both(none_before, c.opposite(c.fails(applies))))
        branches.append((is_here, outcome))
        if replacement is None:
            is_waived = c.either(is_waived, c.both(first_found, is_here))
        first_found = c.both(first_found, c.fails(applies))
        none_before = frame.tidied(c.both(none_before, c.opposite(c.holds(applies))))
    if branches:
        branches.append((none_before, own))
        all_true = c.both(*[c.either(c.opposite(here), c.holds(outcome)) for here, outcome in branches])
        all_false = c.both(*[c.either(c.opposite(here), c.fails(outcome)) for here, outcome in branches])
        value = frame.tidied(c.choose(all_true, c.TRUE, c.choose(all_false, c.FALSE, c.UNKNOWN)))
    is_there = c.TRUE
    if clause.applies is not None:
        applies = truth_of(frame.value(clause.applies))
        is_there = c.opposite(c.fails(applies))
        value = c.choose(c.both(c.is_blank(applies), c.fails(value)), c.UNKNOWN, value)
    waived = c.both(is_waived, c.holds(value))
    value, is_there = frame.tidied(value), frame.tidied(is_there)
    return _Clause(clause, place, is_there, frame.tidied(c.both(is_there, c.opposite(waived))), value)


def _changes(clause: ir.Clause, rule: ir.Rule, frame: Frame) -> Iterator[tuple[ir.Clause | None, Expression]]:
    """What exceptions put in the place of a clause, in order of precedence, each with whether it applies."""
    for exception in rule.exceptions:
        for label, replacement in exception.replaces:
            if label != clause.label:
                continue
            applies = truth_of(frame.value(exception.applies))
            if replacement is not None and replacement.applies is not None:
                applies = c.both(applies, truth_of(frame.value(replacement.applies)))
            yield replacement, applies


def _mask(bits: list[tuple[int, Expression]]) -> Expression:
    """One number with a bit for each truth."""
    result = c.constant(0)
    for place, truth in bits:
        result = c.plus(result, c.choose(truth, c.constant(1 << place), c.constant(0)))
    return result
