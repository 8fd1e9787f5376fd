"""Rules with their lines, and selectors of learners."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token

from competency.rules.language import syntax
from competency.rules.language.build.pieces import (
    Children,
    Names,
    Pieces,
    of_type,
    unit,
    unquoted,
)
from competency.rules.language.syntax import Name


class BuildRules(Pieces):
    """Rules with their lines, and selectors of learners."""

    # --- rules ---

    def rule(self, children: Children) -> syntax.Rule:
        titled = isinstance(children[2], Token) and children[2].type == "STRING"
        return syntax.Rule(
            self._span(children),
            self._span(children[:3] if titled else children[:2]),
            str(children[0]),
            self._name(children[1]),
            unquoted(children[2]) if titled else "",
            tuple(children[3 if titled else 2 : -1]),
        )

    def indicator(self, children: Children) -> syntax.Indicator:
        titled = isinstance(children[2], Token) and children[2].type == "STRING"
        said: dict[str, Any] = dict(child for child in children if isinstance(child, tuple))
        return syntax.Indicator(
            self._span(children),
            self._span(children[:3] if titled else children[:2]),
            self._name(children[1]),
            unquoted(children[2]) if titled else "",
            said.get("groups", ()),
            tuple(child[1] for child in children if isinstance(child, tuple) and child[0] == "among"),
            said.get("value"),
            said.get("hide"),
            next(iter(of_type(children, syntax.Rank)), None),
            of_type(children, syntax.Cites),
        )

    def grouped(self, children: Children) -> tuple[str, Any]:
        return ("groups", self._names(children, "WORD"))

    def among(self, children: Children) -> tuple[str, Any]:
        return ("among", children[2])

    def indicator_cites(self, children: Children) -> syntax.Cites:
        cites: syntax.Cites = children[0]
        return cites

    def indicated(self, children: Children) -> tuple[str, Any]:
        return ("value", children[1])

    def hide(self, children: Children) -> tuple[str, Any]:
        return ("hide", self._number(children[3]))

    def rank(self, children: Children) -> syntax.Rank:
        return syntax.Rank(self._span(children), children[3], str(children[5]), str(children[-2]))

    def scope(self, children: Children) -> syntax.Scope:
        return syntax.Scope(self._span(children), self._name(children[2]), children[4].names)

    def for_named(self, children: Children) -> syntax.NamedItems:
        return syntax.NamedItems(self._span(children), self._name(children[1]), children[2].names)

    def along(self, children: Children) -> syntax.Along:
        return syntax.Along(self._span(children), children[2])

    def cites(self, children: Children) -> syntax.Cites:
        part, number = (str(children[2]), unquoted(children[3])) if len(children) > 2 else ("", "")
        return syntax.Cites(self._span(children), self._name(children[1]), part, number)

    def let(self, children: Children) -> syntax.LetLine:
        return syntax.LetLine(self._span(children), self._name(children[1]), children[3])

    def requirement(self, children: Children) -> syntax.Requirement:
        return syntax.Requirement(
            self._span(children),
            self._name(children[1]),
            children[-1],
            of_type(children, syntax.Cites),
            applies=of_type(children, syntax.InEffect, syntax.Governs),
        )

    def report(self, children: Children) -> syntax.Requirement:
        return replace(self.requirement(children), effect="report")

    def menu(self, children: Children) -> syntax.Menu:
        quantifier, amount = children[0].items
        heading = self._span(children[:2])
        return syntax.Menu(self._span(children), heading, quantifier, amount, of_type(children, syntax.Option))

    def option(self, children: Children) -> syntax.Option:
        return syntax.Option(
            self._span(children), self._name(children[1]), children[-1], of_type(children, syntax.Cites)
        )

    def reach(self, children: Children) -> syntax.Reach:
        return syntax.Reach(self._span(children), self._name(children[2]))

    def exception(self, children: Children) -> syntax.ExceptionBlock:
        before = next((child.names for child in children if isinstance(child, Names)), ())
        at = next(index for index, child in enumerate(children) if child == "learners")
        return syntax.ExceptionBlock(
            self._span(children), self._name(children[1]), before, children[at + 1], tuple(children[at + 2 : -1])
        )

    def waive(self, children: Children) -> syntax.WaiveLine:
        return syntax.WaiveLine(self._span(children), self._name(children[1]))

    def reassessed(self, children: Children) -> syntax.Standing:
        return syntax.Standing(self._span(children), None)

    def stands_for(self, children: Children) -> syntax.Standing:
        return syntax.Standing(self._span(children), self._number(children[2], unit(children[3]), children[3]))

    def worth(self, children: Children) -> syntax.Worth:
        return syntax.Worth(self._span(children), children[1])

    def value_line(self, children: Children) -> syntax.ValueLine:
        return syntax.ValueLine(self._span(children), children[1])

    amount_line = value_line

    def assign(self, children: Children) -> syntax.Assign:
        return syntax.Assign(self._span(children), children[1])

    def assign_most(self, children: Children) -> syntax.AssignMost:
        return syntax.AssignMost(self._span(children), self._number(children[-1]))

    def transcript(self, children: Children) -> syntax.TranscriptMark:
        in_gpa = children[4].text != "not" if len(children) > 3 else None
        return syntax.TranscriptMark(self._span(children), unquoted(children[2]), in_gpa)

    def gpa(self, children: Children) -> Name:
        return Name(self._span(children), str(children[0]))

    def carnegie(self, children: Children) -> syntax.CarnegieUnits:
        return syntax.CarnegieUnits(self._span(children), children[2])

    def counts_pool(self, children: Children) -> syntax.CountsPool:
        return syntax.CountsPool(self._span(children), children[1])

    def counts_once(self, children: Children) -> syntax.CountsOnce:
        return syntax.CountsOnce(self._span(children), self._name(children[1]))

    def counts_twice(self, children: Children) -> syntax.CountsTwice:
        return syntax.CountsTwice(self._span(children), self._name(children[4]), children[-1].names)

    def limit(self, children: Children) -> syntax.Limit:
        period = next((child.text for child in children[4:] if isinstance(child, Name)), "")
        return syntax.Limit(self._span(children), children[1].names, children[3], period, str(children[-1]))

    def limited(self, children: Children) -> Names:
        return Names(self._span(children), self._names(children, "IDENT"))

    def per_school_year(self, children: Children) -> Name:
        return Name(self._span(children), "per school year")

    def in_all(self, children: Children) -> Name:
        return Name(self._span(children), "in all")

    def idents(self, children: Children) -> Names:
        return Names(self._span(children), self._names(children, "IDENT"))

    def codes(self, children: Children) -> Names:
        return Names(self._span(children), of_type(children, Name))

    def code(self, children: Children) -> Name:
        return self._name(children[0])

    def in_program(self, children: Children) -> syntax.SelectProgram:
        return syntax.SelectProgram(self._span(children), children[2])

    def in_population(self, children: Children) -> syntax.SelectPopulation:
        return syntax.SelectPopulation(self._span(children), self._name(children[1]))

    def who(self, children: Children) -> syntax.SelectWho:
        words = self._names(children[1:], "WORD", "FIRST")
        span = self._span(children[-2:])
        return syntax.SelectWho(self._span(children), words, syntax.Cut(span, children[-2].text, children[-1]))

    def whose(self, children: Children) -> syntax.SelectWhose:
        return syntax.SelectWhose(self._span(children), children[1], children[3])

    def where_selector(self, children: Children) -> syntax.SelectWhere:
        return syntax.SelectWhere(self._span(children), children[1])
