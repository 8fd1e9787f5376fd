"""Reasons in plain words: values with their units, what a condition compared, and a decision in one sentence. Pure."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Any

from competency.model.decisions import Decision, Outcome
from competency.model.facts import Fact
from competency.rules.interpreter.reasons import ClauseReason, Explained, Reason, RowSet
from competency.rules.program import ir
from competency.rules.program.operators import Interval
from competency.rules.program.rounding import as_decimal_text, is_decimal
from competency.rules.program.types import Kind, Type

_ABOUT = {
    ("mastery", Outcome.MET): "has mastered",
    ("mastery", Outcome.NOT_MET): "has not mastered",
    ("credit", Outcome.MET): "has earned credit for",
    ("credit", Outcome.NOT_MET): "has not earned credit for",
    ("progression", Outcome.MET): "has reached",
    ("progression", Outcome.NOT_MET): "has not reached",
    ("recovery", Outcome.MET): "may recover credit for",
    ("recovery", Outcome.NOT_MET): "may not recover credit for",
    ("diploma", Outcome.MET): "has completed",
    ("diploma", Outcome.NOT_MET): "has not completed",
}

_STATES = {
    "mastery": "mastered",
    "credit": "credited",
    "progression": "reached",
    "flag": "raised",
    "diploma": "completed",
}

_COMPARISONS = {"at least", "at most", "more than", "less than", "exactly", "not exactly"}
_HELD = {True: "is met", False: "is not met", None: "is not yet known"}

# A condition with nothing to compare is told in the rule's words, if they are no longer than this: a sentence is short.
_WORDS_REPEATED_MAX = 100

# Digits of the decimal beside a fraction: enough that two numbers that differ by a tenth of a percent read differently.
_PLACES = 4
# Beyond this a fraction tells a reader nothing: a decaying average over ten scores has such a denominator, over
# thousands one of thousands of digits. The exact value stays in the decision.
FRACTION_SHOWN_MAX = 10**12


def shown_value(value: Any, type_: Type | None = None) -> str:
    """A value as people write it: exact, with a short decimal beside a long fraction, in the unit of its type."""
    match value:
        case None:
            return "not yet known"
        case True | False:
            return "yes" if value else "no"
        case Fraction():
            return _number(value, type_.of if type_ is not None and type_.kind is Kind.NUMBER else "")
        case Interval(low=low, high=high):
            most = f" and at most {shown_value(high, type_)}" if high is not None else ""
            return f"at least {shown_value(low, type_)}{most}"
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


def _number(value: Fraction, unit: str) -> str:
    if unit == "%":
        return percent(value)
    number = _plain_number(value)
    if unit in {"", "ratio"} or unit.startswith("score"):
        return number
    return f"{number} {unit}{'' if value == 1 else 's'}"


def _plain_number(value: Fraction) -> str:
    if _is_short(value):
        return as_decimal_text(value)
    about = f"about {as_decimal_text(value, _PLACES)}"
    if value.denominator > FRACTION_SHOWN_MAX:
        return about
    return f"{as_decimal_text(Fraction(value.numerator))}/{value.denominator} ({about})"


def percent(value: Fraction) -> str:
    """A share as a percentage: exact where it is short, else about so much."""
    return f"{as_decimal_text(value * 100)}%" if _is_short(value) else f"about {as_decimal_text(value * 100, 2)}%"


def _is_short(value: Fraction) -> bool:
    return is_decimal(value) and value.denominator <= 10**6


def sentence(explained: Explained) -> str:
    """The decision in one sentence, with the clauses that made it."""
    decision = explained.decision
    return f"{_who(decision, explained.rule)}{_why(explained)}."


def _who(decision: Decision, rule: ir.Rule) -> str:
    item = " at ".join(decision.item)
    learner = f"Learner {decision.learner}"
    if decision.outcome is None:
        about = f" about {item}" if item else ""
        return f"{rule.reference} could not be decided for {learner}{about}: {decision.error}"
    if decision.outcome is Outcome.NOT_APPLICABLE:
        about = f" about {item}" if item else ""
        return f"{rule.reference} does not govern learner {decision.learner} on {decision.as_of}{about}"
    if decision.outcome is Outcome.NOT_YET_KNOWN:
        about = f" about {item}" if item else ""
        return f"It is not yet known what {rule.reference} says of learner {decision.learner}{about}"
    if rule.kind == "measure":
        about = f" for {item}" if item else ""
        if decision.outcome is not Outcome.MET:
            return f"{learner}: {rule.name}{about} has no value"
        return (
            f"{learner}: {rule.name}{about} is {shown_value(decision.value, rule.value.type if rule.value else None)}"
        )
    if rule.kind == "pathway":
        return f"{learner}: next on the pathway {rule.name}: {', '.join(decision.assigned) or 'nothing'}"
    if rule.kind == "flag":
        raised = "is raised" if decision.outcome is Outcome.MET else "is not raised"
        return f"The flag {rule.name} {raised} for learner {decision.learner}"
    if decision.outcome is Outcome.WAIVED:
        return f"{learner} {_ABOUT.get((rule.kind, Outcome.MET), 'meets')} {item or rule.name} by waiver"
    about = f"{rule.reference} {item}".rstrip() if rule.kind == "diploma" else item
    return f"{learner} {_ABOUT.get((rule.kind, decision.outcome), decision.outcome.value)} {about}".rstrip()


def _why(explained: Explained) -> str:
    decision = explained.decision
    if explained.award is not None:
        return f", because {explained.award.words}"
    if explained.missing:
        return ", because there is no evidence that counts"
    governs = explained.governs
    if decision.outcome is Outcome.NOT_APPLICABLE and governs is not None:
        told = [_held_part(part) for part in _joined(governs) if part.value is False]
        return ", because " + "; ".join(told) if told else ""
    told = [
        f"`{reason.clause.label}` {_held(reason)}"
        for reason in explained.clauses
        if reason.clause.label in decision.determining and reason.reason is not None
    ]
    if decision.outcome is Outcome.NOT_YET_KNOWN and governs is not None and governs.value is None:
        told = ["it is not known whether the rule governs the learner", *told]
    return ", because " + "; ".join(told) if told else ""


def _held(reason: ClauseReason) -> str:
    assert reason.reason is not None
    told = f"{_HELD[reason.value]}{_because(reason.reason)}"
    if reason.waiver:
        return f"is waived by waiver {reason.waiver} ({told})"
    if reason.exception:
        told += f" ({reason.exception_words.removeprefix('the ')})"
    return told


def _because(reason: Reason) -> str:
    compared = comparison(reason)
    if compared:
        return f": {compared}"
    words = text_of(reason.node)
    return f": {words}" if 0 < len(words) <= _WORDS_REPEATED_MAX else ""


def _held_part(part: Reason) -> str:
    compared = comparison(part)
    return f"`{text_of(part.node)}` is not so{f': {compared}' if compared else ''}"


def _joined(reason: Reason) -> tuple[Reason, ...]:
    """The parts of a condition that are joined by `and`."""
    if isinstance(reason.node, ir.Apply) and reason.node.operator == "and":
        return tuple(part for joined in reason.parts for part in _joined(joined))
    return (reason,)


def comparison(reason: Reason) -> str:
    """The values that a condition compared, as `the average is 2.5, needed is at least 3`; empty where it compared none."""
    node = reason.node
    if isinstance(node, ir.Quantify):
        return counted(reason)
    if not (isinstance(node, ir.Apply) and node.operator in _COMPARISONS and len(reason.parts) == 2):
        return ""
    left, right = (_ranked(part) for part in reason.parts)
    wanted = "" if isinstance(left.node, ir.Field) and left.node.type.of == "level" else node.operator + " "
    words = _subject(left.node, reason.node)
    type_ = right.node.type if left.node.type.of == "ratio" and right.node.type.of == "%" else left.node.type
    return f"{words} is {shown_value(left.value, type_)}, needed is {wanted}{needed(right)}"


def _ranked(reason: Reason) -> Reason:
    """Levels are compared by their rank, and told by their code."""
    is_rank = isinstance(reason.node, ir.Field) and reason.node.name == "rank" and reason.parts
    return reason.parts[0] if is_rank else reason


def needed(reason: Reason) -> str:
    """What a condition needs: the value, after its name in the rule where it has one, as `Proficient (3)`."""
    value, words = shown_value(reason.value, reason.node.type), text_of(reason.node)
    return f"{words} ({value})" if words.isidentifier() and words != value else value


def _subject(node: ir.Node, whole: ir.Node) -> str:
    """What is compared, in the rule's words; those that a short way of writing left out are told plainly."""
    words = text_of(node)
    if words and words != text_of(whole):
        return words
    return "the as-of date" if isinstance(node, ir.Variable) and node.name == "as of" else _plainly(node)


