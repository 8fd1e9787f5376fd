"""From the clauses of a policy document to what carries them out in a book: rules, clauses, exceptions, parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from competency.diagnostics import Diagnostic, kinds
from competency.interchange.file_problem import file_problem
from competency.interchange.read_clauses import CLAUSES, read_clauses
from competency.model.clauses import PolicyClause
from competency.rules.language import syntax
from competency.services.features import features
from competency.services.read_book import Book, read_book

EXPRESSED, NO_RULE, NOT_YET = "expressed", "no rule", "not yet"


@dataclass(frozen=True, slots=True)
class TracedClause:
    """A clause and the places that cite it, in order of text: `credit course: share`."""

    clause: PolicyClause
    places: tuple[str, ...]

    @property
    def status(self) -> str:
        """`expressed`, `no rule` or `not yet`."""
        if self.places:
            return EXPRESSED
        return NO_RULE if self.clause.no_rule else NOT_YET


@dataclass(frozen=True, slots=True)
class TracedBook:
    """A book with its clauses, and the features of the language that it uses."""

    path: Path
    title: str
    clauses: tuple[TracedClause, ...]
    features: tuple[str, ...]
    examples: int

    def with_status(self, status: str) -> tuple[TracedClause, ...]:
        """The clauses of a status, in order of the list."""
        return tuple(clause for clause in self.clauses if clause.status == status)


def trace_clauses(path: Path) -> tuple[TracedBook | None, tuple[Diagnostic, ...]]:
    """The clauses of the book at a path; none, and why, where the book or its list of clauses cannot be read."""
    book, diagnostics = read_book(path)
    if book is None or book.rules.resolved is None:
        return None, diagnostics
    place = path / CLAUSES
    listed, problems = read_clauses(place)
    if listed is None:
        return None, (*diagnostics, *problems)
    cited: dict[str, list[str]] = {}
    for cites, where in _cited(book):
        if cites.source.text == listed.source and cites.number:
            cited.setdefault(cites.number, []).append(where)
    clauses = tuple(
        TracedClause(clause, tuple(dict.fromkeys(cited.pop(clause.number, ())))) for clause in listed.clauses
    )
    problems = tuple(_unlisted(place, number, where) for number, where in cited.items())
    problems += tuple(_contradiction(place, one) for one in clauses if one.places and one.clause.no_rule)
    declarations = [declaration for text in book.rules.texts for declaration in text.declarations]
    examples = sum(isinstance(declaration, syntax.Example | syntax.IndicatorExample) for declaration in declarations)
    traced = TracedBook(path, book.settings.title, clauses, features(declarations), examples)
    return traced, (*diagnostics, *problems)


def _cited(book: Book) -> Iterator[tuple[syntax.Cites, str]]:
    """Everything that cites, with where it stands."""
    for text in book.rules.texts:
        for declaration in text.declarations:
            where = _named(declaration)
            lines = declaration.lines if isinstance(declaration, syntax.Rule) else (declaration,)
            for line in lines:
                label = getattr(line, "label", None)
                place = f"{where}: {label.text}" if isinstance(label, syntax.Name) else where
                for cites in syntax.parts_of(line, syntax.Cites):
                    yield cites, place


def _named(declaration: syntax.Declaration) -> str:
    if isinstance(declaration, syntax.Rule):
        return f"{declaration.kind} {declaration.name.text}"
    kind = declaration.span.text.split(maxsplit=1)[0]
    name = getattr(declaration, "name", None)
    return f"{kind} {name.text}" if isinstance(name, syntax.Name) else kind


def _unlisted(path: Path, number: str, where: list[str]) -> Diagnostic:
    message = f"`{where[0]}` cites clause {number}, and the list has no such clause."
    return file_problem(kinds.CLAUSES_UNUSABLE, path, message, "Correct the number, or add the clause to the list.")


def _contradiction(path: Path, traced: TracedClause) -> Diagnostic:
    message = f"The list says that clause {traced.clause.number} is no rule, and `{traced.places[0]}` carries it out."
    return file_problem(kinds.CLAUSES_UNUSABLE, path, message, "Take `no_rule` away from it, or the citation.")
