"""Every kind of diagnostic has a page of one form, and what its examples raise is what the page says."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from competency.diagnostics import Diagnostic, DiagnosticKind, kinds
from competency.diagnostics.apply_fixes import apply
from competency.diagnostics.diagnostic import Severity
from competency.diagnostics.pages import page
from competency.interchange.read_case import read_case
from competency.interchange.read_catalog import read_courses
from competency.interchange.read_facts import read_facts
from competency.model.facts import BUILT_IN
from competency.source import SourceText
from competency.testing.run_document import TOLERATED, diagnose

PAGES = Path(__file__).resolve().parents[2] / "docs" / "diagnostics"

HEADINGS = ["## Wrong", "## Right", "## What to do"]
FENCE = re.compile(r"^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = ("rules", "case", "courses", "evidence")
EXAMPLE = re.compile(rf"^```(?:{'|'.join(LANGUAGES)}) wrong$", re.MULTILINE)
# The other pages tell their case in words: it needs a plugin, a command line, a file of another encoding, or megabytes.
WITH_EXAMPLES = sorted(path.stem for path in PAGES.glob("*.md") if EXAMPLE.search(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("code", sorted(kinds.ALL))
def test_a_code_has_a_page_of_the_agreed_form(code: str) -> None:
    text = page(code)
    title, *rest = text.splitlines()
    assert title == f"# {code} {kinds.ALL[code].name}"
    assert [line for line in rest if line.startswith("#") and not _is_in_a_fence(line, text)] == HEADINGS
    for part in _parts(text):
        assert part.strip(), f"{code}: a part of the page is empty"


@pytest.mark.parametrize("code", sorted(kinds.ALL))
def test_the_examples_of_a_page_come_in_pairs_under_their_headings(code: str) -> None:
    _, wrong, right, _ = _parts(page(code))
    found = [[fence["language"] for fence in FENCE.finditer(part)] for part in (wrong, right)]
    assert found in ([[], []], *([[f"{language} wrong"], [f"{language} right"]] for language in LANGUAGES))


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_the_wrong_example_raises_exactly_its_code(code: str, tmp_path: Path) -> None:
    language, wrong, _ = _examples(code)
    diagnostics = _raised(language, wrong, tmp_path)
    assert [one.kind.code for one in diagnostics if _counts(one, kinds.ALL[code])] == [code], _told(diagnostics)


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_the_right_example_raises_nothing(code: str, tmp_path: Path) -> None:
    language, _, right = _examples(code)
    diagnostics = _raised(language, right, tmp_path)
    assert not [one for one in diagnostics if _counts(one, kinds.ALL[code])], _told(diagnostics)


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_carrying_out_the_fix_makes_the_code_go_away(code: str, tmp_path: Path) -> None:
    language, wrong, _ = _examples(code)
    diagnostic = next(one for one in _raised(language, wrong, tmp_path) if one.kind.code == code)
    if diagnostic.kind.severity is not Severity.NOTE:
        assert diagnostic.fixes, f"{code} does not say what to do"
    for fix in diagnostic.fixes:
        assert fix.text
        if fix.edits:
            mended = _raised(language, apply(wrong, fix.edits), tmp_path)
            assert code not in {one.kind.code for one in mended}, _told(mended)


def test_a_page_belongs_to_a_code_that_exists() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")}
    assert pages
    assert pages <= set(kinds.ALL)


def _examples(code: str) -> tuple[str, str, str]:
    """The language of the examples of a page, the wrong one and the right one."""
    wrong, right = FENCE.finditer(page(code))
    return wrong["language"].split()[0], wrong["text"], right["text"]


def _raised(language: str, text: str, folder: Path) -> tuple[Diagnostic, ...]:
    """What reading a text raises, as the file that it is an example of."""
    match language:
        case "rules":
            return diagnose([SourceText("example.rules", text)])[1]
        case "case":
            path = folder / "framework.case.json"
            path.write_text(text, encoding="utf-8")
            return read_case(path, "MATH")[1]
        case "courses":
            path = folder / "courses.csv"
            path.write_text(text, encoding="utf-8")
            return read_courses(path)[1]
        case _:
            (folder / "learners.csv").write_text("learner\nAna\n", encoding="utf-8")
            (folder / "evidence.csv").write_text(text, encoding="utf-8")
            return read_facts(folder, BUILT_IN)[1]


def _counts(diagnostic: Diagnostic, about: DiagnosticKind) -> bool:
    """Whether a page must account for it: what it is about, and all but notes and what short examples leave out."""
    is_told = diagnostic.kind not in TOLERATED and diagnostic.kind.severity is not Severity.NOTE
    return is_told or diagnostic.kind is about


def _told(diagnostics: Iterable[Diagnostic]) -> str:
    return "; ".join(f"{one.kind.code} {one.message}" for one in diagnostics) or "nothing was raised"


def _parts(text: str) -> list[str]:
    """The paragraph of meaning and what stands under each of the three headings."""
    outside = re.split(rf"^(?:{'|'.join(map(re.escape, HEADINGS))})$", text.split("\n", 1)[1], flags=re.MULTILINE)
    assert len(outside) == len(HEADINGS) + 1, "a heading is missing or stands twice"
    return outside


def _is_in_a_fence(line: str, text: str) -> bool:
    return any(line in fence["text"].splitlines() for fence in FENCE.finditer(text))
