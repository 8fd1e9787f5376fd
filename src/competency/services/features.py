"""Which features of the language a book uses, in the words of the reference."""

from __future__ import annotations

from collections.abc import Sequence

from competency.rules.language import syntax

# What is worth naming in an index: pieces of syntax, each with its words, in the order in which they are listed.
_PIECES: tuple[tuple[type[syntax.Node], str], ...] = (
    (syntax.InEffect, "versions by date"),
    (syntax.Governs, "whom it governs"),
    (syntax.Parameter, "parameters"),
    (syntax.Bound, "bounds of a higher policy"),
    (syntax.Table, "decision tables"),
    (syntax.Population, "populations"),
    (syntax.FactDeclaration, "facts of its own"),
    (syntax.ExceptionBlock, "exceptions"),
    (syntax.WaiveLine, "waived clauses"),
    (syntax.Continuum, "levels without grades"),
    (syntax.Pool, "pools"),
    (syntax.Limit, "limits"),
    (syntax.TranscriptMark, "transcript marks"),
    (syntax.CarnegieUnits, "Carnegie crosswalk"),
)


def features(declarations: Sequence[syntax.Declaration]) -> tuple[str, ...]:
    """The kinds of rules first, then the features, each once."""
    rules = [declaration.kind for declaration in declarations if isinstance(declaration, syntax.Rule)]
    seen = {type(part) for declaration in declarations for part in syntax.parts_of(declaration, syntax.Node)}
    return (*sorted(dict.fromkeys(rules)), *(words for piece, words in _PIECES if piece in seen))
