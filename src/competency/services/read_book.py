"""A policy book on disk to a checked rule book: settings, rule texts, and the files they name.

A book is a folder with competency.toml, *.rules, and whatever those name; a single .rules file is a book as well.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from competency.diagnostics import Diagnostic, Fix, Label, has_errors, kinds
from competency.interchange.read_case import read_case
from competency.interchange.read_catalog import (
    read_course_competencies,
    read_courses,
    read_decision_rows,
    read_level_competencies,
    read_levels,
)
from competency.interchange.read_framework_table import read_framework_table
from competency.interchange.read_text import read_text
from competency.model.facts import FactType
from competency.model.items import Framework
from competency.plugin_api.loading import installed_fact_types
from competency.rules.language import syntax
from competency.rules.language.attached import Attachment
from competency.rules.language.resolved import Declared
from competency.rules.program import ir
from competency.rules.read_rules import RuleBook, attached_paths, parse_texts, read_rules
from competency.source import Place, SourceText

RULES_BYTES_MAX = 4_000_000  # one rule text: ten times the largest book imagined
SETTINGS_BYTES_MAX = 100_000  # competency.toml holds a few lines

ENTRIES_MAX = 20_000  # files below the folder of a book: a hundred times a large district's; more is a mistaken path

SETTINGS = "competency.toml"
RULES = ".rules"

_OF_NAMES = {kinds.UNKNOWN_NAME, kinds.UNKNOWN_COMPETENCY, kinds.UNKNOWN_CLAUSE, kinds.UNKNOWN_PHRASE}
# Kinds of names that no attached file declares: they stay unknown also where such a file could not be read.
_NEVER_ATTACHED = {"scale", "role", "method", "program", "parameter", "population", "table", "source", "framework"}


@dataclass(frozen=True, slots=True)
class BookSettings:
    """What competency.toml says: a title, and kinds of lints that the authors allow, each with the reason."""

    title: str = ""
    allowed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """A book that was read: where it is, its settings, and the rules at every stage they reached."""

    path: Path
    settings: BookSettings
    rules: RuleBook


def read_book(
    path: Path, fact_types: Sequence[FactType] | None = None, *, called: Callable[[Path], str] = str
) -> tuple[Book | None, tuple[Diagnostic, ...]]:
    """The book at a path, and everything that is wrong with it; none where it cannot be read at all.

    `fact_types` are known besides the built-in ones (none given: those that the installed connectors bring, so that a
    rule may speak of them). What could be read is resolved also where something could not, so that one look shows everything that is wrong; there is no program then. `called`: how messages and
    explanations name a rule text.
    """
    if fact_types is None:
        fact_types = installed_fact_types()
    files, diagnostics = rule_files(path)
    if not files:
        return None, diagnostics
    settings, problems = _settings(path / SETTINGS) if path.is_dir() else (BookSettings(), ())
    found = list(problems)
    sources = []
    for file in files:
        text, problems = read_text(file, RULES_BYTES_MAX)
        found.extend(problems)
        if text is not None:
            sources.append(SourceText(called(file), text))
    texts, problems = parse_texts(sources)
    # a text that was refused as a whole has neither declarations nor parts that were skipped
    is_whole = len(sources) == len(files) and all(text.declarations or text.skipped for text in texts)
    found.extend(problems)
    attachments, problems = _attachments(texts, path if path.is_dir() else path.parent)
    found.extend(problems)
    rules, problems = read_rules(texts, attachments, fact_types)
    if has_errors(found):
        lost = _Lost(is_whole, len(attachments) == len(attached_paths(texts)), texts)
        problems = tuple(problem for problem in problems if problem.is_error and not lost.explains(problem))
        rules = RuleBook(rules.texts, rules.resolved, None)
    return Book(path, settings, rules), _allowed([*found, *problems], settings)


def read_program(
    path: Path, fact_types: Sequence[FactType] | None = None
) -> tuple[ir.Program | None, Declared | None, tuple[Diagnostic, ...]]:
    """The program of the book at a path with what the book declares; neither, and why, where the book has errors."""
    book, diagnostics = read_book(path, fact_types)
    if book is None or book.rules.program is None or book.rules.resolved is None:
        return None, None, diagnostics
    return book.rules.program, book.rules.resolved.declared, diagnostics


def rule_files(path: Path) -> tuple[tuple[Path, ...], tuple[Diagnostic, ...]]:
    """The rule texts of the book at a path, in order of name; without any, why there are none."""
    if path.is_file():
        if path.suffix == RULES:
            return (path,), ()
        remedy = f"name the folder that holds `{SETTINGS}` and the rule texts, or one text that ends in {RULES}"
        return (), (_missing(path, f"`{path}` is a file and no policy book", remedy),)
    if not path.is_dir():
        remedy = "correct the path; a book is a folder, and `competency new` makes one"
        return (), (_missing(path, f"there is no policy book `{path}`", remedy),)
    files: list[Path] = []
    entries = 0
    for folder, names, here in os.walk(path):
        names[:] = sorted(name for name in names if not name.startswith("."))
        entries += len(names) + len(here)
        if entries > ENTRIES_MAX:
            message = f"`{path}` holds more than {ENTRIES_MAX:,} files: it is hardly a policy book"
            return (), (_missing(path, message, f"name the folder in which `{SETTINGS}` stands"),)
        files.extend(Path(folder, name) for name in here if name.endswith(RULES) and not name.startswith("."))
    if not files:
        remedy = f"write a rule text whose name ends in {RULES}, or start with `competency new`"
        return (), (_missing(path, f"`{path}` has no rule text, so it is no policy book", remedy),)
    return tuple(sorted(files)), ()


@dataclass(frozen=True, slots=True)
class _Lost:
    """What could not be read: a text as a whole, an attached file, or a declaration in a text."""

    every_text: bool
    every_attachment: bool
    texts: tuple[syntax.RuleText, ...]

    def explains(self, problem: Diagnostic) -> bool:
        """Whether an unknown name may well have been declared in what was not read."""
        skipped = [span for text in self.texts for span in text.skipped]
        if problem.kind in {kinds.MISSING_RULE, kinds.POLICY_MISSING}:
            return bool(skipped) or not self.every_text
        if problem.kind not in _OF_NAMES:
            return False
        if not self.every_text:
            return True
        if not self.every_attachment and problem.data.get("expected") not in _NEVER_ATTACHED:
            return True
        name = str(problem.data.get("name", ""))
        return any(_says(span.text, name) for span in skipped)


def _says(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?![\w])", text) is not None


def _missing(path: Path, message: str, remedy: str) -> Diagnostic:
    return Diagnostic(
        kinds.FILE_MISSING,
        message,
        (Label(Place(str(path))),),
        fixes=(Fix(remedy),),
        data={"path": str(path)},
    )


def _settings(path: Path) -> tuple[BookSettings, tuple[Diagnostic, ...]]:
    if not path.is_file():
        remedy = 'write one with the line `title = "..."`'
        return BookSettings(), (_missing(path, f"the book has no settings: there is no `{path}`", remedy),)
    text, problems = read_text(path, SETTINGS_BYTES_MAX)
    if text is None:
        return BookSettings(), problems
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return BookSettings(), (_bad_settings(path, str(error)),)
    return _read_settings(table, path)


def _read_settings(table: dict[str, Any], path: Path) -> tuple[BookSettings, tuple[Diagnostic, ...]]:
    known = {"title", "allow"}
    unknown = sorted(set(table) - known)
    if unknown:
        return BookSettings(), (_bad_settings(path, f"there is no setting `{unknown[0]}`; known are title, allow"),)
    allow = table.get("allow", {})
    if not isinstance(allow, dict) or not all(isinstance(reason, str) and reason for reason in allow.values()):
        return BookSettings(), (_bad_settings(path, "`allow` maps the name of a lint to the reason why it is allowed"),)
    names = {kind.name for kind in kinds.ALL.values() if kind.severity.value != "error"}
    for name in allow:
        if name not in names:
            return BookSettings(), (_bad_settings(path, f"there is no lint `{name}`"),)
    return BookSettings(str(table.get("title", "")), tuple(sorted(allow.items()))), ()


def _bad_settings(path: Path, what: str) -> Diagnostic:
    return Diagnostic(
        kinds.BOOK_SETTINGS,
        f"the settings of the book cannot be used: {what}",
        (Label(Place(str(path))),),
        fixes=(Fix('write a line `title = "..."`, and allowed lints under `[allow]`'),),
    )


def _allowed(diagnostics: Sequence[Diagnostic], settings: BookSettings) -> tuple[Diagnostic, ...]:
    names = {name for name, _ in settings.allowed}
    return tuple(one for one in diagnostics if one.is_error or one.kind.name not in names)


# --- files that texts name --------------------------------------------------------------------------------------------


def _attachments(
    texts: Sequence[syntax.RuleText], folder: Path
) -> tuple[dict[str, Attachment], tuple[Diagnostic, ...]]:
    """The files that texts name, by path as written, and what is wrong with them."""
    names = {
        declaration.path.value: declaration.name.text
        for text in texts
        for declaration in text.declarations
        if isinstance(declaration, syntax.FrameworkDeclaration) and declaration.path is not None
    }
    attachments: dict[str, Attachment] = {}
    diagnostics: list[Diagnostic] = []
    seen: set[str] = set()
    for what, literal in attached_paths(texts):
        if literal.value in seen:
            continue
        seen.add(literal.value)
        attached, problems = _attach(what, literal, folder, names.get(literal.value, ""))
        diagnostics.extend(problems)
        if attached is not None:
            attachments[literal.value] = attached
    return attachments, tuple(diagnostics)


def _attach(
    what: str, literal: syntax.TextLiteral, folder: Path, name: str
) -> tuple[Attachment | None, tuple[Diagnostic, ...]]:
    """A file that a text names, read. Every fault of it also shows where the text names it."""
    path = folder / literal.value
    attached, diagnostics = _READERS[what](path, name)
    named_here = Label(literal.span, "named here")
    return attached, tuple(replace(one, labels=(*one.labels, named_here)) for one in diagnostics)


def _read_framework(path: Path, name: str) -> tuple[Framework | None, tuple[Diagnostic, ...]]:
    return read_framework_table(path, name) if path.suffix == ".csv" else read_case(path, name)


_READERS: Mapping[str, Callable[[Path, str], tuple[Attachment | None, tuple[Diagnostic, ...]]]] = {
    "framework": _read_framework,
    "courses": lambda path, _name: read_courses(path),
    "levels": lambda path, _name: read_levels(path),
    "competencies of courses": lambda path, _name: read_course_competencies(path),
    "competencies of levels": lambda path, _name: read_level_competencies(path),
    "table": lambda path, _name: read_decision_rows(path),
}
