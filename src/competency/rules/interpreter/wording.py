"""Reasons in plain sentences: what a decision is, which clauses made it, and the values behind them."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any

from competency.model.decisions import Decision, Outcome
from competency.model.facts import Fact
from competency.rules.interpreter.reasons import ClauseReason, Explained, Reason, RowSet
from competency.rules.program import ir
from competency.rules.program.operators import Interval
from competency.rules.program.rounding import as_decimal_text

_ABOUT = {
    ("mastery", Outcome.MET): "has mastered",
    ("mastery", Outcome.NOT_MET): "has not mastered",
    ("credit", Outcome.MET): "has earned credit for",
    ("credit", Outcome.NOT_MET): "has not earned credit for",
    ("progression", Outcome.MET): "has reached",
    ("progression", Outcome.NOT_MET): "has not reached",
    ("recovery", Outcome.MET): "may recover credit for",
    ("recovery", Outcome.NOT_MET): "may not recover credit for",
}

_COMPARISONS = {"at least", "at most", "more than", "less than", "exactly", "not exactly"}
# Beyond this a fraction tells a reader nothing: a decaying average over ten scores has such a denominator, over
# thousands one of thousands of digits. The exact value stays in the decision.
FRACTION_SHOWN_MAX = 10**12


def shown_value(value: Any) -> str:
    """A value as people write it: exact, with a short decimal beside a long fraction."""
    match value:
        case None:
            return "not yet known"
        case True | False:
            return "yes" if value else "no"
        case Fraction():
            return _shown_number(value)
        case Interval(low=low, high=high):
            return f"at least {shown_value(low)}" + (f" and at most {shown_value(high)}" if high is not None else "")
        case datetime():
            return value.date().isoformat() if value.time() == value.time().min else value.isoformat(" ")
        case date():
            return value.isoformat()
        case RowSet(certain=certain, possible=possible):
            names = [row.id if isinstance(row, Fact) else str(row) for row in certain]
            more = f", and {len(possible)} of which it is not known" if possible else ""
            return (", ".join(names) or "none") + more
        case _:
            return str(value)


def _shown_number(value: Fraction) -> str:
    if _is_short(value):
        return as_decimal_text(value)
    if value.denominator > FRACTION_SHOWN_MAX:
        return f"about {as_decimal_text(value, 6)}"
    return f"{as_decimal_text(Fraction(value.numerator))}/{value.denominator} (about {as_decimal_text(value, 2)})"


def _is_short(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1 and value.denominator <= 10**6


def sentence(explained: Explained) -> str:
    """The decision in one sentence, with the clauses that made it."""
    decision = explained.decision
    return f"{_who(decision, explained.rule)}{_why(explained)}."


def _who(decision: Decision, rule: ir.Rule) -> str:
    item = " at ".join(decision.item)
    learner = f"Learner {decision.learner}"
    if decision.outcome is None:
        return f"{rule.reference} could not be decided for {learner}: {decision.error}"
    if decision.outcome is Outcome.NOT_APPLICABLE:
        return f"{rule.reference} does not govern {learner} on {decision.as_of}"
    if decision.outcome is Outcome.NOT_YET_KNOWN:
        about = f" about {item}" if item else ""
        return f"It is not yet known what {rule.reference} says of {learner}{about}"
    if rule.kind == "measure":
        about = f" for {item}" if item else ""
        return f"{learner}: {rule.name}{about} is {shown_value(decision.value)}"
    if rule.kind == "flag":
        raised = "is raised" if decision.outcome is Outcome.MET else "is not raised"
        return f"The flag {rule.name} {raised} for {learner}"
    return f"{learner} {_ABOUT.get((rule.kind, decision.outcome), decision.outcome.value)} {item}".rstrip()


def _why(explained: Explained) -> str:
    decision = explained.decision
    if explained.missing:
        return ", because there is no evidence that counts"
    told = [
        f"`{reason.clause.label}` {_held(reason)}"
        for reason in explained.clauses
        if reason.clause.label in decision.determining and reason.reason is not None
    ]
    return ", because " + "; ".join(told) if told else ""


def _held(reason: ClauseReason) -> str:
    assert reason.reason is not None
    told = _comparison(reason.reason)
    if reason.exception:
        told += f" (exception `{reason.exception}`)"
    return told


def _comparison(reason: Reason) -> str:
    """What a condition came to, with the values that were compared."""
    node = reason.node
    outcome = {True: "is met", False: "is not met", None: "is not yet known"}[reason.value]
    if isinstance(node, ir.Apply) and node.operator in _COMPARISONS and len(reason.parts) == 2:
        left, right = reason.parts
        wanted = "" if isinstance(left.node, ir.Field) and left.node.type.of == "level" else node.operator + " "
        return f"{outcome}: {text_of(left.node)} is {shown_value(left.value)}, needed is {wanted}{shown_value(right.value)}"
    if isinstance(node, ir.Quantify):
        held = [part.about for part in reason.parts if part.about and part.value is True]
        total = [part for part in reason.parts if part.about]
        return f"{outcome}: {len(held)} of {len(total)} are so"
    return outcome


def text_of(node: ir.Node) -> str:
    """The words of the rule from which a node comes."""
    return " ".join(node.span.text.split()) if node.span is not None else type(node).__name__.lower()
