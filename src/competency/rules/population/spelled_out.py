"""A relation spelled out in one text, quickly: two relations with one text are carried out by one query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from competency.rules.population.columns import Expression
from competency.rules.population.relations import (
    Extend,
    Filter,
    Group,
    Join,
    Keep,
    Measure,
    Measured,
    Numbered,
    Opened,
    Relation,
    Scan,
    Union,
)


def spelled_out(root: Relation) -> str:
    """Everything about a relation on which its query depends; a relation that is used twice is told once."""
    told: dict[int, int] = {}
    lines: list[str] = []

    def tell(relation: Relation) -> int:
        found = told.get(id(relation))
        if found is None:
            below = [tell(one) for one in _below(relation)]
            lines.append(f"{type(relation).__name__}{below}{_own(relation)}")
            found = told[id(relation)] = len(told)
        return found

    tell(root)
    return "\n".join(lines)


def _below(relation: Relation) -> tuple[Relation, ...]:
    match relation:
        case Scan():
            return ()
        case Opened(only=only):
            return tuple(one for _, one in only)
        case Join(left=left, right=right):
            return left, right
        case Union(parts=parts):
            return parts
        case Extend() | Keep() | Filter() | Numbered() | Group() | Measured():
            return (relation.of,)
        case _:
            assert_never(relation)


def _own(relation: Relation) -> str:
    match relation:
        case Scan(table=table, columns=columns):
            return f"{table} {[(name, kind.name) for name, kind in columns]}"
        case Opened():
            fields = [(name, kind.name) for name, kind in relation.columns]
            only = [name for name, _ in relation.only]
            return f"{relation.table} {relation.keys} {fields} {relation.number} {relation.size} {only}"
        case Extend(columns=columns) | Keep(columns=columns):
            return ";".join(f"{name}={text_of_expression(one)}" for name, one in columns)
        case Filter(condition=condition):
            return text_of_expression(condition)
        case Join(on=on, taken=taken, how=how):
            return f"{how} {on} {taken}"
        case Numbered():
            value = "" if relation.of_value is None else text_of_expression(relation.of_value)
            within = ",".join(map(text_of_expression, relation.within))
            order = ",".join(f"{text_of_expression(one)} {is_last_first}" for one, is_last_first in relation.order)
            return f"{relation.name} {relation.function} {value} within {within} order {order}"
        case Group(keys=keys, measures=measures):
            return f"{keys} {_measured(measures)}"
        case Measured(measures=measures):
            return _measured(measures)
        case Union():
            return ""
        case _:
            assert_never(relation)


def _measured(measures: Iterable[Measure]) -> str:
    found = []
    for one in measures:
        parts = ["" if part is None else text_of_expression(part) for part in (one.value, one.where, one.by)]
        found.append(f"{one.name} {one.function} {one.kind.name} {' '.join(parts)}")
    return ";".join(found)


def text_of_expression(expression: Expression) -> str:
    """Everything about an expression on which its value depends."""
    if expression.is_column:
        return f"{expression.name}:{expression.kind.name}"
    if expression.is_constant:
        return f"{expression.value!r}:{expression.kind.name}"
    return f"{expression.name}:{expression.kind.name}({','.join(map(text_of_expression, expression.parts))})"