def _plainly(node: ir.Node) -> str:
    match node:
        case ir.Variable(name=name) if name.startswith("placed"):
            return "what counts"
        case ir.Field():
            return f"the {node.name.replace('_', ' ')}"
        case ir.Apply(operator="how many hold"):
            return "the number of options that are met"
        case ir.Apply(operator="/", arguments=(ir.Apply(operator="how many hold"), *_)):
            return "the share of options that are met"
        case ir.Aggregate(formula="number"):
            return "the number so far"
        case _:
            return "the sum"


def counted(reason: Reason) -> str:
    """How many items or rows meet the condition of a quantifier, as `7 of 10 (70%), needed is at least 80%`."""
    node = reason.node
    assert isinstance(node, ir.Quantify)
    parts = [part for part in reason.parts if part.about]
    held, unknown = (sum(part.value is value for part in parts) for value in (True, None))
    total = len(parts)
    if not parts:
        return f"there are none of which it could be said ({text_of(node)})"
    open_ = f", and of {unknown} more it is not yet known" if unknown else ""
    told = f"{held} of {total} {'is' if held == 1 else 'are'} {state(node.condition)}"
    if node.amount is None:
        return told + open_
    amount = reason.parts[-1]
    share = f" ({percent(Fraction(held, total))})" if node.amount.type.of in {"%", "ratio"} else ""
    return f"{told}{share}{open_}, needed is {node.quantifier} {shown_value(amount.value, amount.node.type)}"


def state(condition: ir.Node) -> str:
    """What an item is that meets a condition: `mastered`, or plainly `so`."""
    return _STATES.get(condition.kind, "so") if isinstance(condition, ir.Conclusion) else "so"


def text_of(node: ir.Node) -> str:
    """The words of the rule from which a node comes; none for a node that stands for no words."""
    return " ".join(node.span.text.split()) if node.span is not None else ""
