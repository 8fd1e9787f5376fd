"""Whether conditions about one learner can hold together, with a learner for whom they do.

The parts that conditions compare with constants are tried at every value that tells the comparisons apart; other parts
are tried both ways. Complete for the selectors of the language; where it is not, a witness is shown and a person judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from competency.model.facts import BUILT_IN, ColumnType
from competency.rules.program import ir
from competency.rules.program.operators import OPERATORS
from competency.rules.program.types import Kind

_WHOLE_COLUMNS = frozenset(
    (fact_type.plural, column.name)
    for fact_type in BUILT_IN
    for column in fact_type.columns
    if column.type in {ColumnType.SCHOOL_YEAR, ColumnType.WHOLE}
)

TRIALS_MAX = 100_000  # combinations tried; beyond it the conditions count as compatible

_LOGIC = {"and", "or", "not"}
_COMPARISONS = {"at least", "at most", "more than", "less than", "exactly", "not exactly", "one of"}


def witness(conditions: Sequence[ir.Node]) -> list[str] | None:
    """A learner in words for whom all conditions hold; none if there is no such learner."""
    choices = _choices(conditions)
    if prod(len(choice) for choice in choices.values()) > TRIALS_MAX:
        return ["too many cases to try: look at both conditions"]
    for values in product(*choices.values()):
        trial = dict(zip(choices, values, strict=True))
        if all(_holds(condition, trial) is True for condition in conditions):
            return [_told(node, value) for node, value in trial.items()]
    return None


def hole_between(left: ir.Node, right: ir.Node, others: Sequence[ir.Node] = ()) -> list[str] | None:
    """A learner in words whom no condition admits, between two neighbours whom `left` and `right` admit.

    Steps go along one compared value, as a date of entry or the as-of date, with everything else unchanged. `others` are
    the versions beside the two: what one of them admits is no hole, and the nearest version on each side counts.
    """
    conditions = (left, right, *others)
    choices = _choices(conditions)
    if prod(len(choice) for choice in choices.values()) > TRIALS_MAX:
        return None
    for values in product(*choices.values()):
        trial = dict(zip(choices, values, strict=True))
        if any(_holds(condition, trial) is not False for condition in conditions):
            continue
        for node, choice in choices.items():
            at = choice.index(trial[node])
            below = _nearest(conditions, [{**trial, node: value} for value in reversed(choice[:at])])
            above = _nearest(conditions, [{**trial, node: value} for value in choice[at + 1 :]])
            if {below, above} == {0, 1}:
                return [_told(one, value) for one, value in trial.items()]
    return None


def _choices(conditions: Sequence[ir.Node]) -> dict[ir.Node, list[Any]]:
    """The parts that the conditions compare, each with the values to try."""
    subjects: dict[ir.Node, set[Any]] = {}
    for condition in conditions:
        _collect(condition, subjects)
    return {node: _candidates(node, constants) for node, constants in subjects.items()}


def _nearest(conditions: Sequence[ir.Node], trials: Sequence[dict[ir.Node, Any]]) -> int | None:
    """Which condition is the first to hold, step by step."""
    held = ([index for index, one in enumerate(conditions) if _holds(one, trial) is True] for trial in trials)
    return next((found[0] for found in held if found), None)


def _collect(node: ir.Node, subjects: dict[ir.Node, set[Any]]) -> None:
    if isinstance(node, ir.Apply) and node.operator in _LOGIC:
        for argument in node.arguments:
            _collect(argument, subjects)
    elif isinstance(node, ir.Apply) and node.operator in _COMPARISONS:
        constants = {part.value for part in node.arguments if isinstance(part, ir.Constant)}
        for part in node.arguments:
            if not isinstance(part, ir.Constant):
                subjects.setdefault(part, set()).update(constants)
    else:
        subjects.setdefault(node, set())


def _candidates(node: ir.Node, constants: set[Any]) -> list[Any]:
    if node.type.kind is Kind.TRUTH or not constants:
        return [True, False]
    if any(isinstance(value, str) for value in constants):
        return [*sorted(str(value) for value in constants), "something else"]
    if any(isinstance(value, date) for value in constants):
        day = timedelta(days=1)
        return sorted({moved for value in constants for moved in (value - day, value, value + day)})
    step = Fraction(1) if _is_whole(node) else Fraction(1, 1000)
    return sorted({moved for value in constants for moved in (value - step, value, value + step)})


def _is_whole(node: ir.Node) -> bool:
    """Whether a number can only be a whole one: a count, a school year, an age."""
    match node:
        case ir.Field(of=of, name=name):
            return ("learners" if of.type.of == "learner" else of.type.of, name) in _WHOLE_COLUMNS
        case ir.Aggregate(formula="number" | "number of different") | ir.Apply(operator="school year" | "age"):
            return True
        case ir.Aggregate(formula="the" | "highest" | "lowest" | "sum", value=ir.Field() as value):
            return _is_whole(value)
        case ir.Choose(cases=cases, otherwise=otherwise):
            return _is_whole(otherwise) and all(_is_whole(value) for _, value in cases)
        case _:
            return False


def _holds(node: ir.Node, trial: dict[ir.Node, Any]) -> Any:
    if node in trial:
        return trial[node]
    if isinstance(node, ir.Constant):
        return node.value
    if isinstance(node, ir.Apply):
        return OPERATORS[node.operator].meaning(*(_holds(part, trial) for part in node.arguments))
    return None


def _told(node: ir.Node, value: Any) -> str:
    if isinstance(node, ir.Aggregate) and isinstance(node.rows, ir.Facts) and node.rows.table == "programs":
        program = next(
            (
                match.value
                for column, match in node.rows.matches
                if column == "program" and isinstance(match, ir.Constant)
            ),
            "a program",
        )
        return f"in program {program}" if value >= 1 else f"not in program {program}"
    is_column = isinstance(node, ir.Field | ir.Variable)
    words = node.name.replace("_", " ") if isinstance(node, ir.Field | ir.Variable) else _source(node)
    if isinstance(value, bool):
        return words if value else f"not: {words}"
    shown = value.isoformat() if isinstance(value, date) else str(value)
    return f"{words} {shown}" if is_column else f"with {words} {shown}"


def _source(node: ir.Node) -> str:
    return " ".join(node.span.text.split()) if node.span is not None else "a value"
