"""Every kind of diagnostic has a page of one form. What the examples on a page raise is tested where rules are checked."""

import re
from pathlib import Path

import pytest

from competency.diagnostics import kinds
from competency.diagnostics.pages import PageMissingError, page

PAGES = Path(__file__).resolve().parents[2] / "docs" / "diagnostics"
WRITTEN = {"CBE001", "CBE002", "CBE003", "CBE004", "CBE005"}
# To complete: write the pages, then delete this set and the two lines that read it.
STILL_TO_BE_WRITTEN = frozenset(kinds.ALL) - WRITTEN

HEADINGS = ["## Wrong", "## Right", "## What to do"]
FENCE = re.compile(r"^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("code", sorted(kinds.ALL))
def test_a_code_has_a_page_of_the_agreed_form(code: str) -> None:
    try:
        text = page(code)
    except PageMissingError as missing:
        if code in STILL_TO_BE_WRITTEN:
            pytest.xfail(str(missing))
        raise
    title, *rest = text.splitlines()
    assert title == f"# {code} {kinds.ALL[code].name}"
    assert [line for line in rest if line.startswith("#") and not _is_in_a_fence(line, text)] == HEADINGS
    for part in _parts(text):
        assert part.strip(), f"{code}: a part of the page is empty"


@pytest.mark.parametrize("code", sorted(kinds.ALL))
def test_the_examples_of_a_page_come_in_pairs_under_their_headings(code: str) -> None:
    try:
        _, wrong, right, _ = _parts(page(code))
    except PageMissingError as missing:
        if code in STILL_TO_BE_WRITTEN:
            pytest.xfail(str(missing))
        raise
    languages = [[fence["language"] for fence in FENCE.finditer(part)] for part in (wrong, right)]
    assert languages in ([["rules wrong"], ["rules right"]], [[], []])


def test_a_page_belongs_to_a_code_that_exists() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")}
    assert pages
    assert pages <= set(kinds.ALL)


def _parts(text: str) -> list[str]:
    """The paragraph of meaning and what stands under each of the three headings."""
    outside = re.split(rf"^(?:{'|'.join(map(re.escape, HEADINGS))})$", text.split("\n", 1)[1], flags=re.MULTILINE)
    assert len(outside) == len(HEADINGS) + 1, "a heading is missing or stands twice"
    return outside


def _is_in_a_fence(line: str, text: str) -> bool:
    return any(line in fence["text"].splitlines() for fence in FENCE.finditer(text))
