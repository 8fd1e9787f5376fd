"""The examples of a book's indicators against its program: what each expects, what the indicator says of the group."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.model.facts import Fact, LearnerFacts
from competency.rules.interpreter.decide import decide_and_remember
from competency.rules.interpreter.evaluate import Learner, evaluate
from competency.rules.interpreter.indicate import Indicated, indicate
from competency.rules.interpreter.visible import visible
from competency.rules.interpreter.wording import shown_value
from competency.rules.language.resolved import IndicatorExpected, ResolvedIndicatorExample
from competency.rules.program import ir
from competency.rules.run_examples import end_of_day


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """An example of an indicator with its rows and what is wrong with them; nothing wrong means that it passed."""

    example: ResolvedIndicatorExample
    rows: tuple[Indicated, ...]
    faults: tuple[Diagnostic, ...]


def run_indicator_example(example: ResolvedIndicatorExample, program: ir.Program) -> IndicatorResult:
    """Decides the made-up learners of an example, works out the indicator, and compares."""
    known_on = end_of_day(example.known_on) if example.known_on else None
    members: dict[str, Learner] = {}
    for name, rows in example.facts.items():
        if name:
            given = {(group, codes): truth for group, codes, truth in example.given[name]}
            facts = LearnerFacts(name, _tables(rows))
            _, members[name] = decide_and_remember(
                program, facts, example.as_of, known_on, given=given, presume_governed=True
            )
    schools = LearnerFacts("", _tables(example.facts.get("", ())))
    shared = visible(schools, program.fact_types, example.as_of, known_on)
    indicator = next(one for one in program.indicators if one.name == example.indicator)
    found = tuple(indicate(indicator, program, members, shared, example.as_of))
    of_group = tuple(row for row in found if row.group == example.group)
    learner = Learner(program, "", {}, example.as_of)
    faults = [fault for one in example.expect for fault in _compare(example, one, of_group, learner)]
    return IndicatorResult(example, of_group, tuple(faults))


def _tables(rows: tuple[Fact, ...]) -> dict[str, tuple[Fact, ...]]:
    tables: dict[str, tuple[Fact, ...]] = {}
    for row in rows:
        tables[row.type] = (*tables.get(row.type, ()), row)
    return tables


def told(rows: tuple[Indicated, ...]) -> str:
    """What an indicator says of a group, in words."""
    if not rows:
        return "there is no such group"
    return "; ".join(_told(row) for row in rows)


def _told(row: Indicated) -> str:
    if row.is_hidden:
        return "hidden"
    counts = f" ({row.counted} of {row.of})" if row.counted is not None else ""
    whose = f"{row.learner}: place " if row.learner else ""
    return f"{whose}{shown_value(row.value)}{counts}"


def _compare(
    example: ResolvedIndicatorExample, expected: IndicatorExpected, rows: tuple[Indicated, ...], learner: Learner
) -> list[Diagnostic]:
    if expected.place is not None:
        place, name = expected.place
        mine = next((row for row in rows if row.learner == name), None)
        holds = mine is not None and mine.value == Fraction(place)
        return [] if holds else [_fault(example, expected, f"place {place} of {name}", rows)]
    row = rows[0] if rows else None
    if expected.is_hidden:
        return [] if row is not None and row.is_hidden else [_fault(example, expected, "hidden", rows)]
    if expected.is_unknown:
        is_open = row is not None and not row.is_hidden and not isinstance(row.value, Fraction | str)
        return [] if is_open else [_fault(example, expected, "not yet known", rows)]
    if expected.counted is not None:
        counted, of = expected.counted
        holds = row is not None and (row.counted, row.of) == expected.counted
        return [] if holds else [_fault(example, expected, f"{counted} of {of} counted", rows)]
    wanted = evaluate(expected.value, {}, learner).value if expected.value is not None else None
    holds = row is not None and not row.is_hidden and row.value == wanted
    return [] if holds else [_fault(example, expected, f"the value {shown_value(wanted)}", rows)]


def _fault(
    example: ResolvedIndicatorExample, expected: IndicatorExpected, wanted: str, rows: tuple[Indicated, ...]
) -> Diagnostic:
    return Diagnostic(
        kinds.EXAMPLE_FAILED,
        f"example {example.title!r}: expected {wanted}, and the indicator says: {told(rows)}",
        (Label(expected.span, "expected here"),),
        fixes=(Fix("change the indicator if the example is right, or the example if the indicator is"),),
        data={"example": example.title},
    )
