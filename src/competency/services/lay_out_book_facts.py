"""Facts laid out as a snapshot with the eyes of a book, and opened again for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from competency.diagnostics import Diagnostic
from competency.interchange.counts import Counts
from competency.interchange.fact_set import Facts
from competency.rules.language.resolved import Declared
from competency.rules.program import ir
from competency.services.buckets import learners_a_bucket
from competency.services.empty_tables import empty_tables
from competency.services.engines import ON_DUCKDB, EngineChoice, bytes_of
from competency.services.read_book_facts import references_of, single_scale, zone_of
from competency.services.snapshot_facts import SnapshotFacts
from competency.snapshots.helping_database import MEMORY
from competency.snapshots.lay_out_facts import lay_out_facts
from competency.snapshots.lay_out_folder import lay_out_folder
from competency.snapshots.open_snapshot import open_snapshot
from competency.snapshots.read_with import read_with


@dataclass(frozen=True, slots=True)
class BookFactsLaidOut:
    """Whether the snapshot is written, what is wrong with the facts, and the counts over all tables."""

    is_written: bool
    diagnostics: tuple[Diagnostic, ...]
    total: Counts


def lay_out_book_facts(
    program: ir.Program,
    declared: Declared,
    folder: Path,
    out: Path,
    *,
    rejects: Path | None = None,
    progress: Callable[[int], None] | None = None,
    engine: EngineChoice = ON_DUCKDB,
) -> BookFactsLaidOut:
    """Write the snapshot `out` of the facts in a folder, in buckets for an engine; rows at fault as `read_book_facts`.

    OSError where the disk refuses, TooLittleMemory where the engine's does not suffice.
    """
    made = lay_out_folder(
        program,
        tuple(declared.fact_types.values()),
        folder,
        out,
        references=references_of(declared),
        scale=single_scale(declared),
        time_zone=zone_of(declared),
        rejects=rejects,
        bucket=lambda learners: learners_a_bucket(len(program.schedule), learners, engine),
        memory=_memory(engine),
        progress=progress,
    )
    total = sum(made.counts.values(), Counts())
    if rejects is not None and not total.rejected:
        rejects.unlink(missing_ok=True)
    empty = empty_tables(program, folder, made.counts) if made.is_written else ()
    return BookFactsLaidOut(made.is_written, (*made.diagnostics, *empty), total)


def lay_out_known_facts(
    program: ir.Program,
    facts: Facts,
    out: Path,
    *,
    progress: Callable[[int], None] | None = None,
    engine: EngineChoice = ON_DUCKDB,
) -> None:
    """Write the snapshot `out` of facts that were read before, as those of records. OSError, TooLittleMemory as above."""
    size = learners_a_bucket(len(program.schedule), len(facts.learners), engine)
    lay_out_facts(program, facts, out, bucket=size, memory=_memory(engine), progress=progress)


def open_book_snapshot(path: Path, program: ir.Program, declared: Declared) -> SnapshotFacts:
    """The facts of a snapshot, for the book with whose eyes it was laid out. SnapshotUnfit where it is not fit for it."""
    fact_types = tuple(declared.fact_types.values())
    eyes = read_with(fact_types, references_of(declared), single_scale(declared), zone_of(declared))
    return SnapshotFacts(open_snapshot(path, program, eyes))


def _memory(engine: EngineChoice) -> str:
    """What laying out may use: as much as it does by itself, or less where the engine may only use less."""
    if engine.memory is None or bytes_of(engine.memory) >= bytes_of(MEMORY):
        return MEMORY
    return engine.memory
