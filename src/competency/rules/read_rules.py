"""The front door: rule texts to a checked program, with every diagnostic on the way. One can stop at a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from competency.diagnostics import Diagnostic, has_errors
from competency.model.facts import FactType
from competency.rules.language import syntax
from competency.rules.language.attached import Attachment
from competency.rules.language.check import check
from competency.rules.language.lower import lower
from competency.rules.language.parse import parse
from competency.rules.language.resolve import resolve
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir
from competency.source import SourceText


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A book at every stage; later ones are none where an earlier one has errors."""

    texts: tuple[syntax.RuleText, ...]
    resolved: ResolvedBook | None
    program: ir.Program | None


def parse_texts(sources: Sequence[SourceText]) -> tuple[tuple[syntax.RuleText, ...], tuple[Diagnostic, ...]]:
    """The syntax of each text, and what is wrong with it."""
    texts: list[syntax.RuleText] = []
    diagnostics: list[Diagnostic] = []
    for source in sources:
        text, found = parse(source)
        texts.append(text)
        diagnostics.extend(found)
    return tuple(texts), tuple(diagnostics)


def read_rules(
    texts: Sequence[syntax.RuleText],
    attachments: Mapping[str, Attachment],
    fact_types: Sequence[FactType] = (),
) -> tuple[RuleBook, tuple[Diagnostic, ...]]:
    """Parsed texts and the files they name to a rule book. The program is there only when nothing is wrong."""
    resolved, diagnostics = resolve(texts, attachments, fact_types)
    if resolved is None:
        return RuleBook(tuple(texts), None, None), diagnostics
    if not has_errors(diagnostics):
        diagnostics = (*diagnostics, *check(resolved))
    program = None if has_errors(diagnostics) else lower(resolved)
    return RuleBook(tuple(texts), resolved, program), diagnostics


def attached_paths(texts: Sequence[syntax.RuleText]) -> tuple[tuple[str, syntax.TextLiteral], ...]:
    """The files that texts name, each as (what it is, path): framework, courses, levels, ..., table."""
    found: list[tuple[str, syntax.TextLiteral]] = []
    for text in texts:
        for declaration in text.declarations:
            match declaration:
                case syntax.FrameworkDeclaration(path=path) if path is not None:
                    found.append(("framework", path))
                case syntax.CatalogDeclaration() | syntax.Continuum():
                    found.extend((line.what, line.path) for line in declaration.lines if isinstance(line, syntax.Load))
                case syntax.Table(path=path) | syntax.Calendar(school_days=path) if path is not None:
                    found.append(("table", path))
                case _:
                    pass
    return tuple(found)
