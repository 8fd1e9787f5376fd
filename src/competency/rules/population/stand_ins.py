"""One text for all queries of a shape: made with names and numbers that stand in for others, which are then put there."""

from __future__ import annotations

import re
from dataclasses import replace

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
from competency.rules.population.spelled_out import SpelledOut

# Names that stand in are written as no others are, and numbers are larger than any whole number that a query speaks of.
_NUMBERS = 8_888 * 10**15
_STANDS_IN = re.compile(r"\bname__([0-9]+)__\b|\b8888([0-9]{15})\b")
# A name of other letters is written in each database's own way.
_PLAIN = re.compile(r"[\w ]+")


def may_stand_in(spelled: SpelledOut) -> bool:
    """Whether a text of this shape can be filled in: nothing in it is taken for what stands in."""
    return all(map(_PLAIN.fullmatch, spelled.names)) and not _STANDS_IN.search(spelled.shape)


def with_stand_ins(root: Relation, spelled: SpelledOut) -> Relation:
    """A relation with stand-ins for its names and numbers; what was one relation is one."""
    return _Exchange(spelled).relation(root)


def filled_in(text: str, spelled: SpelledOut) -> str:
    """The text of a query with stand-ins, with the names and numbers of a relation."""

    def own(found: re.Match[str]) -> str:
        place, number = found.groups()
        return spelled.names[int(place)] if place is not None else str(spelled.numbers[int(number)])

    return _STANDS_IN.sub(own, text)


class _Exchange:
    def __init__(self, spelled: SpelledOut) -> None:
        self._names = {name: f"name__{place}__" for place, name in enumerate(spelled.names)}
        self._places = spelled.places
        self._relations: dict[int, Relation] = {}
        self._expressions: dict[int, Expression] = {}

    def relation(self, relation: Relation) -> Relation:
        """A relation, with those below it."""
        found = self._relations.get(id(relation))
        if found is None:
            found = self._relations[id(relation)] = self._exchanged(relation)
        return found

    def _exchanged(self, relation: Relation) -> Relation:
        name = self._names.__getitem__
        match relation:
            case Scan(table=table, columns=columns):
                return Scan(name(table), tuple((name(column), kind) for column, kind in columns))
            case Extend(of=of, columns=columns):
                return Extend(self.relation(of), self._columns(columns))
            case Keep(of=of, columns=columns):
                return Keep(self.relation(of), self._columns(columns))
            case Filter(of=of, condition=condition):
                return Filter(self.relation(of), self._expression(condition))
            case Join(left=left, right=right, on=on, taken=taken, how=how):
                return Join(self.relation(left), self.relation(right), self._pairs(on), self._pairs(taken), how)
            case Numbered(of=of):
                return replace(
                    relation,
                    of=self.relation(of),
                    name=name(relation.name),
                    of_value=self._maybe(relation.of_value),
                    within=tuple(map(self._expression, relation.within)),
                    order=tuple((self._expression(one), is_last_first) for one, is_last_first in relation.order),
                )
            case Group(of=of, keys=keys, measures=measures):
                return Group(self.relation(of), tuple(map(name, keys)), self._measures(measures))
            case Opened():
                return self._opened(relation)
            case Measured(of=opened, measures=measures):
                return Measured(self._opened(opened), self._measures(measures))
            case Union(parts=parts):
                return Union(tuple(map(self.relation, parts)))

    def _opened(self, opened: Opened) -> Opened:
        name = self._names.__getitem__
        return Opened(
            name(opened.table),
            tuple(map(name, opened.keys)),
            tuple((name(column), kind) for column, kind in opened.columns),
            name(opened.number),
            name(opened.size),
            tuple((name(key), self.relation(one)) for key, one in opened.only),
        )

    def _measures(self, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        return tuple(
            replace(
                one,
                name=self._names[one.name],
                value=self._maybe(one.value),
                where=self._expression(one.where),
                by=self._maybe(one.by),
            )
            for one in measures
        )

    def _pairs(self, pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((self._names[one], self._names[other]) for one, other in pairs)

    def _columns(self, columns: tuple[tuple[str, Expression], ...]) -> tuple[tuple[str, Expression], ...]:
        return tuple((self._names[name], self._expression(one)) for name, one in columns)

    def _maybe(self, expression: Expression | None) -> Expression | None:
        return None if expression is None else self._expression(expression)

    def _expression(self, expression: Expression) -> Expression:
        found = self._expressions.get(id(expression))
        if found is None:
            found = self._expressions[id(expression)] = self._made(expression)
        return found

    def _made(self, expression: Expression) -> Expression:
        if expression.is_column:
            return replace(expression, name=self._names[expression.name])
        if expression.is_constant:
            place = self._places.get(id(expression))
            return expression if place is None else replace(expression, value=_NUMBERS + place)
        return replace(expression, parts=tuple(map(self._expression, expression.parts)))
