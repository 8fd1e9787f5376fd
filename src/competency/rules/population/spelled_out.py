"""A relation spelled out in one text, quickly: two relations with one shape are carried out by queries of one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from competency.rules.population.columns import Expression, Kind
from competency.rules.population.prune import relations_below
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


@dataclass(frozen=True, slots=True)
class SpelledOut:
    """Everything about a relation on which its query depends.

    `shape` tells of names of tables and columns, and of whole numbers, by their places among `names` and `numbers`;
    `places` are those of numbers by the identity of the constant. Numbers that are equal have one place, labels one each.
    """

    shape: str
    names: tuple[str, ...]
    numbers: tuple[int, ...]
    places: Mapping[int, int] = field(repr=False)


def spelled_out(root: Relation) -> SpelledOut:
    """A relation spelled out; one that is used twice is told once."""
    telling = _Telling()
    telling.relation(root)
    return SpelledOut("\n".join(telling.lines), tuple(telling.names), tuple(telling.numbers), telling.places)


class _Telling:
    """What was told so far: the lines, and names and numbers by the places at which they first stood."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, int] = {}
        self.numbers: list[int] = []
        self.places: dict[int, int] = {}
        self._by_value: dict[int, int] = {}
        self._told: dict[int, int] = {}

    def relation(self, relation: Relation) -> int:
        """The number of a relation, which is then told."""
        found = self._told.get(id(relation))
        if found is None:
            below = [self.relation(one) for one in relations_below(relation)]
            self.lines.append(f"{type(relation).__name__}{below}{self._own(relation)}")
            found = self._told[id(relation)] = len(self._told)
        return found

    def _own(self, relation: Relation) -> str:
        match relation:
            case Scan(table=table, columns=columns):
                return f"{self._name(table)} {[(self._name(name), kind.name) for name, kind in columns]}"
            case Extend(columns=columns) | Keep(columns=columns):
                return ";".join(f"{self._name(name)}={self._text(one)}" for name, one in columns)
            case Filter(condition=condition):
                return self._text(condition)
            case Join(on=on, taken=taken, how=how):
                return f"{how} {self._pairs(on)} {self._pairs(taken)}"
            case Numbered():
                value = "" if relation.of_value is None else self._text(relation.of_value)
                within = ",".join(map(self._text, relation.within))
                order = ",".join(f"{self._text(one)} {is_last_first}" for one, is_last_first in relation.order)
                return f"{self._name(relation.name)} {relation.function} {value} within {within} order {order}"
            case Group(keys=keys, measures=measures):
                return f"{[self._name(key) for key in keys]} {self._measured(measures)}"
            case Opened():
                fields = [(self._name(name), kind.name) for name, kind in relation.columns]
                names = [self._name(name) for name in (relation.table, relation.number, relation.size, *relation.keys)]
                return f"{names} {fields} {[self._name(key) for key, _ in relation.only]}"
            case Measured(measures=measures):
                return self._measured(measures)
            case Union():
                return ""
            case _:
                assert_never(relation)

    def _measured(self, measures: Iterable[Measure]) -> str:
        found = []
        for one in measures:
            parts = ["" if part is None else self._text(part) for part in (one.value, one.where, one.by)]
            found.append(f"{self._name(one.name)} {one.function} {one.kind.name} {' '.join(parts)}")
        return ";".join(found)

    def _name(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))

    def _pairs(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
        return [(self._name(one), self._name(other)) for one, other in pairs]

    def _text(self, expression: Expression) -> str:
        if expression.is_column:
            return f"c{self._name(expression.name)}:{expression.kind.name}"
        if expression.is_constant:
            return self._constant(expression)
        return f"{expression.name}:{expression.kind.name}({','.join(map(self._text, expression.parts))})"

    def _constant(self, constant: Expression) -> str:
        """A whole number of 64 bits that is not negative by its place, any other constant as it is."""
        value = constant.value
        if constant.kind is not Kind.WHOLE or value is None or value < 0:
            return f"{value!r}:{constant.kind.name}"
        place = self.places.get(id(constant))
        if place is None:
            place = len(self.numbers)
            if not constant.is_label:
                place = self._by_value.setdefault(value, place)
            if place == len(self.numbers):
                self.numbers.append(value)
            self.places[id(constant)] = place
        return f"n{place}"
