"""A book to its diagnostics and a few numbers about it: files, rules, items, decisions, errors, warnings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from competency.diagnostics import Diagnostic, Severity
from competency.rules.language import syntax
from competency.services.read_book import Book, read_book


@dataclass(frozen=True, slots=True)
class CheckedBook:
    """How much was checked, and how many errors and warnings there are."""

    files: int
    rules: int
    items: int
    examples: int
    errors: int
    warnings: int

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        return asdict(self)


def check_book(path: Path) -> tuple[CheckedBook, tuple[Diagnostic, ...]]:
    """Reads a book and checks it; everything that is wrong is among the diagnostics."""
    book, diagnostics = read_book(path)
    severities = [diagnostic.kind.severity for diagnostic in diagnostics]
    errors, warnings = severities.count(Severity.ERROR), severities.count(Severity.WARNING)
    return CheckedBook(*_sizes(book), errors, warnings), diagnostics


def _sizes(book: Book | None) -> tuple[int, int, int, int]:
    if book is None:
        return 0, 0, 0, 0
    declarations = [declaration for text in book.rules.texts for declaration in text.declarations]
    rules = sum(isinstance(declaration, syntax.Rule) for declaration in declarations)
    examples = sum(isinstance(declaration, syntax.Example | syntax.IndicatorExample) for declaration in declarations)
    resolved = book.rules.resolved
    items = sum(len(codes) for codes in resolved.declared.catalog.items.values()) if resolved else 0
    return len(book.rules.texts), rules, items, examples
