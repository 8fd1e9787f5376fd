"""Grammar productions to syntax records, called by the parser bottom-up. Knows shapes only; no names are resolved."""

from __future__ import annotations

from typing import Any

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.build.declarations import BuildDeclarations
from competency.rules.language.build.examples import BuildExamples
from competency.rules.language.build.expressions import BuildExpressions
from competency.rules.language.build.phrases import BuildPhrases
from competency.rules.language.build.pieces import Children, NestingTooDeep
from competency.rules.language.build.rules import BuildRules

LANGUAGE = 1  # the version of the language that this program reads


class Build(BuildDeclarations, BuildRules, BuildExpressions, BuildPhrases, BuildExamples):
    """Builds the syntax of a text; each production of the grammar has its method."""

    def start(self, children: Children) -> tuple[Any, ...]:
        return tuple(child for child in children if isinstance(child, syntax.Node))

    def language_line(self, children: Children) -> syntax.NumberLiteral:
        version = self._number(children[1])
        if version.value != LANGUAGE:
            self._state.diagnostics.append(
                Diagnostic(
                    kinds.UNEXPECTED_WORD,
                    f"the text is in language {children[1]}; this program reads language {LANGUAGE}",
                    (Label(version.span, "this version"),),
                    fixes=(Fix(f"write `language {LANGUAGE}`, or use a program that reads this language"),),
                )
            )
        return version


__all__ = ["Build", "NestingTooDeep"]
