"""Runs a book's examples: what each expects against what the rules decide, with the decision in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.interpreter.wording import sentence
from competency.rules.language.resolved import ResolvedBook, ResolvedExample, ResolvedIndicatorExample
from competency.rules.program import ir
from competency.rules.run_examples import run_example
from competency.rules.run_indicator_examples import run_indicator_example, told
from competency.source import Position


@dataclass(frozen=True, slots=True)
class TestedExample:
    """An example and how it came out: `faults` are empty where it passed; `decided` is the decision in a sentence."""

    title: str
    rule: str
    file: str
    position: Position
    decided: str
    faults: tuple[Diagnostic, ...]

    @property
    def has_passed(self) -> bool:
        """Whether the rules decide what the example expects."""
        return not self.faults


AnyExample: TypeAlias = ResolvedExample | ResolvedIndicatorExample


def examples_containing(book: ResolvedBook, text: str) -> tuple[AnyExample, ...]:
    """The examples with a text in their title or in the name of their rule, capitals or not; all of them for none."""
    wanted = text.casefold()
    examples: tuple[AnyExample, ...] = (*book.examples, *book.indicator_examples)
    return tuple(
        example for example in examples if wanted in example.title.casefold() or wanted in _rule(example).casefold()
    )


def _rule(example: AnyExample) -> str:
    """What an example is about: a rule, or an indicator."""
    if isinstance(example, ResolvedIndicatorExample):
        return f"indicator {example.indicator}"
    return f"{example.kind} {example.rule}"


def try_examples(examples: tuple[AnyExample, ...], program: ir.Program) -> Iterator[TestedExample]:
    """The outcome of each example, in the order given."""
    for example in examples:
        decided, faults = _run(example, program)
        span = example.span
        yield TestedExample(example.title, _rule(example), span.source.name, span.position, decided, faults)


def _run(example: AnyExample, program: ir.Program) -> tuple[str, tuple[Diagnostic, ...]]:
    try:
        if isinstance(example, ResolvedIndicatorExample):
            indicated = run_indicator_example(example, program)
            return f"{_rule(example)}: {told(indicated.rows)}", indicated.faults
        result = run_example(example, program)
    except Exception as error:  # noqa: BLE001 - a decision that fails must not keep the other examples from running
        return "", (_failed(example, error),)
    decided = sentence(result.explained)
    note = f"The rules decide: {decided}"
    return decided, tuple(replace(fault, notes=(*fault.notes, note)) for fault in result.faults)


def _failed(example: AnyExample, error: Exception) -> Diagnostic:
    return Diagnostic(
        kinds.DECISION_FAILED,
        f"example {example.title!r}: the decision could not be made: {type(error).__name__}: {error}",
        (Label(example.span, "this example"),),
        fixes=(Fix("report it to the makers of this program, with the rule and the example"),),
        data={"example": example.title, "rule": _rule(example)},
    )
