"""Facts that are kept anywhere, such as those of records, to a snapshot: bucket after bucket, each learner read once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from competency.interchange.fact_set import Facts
from competency.model.facts import LEARNERS, Fact, LearnerFacts
from competency.rules.population.facts import holds
from competency.rules.population.lay_out import rows_once
from competency.rules.population.needs import texts_of
from competency.rules.population.number_columns import Seen, Texts
from competency.rules.program import ir
from competency.snapshots.helping_database import MEMORY, helping_database
from competency.snapshots.kept_columns import kept_columns
from competency.snapshots.lay_out_folder import LEARNERS_A_BUCKET
from competency.snapshots.replace_folder import MADE, replace_folder
from competency.snapshots.snapshot_format import seal
from competency.snapshots.spilled import SpilledRows
from competency.snapshots.write_snapshot import (
    GatheredTable,
    gathered_rows,
    write_shared,
    write_snapshot,
)


def lay_out_facts(
    program: ir.Program,
    facts: Facts,
    out: Path,
    *,
    bucket: int = LEARNERS_A_BUCKET,
    memory: str = MEMORY,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the snapshot folder `out` of what a program reads of the facts; it is there whole or as it was.

    `progress` is told how many more learners have been read. OSError where the disk refuses.
    """
    texts = Texts()
    entangled: set[int] = set()
    learners = facts.learners
    with replace_folder(out) as work, helping_database(work, memory) as database:
        tables = [
            GatheredTable(
                kept,
                SpilledRows(work / "rows" / fact_type.plural, bucket),
                {column.name: Seen(column.name, holds(column.type)) for column in kept.numbered},
            )
            for fact_type in program.fact_types
            if fact_type.is_about_a_learner
            for kept in (kept_columns(program, fact_type),)
        ]
        for first in range(0, len(learners), bucket):
            some = [facts.for_learner(learner) for learner in learners[first : first + bucket]]
            for table in tables:
                entangled.update(_gather(table, first, some, texts))
            if progress is not None:
                progress(len(some))
        for table in tables:
            table.rows.close()
        unfinished = work / "writing"
        unfinished.mkdir()
        for fact_type in program.fact_types:
            if rows := facts.shared.get(fact_type.plural):
                write_shared(unfinished, fact_type, rows)
        write_snapshot(unfinished, learners, entangled, tables, texts, texts_of(program), bucket, database)
        seal(unfinished)
        unfinished.rename(work / MADE)


def _gather(table: GatheredTable, first: int, some: list[LearnerFacts], texts: Texts) -> set[int]:
    """Spill the rows of some learners; the numbers of those of whom two rows have one identity, or say who they are."""
    plural = table.kept.fact_type.plural
    rows: list[Fact] = []
    numbers: list[int] = []
    entangled = set()
    for number, facts in enumerate(some, start=first):
        found = rows_once(facts.of(plural))
        rows += found
        numbers += [number] * len(found)
        if len({row.id for row in found}) < len(found) or (plural == LEARNERS.plural and len(found) > 1):
            entangled.add(number)
    if rows:
        table.rows.add(gathered_rows(table.kept, numbers, rows, table.seen, texts))
    return entangled
