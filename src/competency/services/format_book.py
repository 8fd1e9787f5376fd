"""The rule texts of a book in their one layout: which of them differ, and each written whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from competency.diagnostics import Diagnostic
from competency.interchange.read_text import read_text
from competency.rules.language.format import format_text
from competency.services.read_book import RULES_BYTES_MAX, rule_files
from competency.services.replace_file import replace_file, unwritable
from competency.source import SourceText


@dataclass(frozen=True, slots=True)
class FormattedBook:
    """The rule texts of a book, and those that differ from their layout (or did, before they were written)."""

    files: tuple[Path, ...]
    different: tuple[Path, ...]


def format_book(path: Path, *, writes: bool) -> tuple[FormattedBook, tuple[Diagnostic, ...]]:
    """Lay out every rule text of a book; one that cannot be read is left as it is, and reported."""
    files, found = rule_files(path)
    different = []
    diagnostics = list(found)
    for file in files:
        text, problems = read_text(file, RULES_BYTES_MAX)
        diagnostics.extend(problems)
        if text is None:
            continue
        formatted, problems = format_text(SourceText(str(file), text))
        diagnostics.extend(problems)
        if formatted is None or formatted.encode() == file.read_bytes():
            continue
        different.append(file)
        if writes:
            try:
                with replace_file(file) as unfinished:
                    unfinished.write_bytes(formatted.encode())
            except OSError as error:
                diagnostics.append(unwritable(file, error))
    return FormattedBook(files, tuple(different)), tuple(diagnostics)
