"""Values and conditions."""

from __future__ import annotations

from lark import Token

from competency.rules.language import syntax
from competency.rules.language.build.pieces import (
    TERMS_MAX,
    Children,
    Items,
    Names,
    NestingTooDeep,
    Pieces,
    limited,
    unit,
)
from competency.rules.language.syntax import Name


class BuildExpressions(Pieces):
    """Values and conditions."""

    # --- values and conditions ---

    def pool(self, children: Children) -> syntax.Pool:
        return syntax.Pool(self._span(children), self._name(children[2]), children[4], children[6])

    def choice(self, children: Children) -> syntax.Choice:
        case = (children[1], children[3])
        otherwise = children[5]
        if isinstance(otherwise, syntax.Choice):  # a chain of otherwise-if stands in one row
            return syntax.Choice(self._span(children), (case, *otherwise.cases), otherwise.otherwise)
        return syntax.Choice(self._span(children), (case,), otherwise)

    def _junction(self, children: Children, operator: str) -> syntax.Junction:
        left, right = children[0], children[2]
        parts = left.parts if isinstance(left, syntax.Junction) and left.operator == operator else (left,)
        return syntax.Junction(self._span(children), operator, (*parts, right))

    def either(self, children: Children) -> syntax.Junction:
        return self._junction(children, "or")

    def both(self, children: Children) -> syntax.Junction:
        return self._junction(children, "and")

    def negated(self, children: Children) -> syntax.Not:
        return syntax.Not(self._span(children), children[1])

    def compared(self, children: Children) -> syntax.Comparison:
        return syntax.Comparison(self._span(children), children[0], children[2])

    def has(self, children: Children) -> syntax.Has:
        return syntax.Has(self._span(children), children[0], children[-1])

    def has_no(self, children: Children) -> syntax.Has:
        return syntax.Has(self._span(children), children[0], children[-1], negated=True)

    def includes(self, children: Children) -> syntax.Includes:
        return syntax.Includes(self._span(children), children[0], self._list(children[2]))

    def quantified(self, children: Children) -> syntax.Quantified:
        quantifier, amount = children[0].items
        return syntax.Quantified(self._span(children), quantifier, amount, children[1], children[3])

    def approved(self, children: Children) -> syntax.Approved:
        return syntax.Approved(
            self._span(children), self._name(children[1]), children[3] if len(children) > 3 else None
        )

    def approvable(self, children: Children) -> syntax.PhraseLike:
        last = children[-1]
        match last.type:
            case "CODE":
                return syntax.CodePhrase(self._span(children), self._name(last))
            case "WORD":
                return syntax.Phrase(self._span(children), (self._name(last),))
            case _:
                return syntax.Pronoun(self._span(children))

    def drawn(self, children: Children) -> syntax.Drawn:
        counted = children[2]
        number = (
            self._number(children[1], unit(counted), counted) if counted.type == "UNIT" else self._number(children[1])
        )
        return syntax.Drawn(self._span(children), children[0].text, number, str(counted), children[-1])

    def all_of(self, children: Children) -> Items:
        return Items(self._span(children), ("all", None))

    def any_of(self, children: Children) -> Items:
        return Items(self._span(children), ("any", None))

    def none_of(self, children: Children) -> Items:
        return Items(self._span(children), ("none", None))

    def how_many(self, children: Children) -> Items:
        return Items(self._span(children), (children[0].text, children[1]))

    def amount(self, children: Children) -> syntax.Expression:
        if isinstance(children[0], Token) and children[0].type in {"NUMBER", "PERCENT"}:
            return self._number(children[0])
        result: syntax.Expression = children[1]
        return result

    def cut(self, children: Children) -> syntax.Cut:
        return syntax.Cut(self._span(children), children[0].text, children[1])

    def range(self, children: Children) -> syntax.Between:
        return syntax.Between(self._span(children), children[1], children[3])

    def one_of(self, children: Children) -> syntax.OneOf:
        return syntax.OneOf(self._span(children), self._values(children[2]))

    def is_missing(self, children: Children) -> syntax.IsMissing:
        return syntax.IsMissing(self._span(children))

    def is_not_missing(self, children: Children) -> syntax.IsMissing:
        return syntax.IsMissing(self._span(children), negated=True)

    def is_in_program(self, children: Children) -> syntax.InProgram:
        return syntax.InProgram(self._span(children), children[2])

    def is_in_population(self, children: Children) -> syntax.InPopulation:
        return syntax.InPopulation(self._span(children), self._name(children[1]))

    def state(self, children: Children) -> syntax.State | Names:
        if isinstance(children[-1], Names):
            return syntax.State(self._span(children), children[-1].names, negated=len(children) > 1)
        return Names(self._span(children), self._names(children, "WORD", "STRING", "CODE"))

    def _words(self, children: Children) -> Name:
        return Name(self._span(children), " ".join(str(child) for child in children))

    at_least = at_most = more_than = less_than = exactly = not_exactly = _words
    before = after = on = on_or_after = on_or_before = _words
    met = not_met = not_yet_known = not_applicable = waived = _words
    be = article = _words

    def rounded(self, children: Children) -> syntax.Rounded:
        direction = " ".join(str(child) for child in children[2:-2])
        return limited(syntax.Rounded(self._span(children), children[0], direction, self._number(children[-1])))

    def _chain(self, children: Children, operators: str) -> syntax.Chain:
        left, operator, right = children
        word = "-" if operator.type == "MINUS" else str(operator)
        if isinstance(left, syntax.Chain) and left.rest[0][0] in operators and left.span.start == left.first.span.start:
            if len(left.rest) >= TERMS_MAX:
                raise NestingTooDeep(self._span([right]), "a term", TERMS_MAX)
            return syntax.Chain(self._span(children), left.first, (*left.rest, (word, right)))
        return syntax.Chain(self._span(children), left, ((word, right),))

    def add(self, children: Children) -> syntax.Chain:
        return self._chain(children, "+-")

    subtract = add

    def multiply(self, children: Children) -> syntax.Chain:
        return self._chain(children, "*/")

    divide = multiply

    def negative(self, children: Children) -> syntax.Expression:
        inner = children[1]
        if isinstance(inner, syntax.Negative):
            return inner.operand
        return syntax.Negative(self._span(children), inner)

    def later(self, children: Children) -> syntax.Shifted:
        duration = self._number(children[0], unit(children[1]), children[1])
        return limited(syntax.Shifted(self._span(children), duration, str(children[2]), children[3]))

    earlier = later

    def group(self, children: Children) -> syntax.Expression:
        result: syntax.Expression = children[1]
        return result

    def lookup(self, children: Children) -> syntax.Lookup:
        return syntax.Lookup(self._span(children), children[0], tuple(children[2:-1:2]))

    def larger(self, children: Children) -> syntax.Extreme:
        return limited(syntax.Extreme(self._span(children), "larger", children[-3], children[-1]))

    def smaller(self, children: Children) -> syntax.Extreme:
        return limited(syntax.Extreme(self._span(children), "smaller", children[-3], children[-1]))

    def number(self, children: Children) -> syntax.NumberLiteral:
        return self._number(children[0])

    def negative_number(self, children: Children) -> syntax.NumberLiteral:
        return syntax.NumberLiteral(self._span(children), -self._number(children[1]).value)

    def quantity(self, children: Children) -> syntax.NumberLiteral:
        return self._number(children[0], unit(children[1]), children[1])

    def percent(self, children: Children) -> syntax.NumberLiteral:
        return self._number(children[0])

    def date(self, children: Children) -> syntax.DateLiteral:
        return self._date(children[0])

    def text(self, children: Children) -> syntax.TextLiteral:
        return self._text(children[0])
