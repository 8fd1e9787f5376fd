"""Which features of the language a book uses, in the words of the reference."""

from __future__ import annotations

from collections.abc import Sequence

from competency.rules.language import syntax

# What is worth naming in an index: pieces of syntax, each with its words, in the order in which they are listed.
_PIECES: tuple[tuple[type[syntax.Node], str], ...] = (
    (syntax.InEffect, "versions by date or by event"),
    (syntax.Act, "enacted, delayed or repealed"),
    (syntax.Governs, "whom it governs"),
    (syntax.Overlay, "overlays for a time"),
    (syntax.Parameter, "parameters"),
    (syntax.Bound, "bounds of a higher policy"),
    (syntax.Table, "decision tables"),
    (syntax.Population, "populations"),
    (syntax.FactDeclaration, "facts of its own"),
    (syntax.Menu, "menus of options"),
    (syntax.CountsPool, "credits that count once"),
    (syntax.CountsTwice, "credits that count twice"),
    (syntax.ExceptionBlock, "exceptions"),
    (syntax.WaiveLine, "waived clauses"),
    (syntax.Panel, "panels"),
    (syntax.Standing, "awards that expire"),
    (syntax.Continuum, "levels without grades"),
    (syntax.Pool, "pools"),
    (syntax.Limit, "limits"),
    (syntax.Period, "periods of the year"),
    (syntax.WeightedAverage, "weighted averages"),
    (syntax.TranscriptMark, "transcript marks"),
    (syntax.CarnegieUnits, "Carnegie crosswalk"),
    (syntax.Indicator, "indicators over groups"),
)


def features(declarations: Sequence[syntax.Declaration]) -> tuple[str, ...]:
    """The kinds of rules first, then the features, each once."""
    rules = [declaration.kind for declaration in declarations if isinstance(declaration, syntax.Rule)]
    seen = {type(part) for declaration in declarations for part in syntax.parts_of(declaration, syntax.Node)}
    return (*sorted(dict.fromkeys(rules)), *(words for piece, words in _PIECES if piece in seen))
