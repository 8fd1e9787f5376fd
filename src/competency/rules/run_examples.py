"""A book's examples against its program: what each expects, what the rules decide, and where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.evaluate import Learner, evaluate
from competency.rules.interpreter.reasons import Explained
from competency.rules.interpreter.wording import shown_value
from competency.rules.language.examples import LEARNER
from competency.rules.language.resolved import ResolvedBook, ResolvedExample, ResolvedExpectation
from competency.rules.program import ir


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """An example with the decision it got and what is wrong with it; nothing wrong means that it passed."""

    example: ResolvedExample
    explained: Explained
    faults: tuple[Diagnostic, ...]


def run_examples(book: ResolvedBook, program: ir.Program, contains: str = "") -> Iterator[ExampleResult]:
    """The result of each example whose title contains the text."""
    for example in book.examples:
        if contains.lower() in example.title.lower():
            yield run_example(example, program)


def run_example(example: ResolvedExample, program: ir.Program) -> ExampleResult:
    """Decides an example's made-up learner and compares."""
    tables: dict[str, tuple] = {}  # type: ignore[type-arg]
    for fact in example.facts:
        tables[fact.type] = (*tables.get(fact.type, ()), fact)
    facts = LearnerFacts(LEARNER, tables)
    given = {(group, codes): truth for group, codes, truth in example.given}
    known_on = end_of_day(example.known_on) if example.known_on else None
    group = ir.group_of(example.kind, example.rule)
    only = ir.needed_rules(program, group)
    decided = decide(program, facts, example.as_of, known_on, given=given, only=only, presume_governed=True)
    explained = next(one for one in decided if one.rule.group == group and one.decision.item == example.about)
    learner = Learner(program, LEARNER, {}, example.as_of)
    faults = [
        fault for expected in example.expect if (fault := _compare(example, expected, explained, learner)) is not None
    ]
    return ExampleResult(example, explained, tuple(faults))


def end_of_day(day: date) -> datetime:
    """The last moment of a date: what was recorded on it was known on it."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)


def _compare(
    example: ResolvedExample, expected: ResolvedExpectation, explained: Explained, learner: Learner
) -> Diagnostic | None:
    decision = explained.decision
    got = decision.outcome.value if decision.outcome else f"an error ({decision.error})"
    because = ", ".join(decision.determining)
    if expected.outcome and expected.outcome != got:
        reason = f" because {because}" if because else ""
        return _fault(example, expected, f"expected {expected.outcome}, and the rules say {got}{reason}")
    if expected.because and set(expected.because) - {*decision.determining, *decision.reported}:
        wanted = ", ".join(expected.because)
        return _fault(
            example, expected, f"expected {got} because {wanted}, and it is because {because or 'of nothing'}"
        )
    if expected.value is not None:
        wanted_value = evaluate(expected.value, {}, learner).value
        if wanted_value != decision.value:
            wanted, found = shown_value(wanted_value), shown_value(decision.value)
            return _fault(example, expected, f"expected the value {wanted}, and the rules give {found}")
    sorted_ = tuple if decision.kind == "pathway" else set  # the order of a pathway is part of what it says
    if expected.assigned is not None and sorted_(expected.assigned) != sorted_(decision.assigned):
        found = ", ".join(decision.assigned) or "nothing"
        return _fault(example, expected, f"expected {', '.join(expected.assigned)} to be assigned, and it is {found}")
    if expected.reported is not None and set(expected.reported) != set(decision.reported):
        wanted, found = ", ".join(expected.reported) or "nothing", ", ".join(decision.reported) or "nothing"
        return _fault(example, expected, f"expected {wanted} to be reported, and it is {found}")
    return None


def _fault(example: ResolvedExample, expected: ResolvedExpectation, message: str) -> Diagnostic:
    return Diagnostic(
        kinds.EXAMPLE_FAILED,
        f"example {example.title!r}: {message}",
        (Label(expected.span, "expected here"),),
        fixes=(Fix("change the rule if the example is right, or the example if the rule is"),),
        data={"example": example.title},
    )
