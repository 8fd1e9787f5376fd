"""What documents show of one learner is decided alike for all of them at once.

The documents in `found` show what engines once decided otherwise; the others are asked in the long profile.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from competency.model.facts import LearnerFacts
from competency.rules.language.resolved import ResolvedBook
from competency.rules.read_rules import RuleBook
from competency.rules.run_examples import end_of_day
from competency.testing.decisions_of_documents import facts_of_section
from competency.testing.documents import BlockKind, Section, read_document
from competency.testing.run_document import diagnose

FOLDER = Path(__file__).resolve().parents[1] / "language"
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SECTIONS = [
    pytest.param(section, id=f"{path.stem}: {section.title}")
    for path in sorted((FOLDER if IS_LONG else FOLDER / "found").rglob("*.md"))
    for section in read_document(path).sections
    if section.of(BlockKind.RULES) and not section.shows_only_what_is_wrong
]

Days = tuple[date, datetime | None]


def shown(section: Section, book: RuleBook) -> Iterator[tuple[Days, list[LearnerFacts]]]:
    """The learners in the tables of a section, on each of the days of its decisions."""
    decisions = section.of(BlockKind.DECISIONS)
    if not decisions:
        return
    facts = facts_of_section(section, book)
    assert facts is not None
    learners = [facts.for_learner(learner) for learner in sorted(facts.learners)]
    for block in decisions:
        assert block.as_of is not None
        yield (block.as_of, end_of_day(block.known_on) if block.known_on else None), learners


def of_each_example(resolved: ResolvedBook, learners: list[LearnerFacts]) -> Iterator[tuple[Days, list[LearnerFacts]]]:
    """The learners of a section's examples, those of one day together."""
    together: dict[Days, list[LearnerFacts]] = {}
    for example, facts in zip(resolved.examples, learners, strict=True):
        known_on = end_of_day(example.known_on) if example.known_on else None
        together.setdefault((example.as_of, known_on), []).append(facts)
    yield from together.items()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_decided_alike(
    section: Section,
    decides_alike: Callable[..., int],
    of_examples: Callable[[ResolvedBook], list[LearnerFacts]],
) -> None:
    book, _ = diagnose([block.source for block in section.of(BlockKind.RULES)])
    assert book is not None
    assert book.program is not None
    assert book.resolved is not None
    asked = [*shown(section, book), *of_each_example(book.resolved, of_examples(book.resolved))]
    for (as_of, known_on), learners in asked:
        decides_alike(book.program, learners, as_of, known_on)
