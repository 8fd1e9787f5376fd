"""A policy book on disk to a checked rule book: settings, rule texts, and the files they name.

A book is a folder with competency.toml, *.rules, and whatever those name; a single .rules file is a book as well.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from competency.diagnostics import Diagnostic, Fix, Label, kinds
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
from competency.rules.language import syntax
from competency.rules.language.attached import AttachedItems, AttachedRows, Attachment
from competency.rules.read_rules import RuleBook, attached_paths, parse_texts, read_rules
from competency.source import Place, SourceText

RULES_BYTES_MAX = 4_000_000  # one rule text: ten times the largest book imagined
SETTINGS_BYTES_MAX = 100_000  # competency.toml holds a few lines

SETTINGS = "competency.toml"


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


def read_book(path: Path, fact_types: Sequence[FactType] = ()) -> tuple[Book | None, tuple[Diagnostic, ...]]:
    """The book at a path, and everything that is wrong with it; none where it cannot be read at all."""
    if not path.exists():
        return None, (_missing(path, "give the folder of a policy book, or a .rules file"),)
    folder = path if path.is_dir() else path.parent
    settings, diagnostics = _settings(folder / SETTINGS) if path.is_dir() else (BookSettings(), ())
    files = sorted(path.rglob("*.rules")) if path.is_dir() else [path]
    if not files:
        return None, (*diagnostics, _missing(path / "*.rules", "write a rule text, or start with `competency new`"))
    sources = []
    found = list(diagnostics)
    for file in files:
        text, problems = read_text(file, RULES_BYTES_MAX)
        found.extend(problems)
        if text is not None:
            sources.append(SourceText(_shown(file, path), text))
    texts, problems = parse_texts(sources)
    found.extend(problems)
    attachments: dict[str, Attachment] = {}
    for what, literal in attached_paths(texts):
        attached, problems = _attach(what, literal, folder)
        found.extend(problems)
        if attached is not None:
            attachments[literal.value] = attached
    if any(diagnostic.is_error for diagnostic in found):
        # what could be read is resolved all the same, so that one look shows everything that is wrong
        rules, problems = read_rules(texts, attachments, fact_types)
        rules = RuleBook(rules.texts, rules.resolved, None)
        found.extend(problem for problem in problems if not _follows(problem, found))
        return Book(path, settings, rules), _allowed(found, settings)
    rules, problems = read_rules(texts, attachments, fact_types)
    return Book(path, settings, rules), _allowed([*found, *problems], settings)


def _follows(problem: Diagnostic, found: Sequence[Diagnostic]) -> bool:
    """After a text that could not be read, names it may have declared are not reported as unknown."""
    del found
    names = {kinds.UNKNOWN_NAME, kinds.UNKNOWN_COMPETENCY, kinds.UNKNOWN_PHRASE, kinds.MISSING_RULE, kinds.POLICY_MISSING}
    return problem.kind in names or not problem.is_error


def _shown(file: Path, book: Path) -> str:
    """A file as the user would name it."""
    return str(file) if not book.is_absolute() or file == book else str(file)


def _missing(path: Path, remedy: str) -> Diagnostic:
    return Diagnostic(
        kinds.FILE_MISSING,
        f"there is no {path}",
        (Label(Place(str(path))),),
        fixes=(Fix(remedy),),
        data={"path": str(path)},
    )


def _settings(path: Path) -> tuple[BookSettings, tuple[Diagnostic, ...]]:
    if not path.is_file():
        return BookSettings(), (_missing(path, 'write one with the line `title = "..."`'),)
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


def _attach(
    what: str, literal: syntax.TextLiteral, folder: Path
) -> tuple[Attachment | None, tuple[Diagnostic, ...]]:
    """A file that a text names, read; its own faults point into the file, a missing one to the text as well."""
    path = folder / literal.value
    if not path.is_file():
        missing = Diagnostic(
            kinds.FILE_MISSING,
            f"there is no {path}",
            (Label(literal.span, "named here"),),
            fixes=(Fix("put the file there, or correct the path; it starts from the folder of the book"),),
            data={"path": str(path)},
        )
        return None, (missing,)
    match what:
        case "framework" if path.suffix == ".csv":
            return read_framework_table(path, path.stem)
        case "framework":
            return read_case(path, path.stem)
        case "courses":
            return _items(read_courses(path))
        case "levels":
            return _items(read_levels(path))
        case "competencies of courses":
            return _items(read_course_competencies(path))
        case "competencies of levels":
            return _items(read_level_competencies(path))
        case _:
            return _rows(path)


def _items(read: Any) -> tuple[AttachedItems | None, tuple[Diagnostic, ...]]:
    raise NotImplementedError


def _rows(path: Path) -> tuple[AttachedRows | None, tuple[Diagnostic, ...]]:
    del read_decision_rows
    raise NotImplementedError
