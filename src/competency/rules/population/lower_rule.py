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
from competency.rules.population.values import RowSet, Single, only_where, rows_of, single, truth_of, unknown
from competency.rules.program import ir

# Outcomes by their numbers in tables.
OUTCOMES = (Outcome.MET, Outcome.NOT_MET, Outcome.NOT_YET_KNOWN, Outcome.NOT_APPLICABLE)
NUMBERS = {outcome: number for number, outcome in enumerate(OUTCOMES)}

# Labels of clauses are bits of one number.
CLAUSES_MAX = 60


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """The columns of a rule's decisions.

    `governs` is 1, 0 or -1 where it is not known; `determining` and `reported` have a bit for each clause in the order of
    the rule. `truth` and `value` are what others read of it. `assigned` are items below, where `truth` holds.
    """

    governs: Expression
    outcome: Expression
    truth: Expression
    determining: Expression
    reported: Expression
    value: Single | None
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


def lower_rule(rule: ir.Rule, frame: Frame, no_evidence: Expression) -> Decided:
    """The decisions of a rule for each row of a frame, whose rows are (learner, item)."""
    governs = c.TRUE if rule.governs is None else truth_of(frame.value(rule.governs))
    clauses = [_clause(place, clause, rule, frame) for place, clause in enumerate(rule.clauses)]
    required = [one for one in clauses if one.clause.effect == "require"]
    truth = c.both(*[c.either(c.opposite(one.counts), one.value) for one in required])
    truth = frame.tidied(truth)
    if governs.is_nullable:  # of a learner of whom it is not known whether the rule governs, nothing is
        truth = frame.tidied(c.where(c.is_known(governs), truth))
    value = None if rule.value is None else single(frame.value(rule.value))
    not_governed, is_met = c.fails(governs), c.holds(truth)
    stands = c.both(c.opposite(not_governed), c.opposite(no_evidence))
    reported = _mask(
        [(one.place, c.both(one.is_there, c.fails(one.value))) for one in clauses if one.clause.effect == "report"]
    )
    determining = _mask([(one.place, c.both(one.is_there, one.counts, c.same(one.value, truth))) for one in required])
    zero = c.constant(0)
    outcome = c.choose(
        is_met,
        _outcome_of_met(rule, value),
        c.choose(c.fails(truth), c.constant(NUMBERS[Outcome.NOT_MET]), c.constant(NUMBERS[Outcome.NOT_YET_KNOWN])),
    )
    missing = c.constant(NUMBERS[Outcome(rule.missing)] if rule.evidence and rule.missing else 0)
    outcome = c.choose(no_evidence, missing, outcome)
    outcome = frame.column(c.choose(not_governed, c.constant(NUMBERS[Outcome.NOT_APPLICABLE]), outcome))
    met = c.equal(outcome, c.constant(NUMBERS[Outcome.MET]))
    is_open = c.equal(outcome, c.constant(NUMBERS[Outcome.NOT_YET_KNOWN]))
    holds = frame.tidied(c.both(stands, is_met))
    assigned = None if rule.assigns is None else rows_of(frame.value(rule.assigns))
    return Decided(
        governs=c.choose(c.holds(governs), c.constant(1), c.choose(not_governed, zero, c.constant(-1))),
        outcome=outcome,
        truth=c.choose(met, c.TRUE, c.choose(is_open, c.UNKNOWN, c.FALSE)),
        determining=c.choose(stands, determining, zero),
        reported=c.choose(holds, reported, zero),
        value=None if value is None else only_where(holds, value),
        assigned=assigned,
    )


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
