"""A folder of fact tables to a fact set: every row is checked, counted, and kept or written to the rejects file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from competency.diagnostics import Diagnostic
from competency.diagnostics.kinds import FACTS_UNREADABLE, FILE_MISSING
from competency.interchange.cells import CellContext
from competency.interchange.counts import Counts
from competency.interchange.door import TableDoor
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import FactSet, Row, fact_set
from competency.interchange.file_problem import file_problem
from competency.interchange.read_table import read_table
from competency.interchange.references import UNCHECKED, References
from competency.interchange.rejects import RejectLog, reject_log
from competency.interchange.replace_files import is_interrupted
from competency.interchange.table_fault import TableFault, unreadable
from competency.interchange.unread_tables import table_paths, unread_tables
from competency.model.facts import LEARNERS, FactType
from competency.model.scales import Scale
from competency.source import Place

# Rows between two reports of progress: often enough for an eye, seldom enough to cost nothing.
PROGRESS_ROWS = 1_000


def read_facts(
    folder: Path,
    fact_types: Sequence[FactType],
    *,
    references: References = UNCHECKED,
    scale: Scale | None = None,
    time_zone: ZoneInfo | None = None,
    rejects: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[FactSet | None, tuple[Diagnostic, ...], Mapping[str, Counts]]:
    """Read `<plural>.csv` or `<plural>.parquet` of every fact type; all but learners may be absent.

    Returns the facts, or None where a file could not be read as a whole; the diagnostics; and the counts by table.
    Rows that are not taken stand in the CSV file `rejects` (file, line, field, value, reason), the first also among
    the diagnostics; they do not keep the others out. `progress` is told how many more rows have been read. `scale`:
    the scale of every score, by whose bounds and level names scores are checked. `time_zone`: the zone of local times.
    """
    if LEARNERS.plural not in {fact_type.plural for fact_type in fact_types}:
        raise ValueError("the fact types must include learners: every other row is about one of them")
    paths, diagnostics = fact_tables(folder, fact_types)
    if paths is None:
        return None, tuple(diagnostics), {}
    context = CellContext(scale, time_zone)
    counts: dict[str, Counts] = {}
    rows: dict[str, Iterator[Row]] = {}
    faults: list[Diagnostic] = []
    with reject_log(rejects) as log:
        learners: set[str] | None = None
        for fact_type, path in paths:
            try:
                # Read to the end first: a file that breaks off in the middle leaves no row and no reject behind.
                for _row in read_table(path, fact_type):
                    pass
            except TableFault as fault:
                faults.append(fault.diagnostic)
                if fact_type.plural == LEARNERS.plural:
                    break  # every other row would only be rejected for its unknown learner
                continue
            schema = fact_schema(fact_type, references=references, context=context)
            door = TableDoor(fact_type, schema, learners=learners)
            read_rows(path, door, log, progress)
            counts[fact_type.plural] = door.counts
            rows[fact_type.plural] = door.rows()
            if learners is None:
                index = next(i for i, column in enumerate(fact_type.columns) if column.name == LEARNERS.key[0])
                learners = {str(row[index]) for row in door.rows()}
    found = (*diagnostics, *faults, *log.diagnostics)
    return (None if faults else fact_set(fact_types, rows)), found, counts


def read_rows(path: Path, door: TableDoor, log: RejectLog, progress: Callable[[int], None] | None) -> None:
    """Offers every row of a table to its door, and keeps what is rejected. TableFault as `read_table`."""
    name = str(path)
    untold = 0
    for row in read_table(path, door.fact_type):
        place = Place(name, row.line)
        reject = door.reject(place, row.fault) if row.fault else door.offer(row.cells, place)
        if reject is not None:
            log.add(reject)
        untold += 1
        if untold == PROGRESS_ROWS and progress is not None:
            progress(untold)
            untold = 0
    if progress is not None and untold:
        progress(untold)


def fact_tables(
    folder: Path, fact_types: Sequence[FactType], *, needs_learners: bool = True
) -> tuple[list[tuple[FactType, Path]] | None, list[Diagnostic]]:
    """The tables that are there, learners first; None where the folder as a whole cannot be read."""
    try:
        return _fact_tables(folder, fact_types, needs_learners)
    except OSError as error:
        return None, [unreadable(Path(error.filename or folder), error).diagnostic]


def _fact_tables(
    folder: Path, fact_types: Sequence[FactType], needs_learners: bool
) -> tuple[list[tuple[FactType, Path]] | None, list[Diagnostic]]:
    if not folder.is_dir():
        is_there = folder.exists()
        message = f"`{folder}` is a file, and a folder is wanted" if is_there else f"There is no folder `{folder}`"
        return None, [file_problem(FILE_MISSING, folder, f"{message}.", "Name the folder that holds the fact tables.")]
    if is_interrupted(folder):
        message = f"An import into `{folder}` was interrupted while it put its files in place"
        return None, [file_problem(FACTS_UNREADABLE, folder, f"{message}.", "Run the import again: it finishes first.")]
    diagnostics = unread_tables(folder, fact_types)
    paths: list[tuple[FactType, Path]] = []
    for fact_type in sorted(fact_types, key=lambda each: each.plural != LEARNERS.plural):
        found = [path for path in table_paths(folder, fact_type.plural) if path.is_file()]
        if len(found) > 1:
            message = f"`{found[0].name}` and `{found[1].name}` are the same table"
            return None, [file_problem(FACTS_UNREADABLE, folder, f"{message}.", "Keep one of the two files.")]
        if not found and needs_learners and fact_type.plural == LEARNERS.plural:
            message = f"There is no `{LEARNERS.plural}.csv` in `{folder}`, and without it no row has a learner"
            remedy = f"Add the table `{LEARNERS.plural}`, one row a learner."
            return None, [*diagnostics, file_problem(FILE_MISSING, folder, f"{message}.", remedy)]
        paths.extend((fact_type, path) for path in found)
    return paths, diagnostics
