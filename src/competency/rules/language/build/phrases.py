"""Formulas and phrases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token

from competency.rules.language import syntax
from competency.rules.language.build.pieces import (
    OF_CHAIN_MAX,
    WORDS_MAX,
    Children,
    Items,
    NestingTooDeep,
    Of,
    Pieces,
    of_type,
    unit,
)
from competency.rules.language.syntax import Name


class BuildPhrases(Pieces):
    """Formulas and phrases."""

    # --- formulas and phrases ---

    def _aggregate(
        self, children: Children, formula: str, settings: tuple[syntax.Setting, ...] = (), ties: str = ""
    ) -> syntax.Aggregate:
        return syntax.Aggregate(self._span(children), formula, children[-1], settings, ties)

    def the_aggregate(self, children: Children) -> syntax.Aggregate:
        result: syntax.Aggregate = children[1]
        return result

    def plain_formula(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, str(children[0]))

    def formula_of_values(self, children: Children) -> syntax.Aggregate:
        return replace(self._aggregate(children, str(children[0])), value=children[3])

    def mode(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "mode", ties=str(children[3]))

    def _at_percent(self, children: Children, formula: str) -> syntax.Aggregate:
        token = next(child for child in children if isinstance(child, Token) and child.type == "PERCENT")
        setting = syntax.Setting(self._token_span(token), "at", self._number(token))
        return self._aggregate(children, formula, (setting,))

    def weighted_recent(self, children: Children) -> syntax.Aggregate:
        return self._at_percent(children, "weighted recent average")

    def decaying(self, children: Children) -> syntax.Aggregate:
        return self._at_percent(children, "decaying average")

    def n_mastery(self, children: Children) -> syntax.Aggregate:
        count = self._number(children[2])
        settings = (syntax.Setting(count.span, "n", count), syntax.Setting(children[4].span, "at", children[4]))
        return self._aggregate(children, "n mastery", settings)

    def power_law(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "power law")

    def knowledge_tracing(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "knowledge tracing", children[3].items)

    def settings(self, children: Children) -> Items:
        return Items(self._span(children), of_type(children, syntax.Setting))

    def setting(self, children: Children) -> syntax.Setting:
        return syntax.Setting(self._span(children), str(children[0]), self._number(children[1]))

    def number_of(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "number")

    def number_of_different(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "number of different")

    def share_of(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "share")

    def longest_run(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "longest run")

    def largest_number(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "largest number")

    def weighted(self, children: Children) -> Items:
        return Items(self._span(children), (children[0], self._number(children[2])))

    def weighted_average(self, children: Children) -> syntax.WeightedAverage:
        return syntax.WeightedAverage(self._span(children), tuple(part.items for part in of_type(children, Items)))

    def phrase(self, children: Children) -> syntax.Phrase:
        of = children[-1].of if isinstance(children[-1], Of) else None
        self._limit_chain(of)
        if len(children) > 2 * WORDS_MAX:
            raise NestingTooDeep(self._span(children[-1:]), "a word or modifier of a phrase", 2 * WORDS_MAX)
        window = next((child for child in children[:2] if isinstance(child, syntax.WindowWords)), None)
        return syntax.Phrase(
            self._span(children), self._names(children, "WORD"), window, of_type(children, syntax.Modifier), of
        )

    def _limit_chain(self, of: syntax.PhraseLike | None) -> None:
        length, step = 0, of
        while isinstance(step, syntax.Phrase | syntax.RuleValue):
            length, step = length + 1, step.of
            if length > OF_CHAIN_MAX:
                raise NestingTooDeep(step.span if step else of.span, "`of`", OF_CHAIN_MAX)  # type: ignore[union-attr]

    def of_phrase(self, children: Children) -> Of:
        return Of(self._span(children), children[1])

    def pronoun(self, children: Children) -> syntax.Pronoun:
        return syntax.Pronoun(self._span(children), of_type(children, syntax.Modifier))

    def code_phrase(self, children: Children) -> syntax.CodePhrase:
        return syntax.CodePhrase(self._span(children), self._name(children[0]), of_type(children, syntax.Modifier))

    def _rule_value(self, children: Children) -> syntax.RuleValue:
        at = next(i for i, child in enumerate(children) if isinstance(child, Token) and child.type == "IDENT")
        of = children[-1].of if isinstance(children[-1], Of) else None
        return syntax.RuleValue(self._span(children), str(children[at - 1]), self._name(children[at]), of)

    measure_phrase = flag_phrase = diploma_phrase = _rule_value

    def window_of(self, children: Children) -> syntax.WindowWords:
        up_to = any(isinstance(child, Token) and child == "up" for child in children)
        last = children[-1]
        if isinstance(last, Token) and last.type == "NUMBER":
            count: syntax.Expression = self._number(last)
        else:
            count = children[-2]
        return syntax.WindowWords(self._span(children), str(children[0]), count, up_to)

    def window_one(self, children: Children) -> syntax.WindowWords:
        return syntax.WindowWords(self._span(children), str(children[0]), None, up_to=False)

    def _modifier(self, children: Children, kind: str, **parts: Any) -> syntax.Modifier:
        return syntax.Modifier(self._span(children), kind, **parts)

    def _listed(self, children: Children, kind: str) -> syntax.Modifier:
        negated = any(isinstance(child, Token) and child == "not" for child in children)
        return self._modifier(children, kind, negated=negated, names=self._list(children[-1]))

    def by(self, children: Children) -> syntax.Modifier:
        return self._listed(children, "by")

    def by_diploma(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "by diploma", names=self._names(children, "IDENT"))

    def by_rater(self, children: Children) -> syntax.Modifier:
        return self._listed(children, "from")

    def from_role(self, children: Children) -> syntax.Modifier:
        return self._listed(children, "from")

    def from_attempt(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "attempt", names=self._names(children, "WINDOW"))

    def within(self, children: Children) -> syntax.Modifier:
        duration = self._number(children[1], unit(children[2]), children[2])
        return self._modifier(children, "within", operands=(duration,))

    def since(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "since", operands=(children[1],))

    def before_that(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "before", operands=(children[1],))

    def after_that(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "after", operands=(children[1],))

    def on_that(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "on", operands=(children[1],))

    def between_dates(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "between", operands=(children[1], children[3]))

    def in_that(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "in", names=self._names(children, "WORD"))

    def in_one(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "in one", names=self._names(children, "WORD"))

    def with_field(self, children: Children) -> syntax.Modifier:
        words = self._names(children, "WORD")
        predicate: syntax.Predicate | None = None
        last = children[-1]
        if isinstance(last, Token) and last.type == "STRING":
            predicate = syntax.Cut(self._token_span(last), "exactly", self._text(last))
        elif not isinstance(last, Token):
            predicate = syntax.Cut(self._span(children[-2:]), children[-2].text, last)
        return self._modifier(children, "with", names=words, predicate=predicate)

    def that_are(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "that", predicate=children[2])

    def where_rows(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "where", operands=(children[2],))

    def point(self, children: Children) -> syntax.Expression:
        first = children[0]
        if not isinstance(first, Token):
            if isinstance(first, Name):  # an article before the words
                return syntax.Phrase(self._span(children), self._names(children, "WORD"))
            result: syntax.Expression = first
            return result
        match first.type:
            case "MINUS":
                return syntax.NumberLiteral(self._span(children), -self._number(children[1]).value)
            case "LPAR":
                inner: syntax.Expression = children[1]
                return inner
            case "CODE":
                return syntax.CodePhrase(self._span(children), self._name(first))
            case "WORD":
                return syntax.Phrase(self._span(children), self._names(children, "WORD"))
            case _:
                return syntax.Pronoun(self._span(children))
