"""A folder of fact tables to a snapshot: columns instead of rows, so that the facts of a state need no more memory.

Rows are checked, counted and rejected as `read_facts` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from zoneinfo import ZoneInfo

from competency.diagnostics import Diagnostic
from competency.interchange.cells import CellContext
from competency.interchange.counts import Counts
from competency.interchange.door import TableDoor
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import fact_of
from competency.interchange.read_facts import fact_tables, read_rows
from competency.interchange.read_table import read_table
from competency.interchange.references import UNCHECKED, References
from competency.interchange.rejects import RejectLog, reject_log
from competency.interchange.table_fault import TableFault
from competency.model.facts import LEARNERS, FactType
from competency.model.scales import Scale
from competency.rules.population.needs import texts_of
from competency.rules.population.number_columns import Texts
from competency.rules.program import ir
from competency.snapshots.checked_rows import ID, CheckedTable, Reading
from competency.snapshots.helping_database import MEMORY, helping_database
from competency.snapshots.kept_columns import kept_columns
from competency.snapshots.read_with import read_with
from competency.snapshots.repeated_rows import Identities
from competency.snapshots.replace_folder import MADE, replace_folder
from competency.snapshots.snapshot_format import seal
from competency.snapshots.spilled import SpilledRejects, SpilledRows
from competency.snapshots.write_snapshot import (
    GatheredTable,
    write_shared,
    write_snapshot,
)

# Learners whose rows stand together: enough that a query costs nothing beside its rows, few enough to fit in memory.
LEARNERS_A_BUCKET = 20_000


@dataclass(frozen=True, slots=True)
class FolderLaidOut:
    """What became of a folder: whether the snapshot is written, what is wrong with the facts, and the counts by table."""

    is_written: bool
    diagnostics: tuple[Diagnostic, ...]
    counts: Mapping[str, Counts]


def lay_out_folder(
    program: ir.Program,
    fact_types: Sequence[FactType],
    folder: Path,
    out: Path,
    *,
    references: References = UNCHECKED,
    scale: Scale | None = None,
    time_zone: ZoneInfo | None = None,
    rejects: Path | None = None,
    bucket: int | Callable[[int], int] = LEARNERS_A_BUCKET,
    memory: str = MEMORY,
    progress: Callable[[int], None] | None = None,
) -> FolderLaidOut:
    """Write the snapshot folder `out` of what a program reads of the facts in `folder`.

    `bucket`: how many learners stand together, or what tells that from the number of all learners. `memory`: what the
    database that helps may hold before it goes to the disk; TooLittleMemory where it cannot work with it.

    `out` is there whole or as it was: also where a file could not be read as a whole, and nothing is written. The other
    arguments, the diagnostics, the counts and the file of rejects are those of `read_facts`; tables may be larger.
    OSError where the disk refuses.
    """
    if LEARNERS.plural not in {fact_type.plural for fact_type in fact_types}:
        raise ValueError("the fact types must include learners: every other row is about one of them")
    paths, diagnostics = fact_tables(folder, fact_types)
    if paths is None:
        return FolderLaidOut(False, tuple(diagnostics), {})
    with (
        replace_folder(out) as work,
        helping_database(work, memory) as database,
        reject_log(rejects) as log,
    ):
        reading = Reading(references, CellContext(scale, time_zone), database)
        laying = _Laying(program, reading, work, bucket, log, progress)
        faults: list[Diagnostic] = []
        for fact_type, path in paths:
            try:
                laying.table(fact_type, path)
            except TableFault as fault:
                faults.append(fault.diagnostic)
                if fact_type.plural == LEARNERS.plural:
                    break  # every other row would only be rejected for its unknown learner
        if not faults:
            laying.write(read_with(fact_types, references, scale, time_zone))
        found = (*diagnostics, *faults, *log.diagnostics)
        return FolderLaidOut(not faults, found, laying.counts)


class _Laying:
    """The tables of a folder, one after the other; learners first."""

    def __init__(
        self,
        program: ir.Program,
        reading: Reading,
        work: Path,
        bucket: int | Callable[[int], int],
        log: RejectLog,
        progress: Callable[[int], None] | None,
    ) -> None:
        self.counts: dict[str, Counts] = {}
        self._program = program
        self._reading = reading
        self._work = work
        self._bucket_of = bucket
        self._bucket = 1
        self._log = log
        self._progress = progress
        self._texts = Texts()
        self._learners: dict[str, int] = {}
        self._tables: list[GatheredTable] = []
        self._snapshot = work / "reading"
        self._snapshot.mkdir()

    def table(self, fact_type: FactType, path: Path) -> None:
        """Read one table. Raises TableFault; nothing of it is left behind then."""
        if not fact_type.is_about_a_learner:
            self._shared_table(fact_type, path)
            return
        kept = kept_columns(self._program, fact_type)
        if fact_type.plural == LEARNERS.plural:
            names: set[str] = set()
            for rows in CheckedTable(kept, self._reading, Texts(), None).rows(path, lambda _number, _reject: None):
                names.update(rows.column(ID).to_pylist())
            self._learners = {name: number for number, name in enumerate(sorted(names))}
            bucket = self._bucket_of
            self._bucket = bucket if isinstance(bucket, int) else bucket(len(names))
        checked = CheckedTable(kept, self._reading, self._texts, self._learners)
        spilled = SpilledRows(self._work / "rows" / fact_type.plural, self._bucket)
        identities = Identities(self._work / f"{fact_type.plural}.identities.parquet")
        rejects = SpilledRejects(self._work / f"{fact_type.plural}.rejects")
        try:
            told = 0
            for rows in checked.rows(path, rejects.add):
                identities.add(rows)
                spilled.add(rows)
                if self._progress is not None:
                    self._progress(checked.read - told)
                told = checked.read
        finally:
            for each in (spilled, identities, rejects):
                each.close()
        repeats = identities.repeats(path, checked.door(), self._reading.database)
        for _number, reject in merge(rejects, repeats.rejects, key=lambda one: one[0]):
            self._log.add(reject)
        rejected = checked.rejected + len(repeats.rejects)
        accepted = checked.read - rejected - repeats.unchanged
        self.counts[fact_type.plural] = Counts(checked.read, accepted, repeats.unchanged, rejected)
        self._tables.append(GatheredTable(kept, spilled, checked.seen, repeats.dropped))

    def write(self, cells_read_with: Mapping[str, str]) -> None:
        """Write the snapshot; tables without a file have no rows."""
        there = {table.kept.fact_type.plural for table in self._tables}
        for fact_type in self._program.fact_types:
            kept = kept_columns(self._program, fact_type)
            if fact_type.is_about_a_learner and fact_type.plural not in there and kept.is_read:
                spilled = SpilledRows(self._work / "rows" / fact_type.plural, self._bucket)
                checked = CheckedTable(kept, self._reading, self._texts, self._learners)
                self._tables.append(GatheredTable(kept, spilled, checked.seen))
        write_snapshot(
            self._snapshot,
            tuple(self._learners),
            set(),
            self._tables,
            self._texts,
            texts_of(self._program),
            self._bucket,
            self._reading.database,
            cells_read_with,
        )
        seal(self._snapshot, sum(counts.rejected for counts in self.counts.values()))
        self._snapshot.rename(self._work / MADE)

    def _shared_table(self, fact_type: FactType, path: Path) -> None:
        """A table about schools or districts is small: it is read row by row."""
        for _row in read_table(path, fact_type):
            pass
        schema = fact_schema(fact_type, references=self._reading.references, context=self._reading.context)
        door = TableDoor(fact_type, schema, learners=self._learners.keys())
        read_rows(path, door, self._log, self._progress)
        self.counts[fact_type.plural] = door.counts
        write_shared(self._snapshot, fact_type, [fact_of(fact_type, row) for row in door.rows()])
