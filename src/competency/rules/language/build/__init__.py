"""Grammar productions to syntax records, called by the parser bottom-up. Knows shapes only; no names are resolved."""

from __future__ import annotations

from typing import Any

from competency.rules.language import syntax
from competency.rules.language.build.declarations import BuildDeclarations
from competency.rules.language.build.examples import BuildExamples
from competency.rules.language.build.expressions import BuildExpressions
from competency.rules.language.build.phrases import BuildPhrases
from competency.rules.language.build.pieces import Children, NestingTooDeep
from competency.rules.language.build.rules import BuildRules


class Build(BuildDeclarations, BuildRules, BuildExpressions, BuildPhrases, BuildExamples):
    """Builds the syntax of a text; each production of the grammar has its method."""

    def start(self, children: Children) -> tuple[Any, ...]:
        return tuple(child for child in children if isinstance(child, syntax.Node))

    def language_line(self, children: Children) -> syntax.NumberLiteral:
        return self._number(children[1])


__all__ = ["Build", "NestingTooDeep"]
