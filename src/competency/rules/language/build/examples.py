"""Examples."""

from __future__ import annotations

from typing import Any

from lark import Token

from competency.rules.language import syntax
from competency.rules.language.build.pieces import (
    Children,
    Items,
    Names,
    Pieces,
    assigned,
    of_type,
    unquoted,
)
from competency.rules.language.syntax import Name


class BuildExamples(Pieces):
    """Examples."""

    # --- examples ---

    def example(self, children: Children) -> syntax.Example:
        items = next((child.names for child in children if isinstance(child, Names)), ())
        date_token = next(child for child in children if isinstance(child, Token) and child.type == "DATE")
        known = next((child for child in children if isinstance(child, syntax.DateLiteral)), None)
        return syntax.Example(
            self._span(children),
            unquoted(children[1]),
            str(children[3]),
            self._name(children[4]),
            items,
            self._date(date_token),
            known,
            of_type(children, syntax.GivenFact, syntax.GivenConclusion),
            of_type(children, syntax.Expectation),
        )

    def indicator_example(self, children: Children) -> syntax.IndicatorExample:
        group = next((child.names for child in children if isinstance(child, Names)), ())
        day = next(child for child in children if isinstance(child, Token) and child.type == "DATE")
        return syntax.IndicatorExample(
            self._span(children),
            unquoted(children[1]),
            self._name(children[4]),
            group,
            self._date(day),
            next((child for child in children if isinstance(child, syntax.DateLiteral)), None),
            of_type(children, syntax.GivenFact, syntax.GivenConclusion),
            of_type(children, syntax.Member),
            of_type(children, syntax.IndicatorExpectation),
        )

    def member(self, children: Children) -> syntax.Member:
        return syntax.Member(self._span(children), unquoted(children[1]), tuple(children[2:]))

    def expect_indicated(self, children: Children) -> syntax.IndicatorExpectation:
        return syntax.IndicatorExpectation(self._span(children), value=children[2])

    def expect_counted(self, children: Children) -> syntax.IndicatorExpectation:
        counted = (self._number(children[2]), self._number(children[4]))
        return syntax.IndicatorExpectation(self._span(children), counted=counted)

    def expect_hidden(self, children: Children) -> syntax.IndicatorExpectation:
        return syntax.IndicatorExpectation(self._span(children), is_hidden=True)

    def expect_place(self, children: Children) -> syntax.IndicatorExpectation:
        place = (self._number(children[2]), unquoted(children[4]))
        return syntax.IndicatorExpectation(self._span(children), place=place)

    def expect_unknown(self, children: Children) -> syntax.IndicatorExpectation:
        return syntax.IndicatorExpectation(self._span(children), is_unknown=True)

    def known(self, children: Children) -> syntax.DateLiteral:
        return self._date(children[2])

    def given_score(self, children: Children) -> syntax.GivenFact:
        assignments = [assigned(children[1], "score")]
        for index, child in enumerate(children):
            if isinstance(child, Token) and child.type == "DATE":
                assignments.append(
                    syntax.Assignment(
                        self._token_span(child), Name(self._token_span(child), "assessed_on"), self._date(child)
                    )
                )
            elif isinstance(child, Token) and child == "of":
                assignments.append(assigned(children[index + 1], "competency"))
            elif isinstance(child, Items):
                assignments.extend(child.items)
        return syntax.GivenFact(self._span(children), "score", tuple(assignments))

    def score(self, children: Children) -> Any:
        return self._name(children[0]) if isinstance(children[0], Token) else children[0]

    def score_part(self, children: Children) -> Items:
        word, value = str(children[0]), children[1]
        if word == "with":
            return value  # type: ignore[no-any-return]
        column = {"by": "method", "from": "role", "rater": "rater"}[word]
        literal = self._text(value) if value.type == "STRING" else self._name(value)
        return Items(self._span(children), (assigned(literal, column),))

    def given_fact(self, children: Children) -> syntax.GivenFact:
        type_ = " ".join(str(child) for child in children[1:-2])
        return syntax.GivenFact(self._span(children), type_, children[-1].items)

    def given_conclusion(self, children: Children) -> syntax.GivenConclusion:
        negated = any(isinstance(child, Token) and child == "not" for child in children)
        return syntax.GivenConclusion(self._span(children), children[1].names, self._name(children[-1]), negated)

    def assignments(self, children: Children) -> Items:
        return Items(self._span(children), of_type(children, syntax.Assignment))

    def assignment(self, children: Children) -> syntax.Assignment:
        value = children[1]
        if isinstance(value, Token):
            match value.type:
                case "PERCENT":
                    value = self._number(value)
                case "DATE":
                    value = self._date(value)
                case "STRING":
                    value = self._text(value)
                case _:
                    value = self._name(value)
        return syntax.Assignment(self._span(children), self._name(children[0]), value)

    def expect_outcome(self, children: Children) -> syntax.Expectation:
        because = children[-1].names if isinstance(children[-1], Names) else ()
        return syntax.Expectation(self._span(children), outcome=children[1].text, because=because)

    def expect_value(self, children: Children) -> syntax.Expectation:
        return syntax.Expectation(self._span(children), value=children[2])

    def expect_reported(self, children: Children) -> syntax.Expectation:
        return syntax.Expectation(self._span(children), reported=children[2].names)

    def expect_nothing_reported(self, children: Children) -> syntax.Expectation:
        return syntax.Expectation(self._span(children), reported=())

    def expect_assigned(self, children: Children) -> syntax.Expectation:
        return syntax.Expectation(self._span(children), assigned=children[2].names)
