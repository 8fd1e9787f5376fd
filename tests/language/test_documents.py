"""The documents of this folder, one test a section: rules are checked, examples run, decisions compared."""

from dataclasses import replace
from pathlib import Path

import pytest

from competency.rules.language.format import format_text
from competency.source import SourceText
from competency.testing.documents import Block, BlockKind, Document, Section, read_document
from competency.testing.run_document import run_section

FOLDER = Path(__file__).resolve().parent
DOCUMENTS = [
    read_document(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    for path in sorted(FOLDER.rglob("*.md"))
]
SECTIONS = [
    pytest.param(section, id=f"{Path(document.name).stem}: {section.title}")
    for document in DOCUMENTS
    for section in document.sections
]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_holds(section: Section) -> None:
    findings = run_section(section)
    assert not findings, "\n" + "\n".join(finding.described for finding in findings)


@pytest.mark.parametrize("document", [pytest.param(each, id=Path(each.name).stem) for each in DOCUMENTS])
def test_a_document_can_be_read_and_its_headings_differ(document: Document) -> None:
    assert not document.faults, "\n".join(fault.described for fault in document.faults)
    titles = [section.title for section in document.sections]
    assert sorted(set(titles)) == sorted(titles)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_shows_something(section: Section) -> None:
    assert section.blocks


@pytest.mark.parametrize("section", SECTIONS)
def test_the_formatter_changes_nothing_that_a_section_says(section: Section) -> None:
    tidy = replace(section, blocks=_formatted(section.blocks), preamble=_formatted(section.preamble))
    assert [finding.message for finding in run_section(tidy)] == []
    assert _formatted(tidy.blocks) == tidy.blocks


def _formatted(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks with every right text as the formatter writes it; a wrong one may be one that cannot be formatted."""
    return tuple(replace(block, text=_tidy(block)) if block.kind is BlockKind.RULES else block for block in blocks)


def _tidy(block: Block) -> str:
    text, diagnostics = format_text(SourceText(block.file, block.text))
    assert text is not None, diagnostics
    return text
