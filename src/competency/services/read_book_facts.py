"""A folder of facts read with the eyes of a book: its items, words, scale and time zone say what a row may hold."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.counts import Counts
from competency.interchange.fact_set import Facts, FactSet
from competency.interchange.read_facts import read_facts
from competency.interchange.references import References
from competency.model.scales import Scale
from competency.rules.language.resolved import Declared
from competency.rules.program import ir
from competency.services.empty_tables import empty_tables


@dataclass(frozen=True, slots=True)
class FactsRead:
    """Facts (none where a file could not be read at all), what is wrong with them, and the counts over all tables."""

    facts: FactSet | None
    diagnostics: tuple[Diagnostic, ...]
    total: Counts


def read_book_facts(
    program: ir.Program,
    declared: Declared,
    folder: Path,
    *,
    rejects: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> FactsRead:
    """The facts in a folder, for a program of the book. Rows at fault are left out, and the first are among the diagnostics.

    All of them stand in the file `rejects`, which is there afterwards only if there are any.
    """
    facts, diagnostics, counts = read_facts(
        folder,
        tuple(declared.fact_types.values()),
        references=references_of(declared),
        scale=single_scale(declared),
        time_zone=zone_of(declared),
        rejects=rejects,
        progress=progress,
    )
    total = sum(counts.values(), Counts())
    if rejects is not None and not total.rejected:
        rejects.unlink(missing_ok=True)
    empty = () if facts is None else empty_tables(program, folder, counts)
    return FactsRead(facts, (*diagnostics, *empty), total)


def references_of(declared: Declared) -> References:
    """The names that a book knows. Of a kind of which it declares nothing, any name may stand."""
    items = declared.catalog.items
    words = declared.words
    competencies = {**items.get("competency", {}), **items.get("skill", {})}
    return References(
        competencies=frozenset(competencies) or None,
        courses=frozenset(items.get("course", ())) or None,
        levels=frozenset(items.get("level", ())) or None,
        methods=frozenset(words.get("methods", ())) or None,
        roles=frozenset(words.get("roles", ())) or None,
        programs=frozenset(words.get("programs", ())) or None,
        panels=frozenset(declared.panels) or None,
    )


def single_scale(declared: Declared) -> Scale | None:
    """The scale of every score, where a book has just one; with several, a score may stand on any of them."""
    return next(iter(declared.scales.values())) if len(declared.scales) == 1 else None


def zone_of(declared: Declared) -> ZoneInfo | None:
    """The time zone of local times; none where the book names none."""
    return ZoneInfo(declared.time_zone) if declared.time_zone else None


def unknown_learner(learner: str, facts: Facts) -> Diagnostic:
    """A learner who is not in the facts, with the nearest who is."""
    nearest = difflib.get_close_matches(learner, facts.learners, n=1)
    remedy = f"did you mean `{nearest[0]}`?" if nearest else "correct the identifier; it is the one in `learners`"
    number = len(facts.learners)
    return Diagnostic(
        kinds.UNKNOWN_LEARNER,
        f"there is no learner `{learner}` in the facts",
        notes=(f"The facts are about {number:,} learner{'' if number == 1 else 's'}.",),
        fixes=(Fix(remedy),),
        data={"learner": learner, "nearest": nearest},
    )


def not_in_records(learner: str) -> Diagnostic:
    """A learner whom records do not know: they are not searched for a similar one, who is another person."""
    return Diagnostic(
        kinds.UNKNOWN_LEARNER,
        f"there is no learner `{learner}` in the records",
        fixes=(Fix("correct the identifier; it is the one in `learners`"),),
        data={"learner": learner},
    )
