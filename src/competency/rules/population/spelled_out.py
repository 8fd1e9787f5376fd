"""A relation spelled out in one text, quickly: two relations with one text are carried out by one query."""

from __future__ import annotations

from typing import assert_never

from competency.rules.population.columns import Expression
from competency.rules.population.prune import relations_below
from competency.rules.population.relations import Extend, Filter, Group, Join, Keep, Numbered, Relation, Scan, Union


def spelled_out(root: Relation) -> str:
    """Everything about a relation on which its query depends; a relation that is used twice is told once."""
    told: dict[int, int] = {}
    lines: list[str] = []

    def tell(relation: Relation) -> int:
        found = told.get(id(relation))
        if found is None:
            below = [tell(one) for one in relations_below(relation)]
            lines.append(f"{type(relation).__name__}{below}{_own(relation)}")
            found = told[id(relation)] = len(told)
        return found

    tell(root)
    return "\n".join(lines)


def _own(relation: Relation) -> str:
    match relation:
        case Scan(table=table, columns=columns):
            return f"{table} {[(name, kind.name) for name, kind in columns]}"
        case Extend(columns=columns) | Keep(columns=columns):
            return ";".join(f"{name}={_text(one)}" for name, one in columns)
        case Filter(condition=condition):
            return _text(condition)
        case Join(on=on, taken=taken, how=how):
            return f"{how} {on} {taken}"
        case Numbered():
            value = "" if relation.of_value is None else _text(relation.of_value)
            within = ",".join(map(_text, relation.within))
            order = ",".join(f"{_text(one)} {is_last_first}" for one, is_last_first in relation.order)
            return f"{relation.name} {relation.function} {value} within {within} order {order}"
        case Group(keys=keys, measures=measures):
            found = [
                f"{one.name} {one.function} {one.kind.name} "
                f"{'' if one.value is None else _text(one.value)} {_text(one.where)} {'' if one.by is None else _text(one.by)}"
                for one in measures
            ]
            return f"{keys} {found}"
        case Union():
            return ""
        case _:
            assert_never(relation)


def _text(expression: Expression) -> str:
    if expression.is_column:
        return f"{expression.name}:{expression.kind.name}"
    if expression.is_constant:
        return f"{expression.value!r}:{expression.kind.name}"
    return f"{expression.name}:{expression.kind.name}({','.join(map(_text, expression.parts))})"
