"""From a connector's rows to a folder of facts: checked at the door, merged with what is there, written at once."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from competency.diagnostics import Diagnostic, Fix, Label
from competency.diagnostics.kinds import CONNECTOR_FAILED, FACTS_UNREADABLE
from competency.interchange.cells import CellContext
from competency.interchange.counts import Counts
from competency.interchange.door import TableDoor
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import FactSet, fact_set
from competency.interchange.read_facts import PROGRESS_ROWS, read_facts
from competency.interchange.read_table import TABLE_ROWS_MAX
from competency.interchange.references import UNCHECKED, References
from competency.interchange.rejects import REJECTS_NAME, Reject, RejectLog, reject_log
from competency.interchange.replace_files import finish_interrupted, replace_files
from competency.interchange.write_facts import TableFormat, write_tables
from competency.model.facts import BUILT_IN, LEARNERS, FactType
from competency.model.scales import Scale
from competency.plugin_api.connector import Connector, RawRow, RejectedRow, SourceUnusable
from competency.source import Place


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `is_written`: whether OUT holds the outcome; if not, OUT is as it was.

    `counts` by table; `rejects` is the file with every rejected row; the first of them are among the diagnostics.
    """

    connector: str
    is_written: bool
    counts: Mapping[str, Counts] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    rejects: Path | None = None

    @property
    def total(self) -> Counts:
        """The counts of all tables added up."""
        return sum(self.counts.values(), Counts())


def import_facts(
    connector: Connector,
    source: Path | str,
    out: Path,
    *,
    fact_types: Sequence[FactType] = BUILT_IN,
    references: References = UNCHECKED,
    scale: Scale | None = None,
    time_zone: ZoneInfo | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Read a source through a connector and merge its rows into the folder `out`.

    A row that stands in `out` already is unchanged; one of the same key with other content replaces it (accepted and
    replaced). Rejected rows are written to `out/rejected.csv`. `out` is replaced in one step at the end: a connector
    that fails, a source that cannot be read or a crash leaves it as it was. `fact_types`: those that are known besides
    the connector's own. `progress` is told how many more rows have been read.
    """
    types = {each.plural: each for each in fact_types}
    for each in connector.fact_types:
        if types.setdefault(each.plural, each) != each:
            return ImportReport(connector.name, False, diagnostics=(_redeclared(connector, each),))
    finish_interrupted(out)
    standing, diagnostics = _standing(out, tuple(types.values()))
    if standing is None:
        return ImportReport(connector.name, False, diagnostics=diagnostics)
    doors = _Doors(types, standing, references, CellContext(scale, time_zone))
    with tempfile.TemporaryDirectory() as folder:
        rejects = Path(folder) / REJECTS_NAME
        try:
            with reject_log(rejects) as log, (Path(folder) / "rows").open("w+", encoding="utf-8") as later:
                _admit(connector, source, doors, log, later, progress)
        except _ConnectorStopped as stopped:
            return ImportReport(connector.name, False, diagnostics=(*diagnostics, stopped.diagnostic))
        table_format = TableFormat.PARQUET if (out / f"{LEARNERS.plural}.parquet").exists() else TableFormat.CSV
        with replace_files(out) as unfinished:
            write_tables(unfinished, doors.facts(), table_format, standing=out)
            shutil.copyfile(rejects, unfinished / REJECTS_NAME)
    diagnostics = (*diagnostics, *log.diagnostics)
    return ImportReport(connector.name, True, doors.counts(), diagnostics, out / REJECTS_NAME)


class _ConnectorStopped(Exception):
    """The connector gave up or failed: nothing is written."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class _Doors:
    """The doors of all tables, each made when its first row comes; and the rows of tables that do not exist."""

    def __init__(
        self, types: Mapping[str, FactType], standing: FactSet, references: References, context: CellContext
    ) -> None:
        self._types = types
        self._standing = standing
        self._references = references
        self._context = context
        self._doors: dict[str, TableDoor] = {}
        self._tableless: dict[str, int] = {}
        self._learners: set[str] = set()

    def offer(self, row: RawRow) -> Reject | None:
        """Take a row of any table, or say why not, in the words of the source."""
        if row.table not in self._types:
            return self.reject(RejectedRow(row.table, row.place, f"there is no table of facts `{row.table}`"))
        reject = self._door(row.table).offer(row.values, row.place)
        source_field = row.source_fields.get(reject.place.field or "") if reject is not None else None
        if reject is None or source_field is None:
            return reject
        place = Place(reject.place.name, reject.place.line, source_field)
        return Reject(reject.table, place, reject.value, reject.reason, reject.is_reference)

    def reject(self, row: RejectedRow) -> Reject:
        """Count a row that the connector could not make."""
        if row.table not in self._types:
            self._tableless[row.table] = self._tableless.get(row.table, 0) + 1
            return Reject(row.table, row.place, row.value, row.reason)
        return self._door(row.table).reject(row.place, row.reason, value=row.value)

    def learners_are_complete(self) -> None:
        """From now on rows are checked against the learners that stand and those that have come."""
        index = next(i for i, column in enumerate(LEARNERS.columns) if column.name == LEARNERS.key[0])
        # Filled, not replaced: a door that counted a connector's reject holds the set already.
        self._learners.update(str(row[index]) for row in self._door(LEARNERS.plural).rows())

    def facts(self) -> FactSet:
        """What stands now, in every table."""
        rows = {
            plural: self._doors[plural].rows() if plural in self._doors else self._standing.rows(plural)
            for plural in self._types
        }
        return fact_set(self._types.values(), rows)

    def counts(self) -> Mapping[str, Counts]:
        """The counts of every table of which a row came, in the order of the fact types."""
        counts = {plural: self._doors[plural].counts for plural in self._types if plural in self._doors}
        counts = {plural: each for plural, each in counts.items() if each.read}
        counts.update({plural: Counts(read=number, rejected=number) for plural, number in self._tableless.items()})
        return counts

    def _door(self, plural: str) -> TableDoor:
        if plural not in self._doors:
            fact_type = self._types[plural]
            schema = fact_schema(fact_type, references=self._references, context=self._context)
            learners = None if plural == LEARNERS.plural else self._learners
            standing = self._standing.rows(plural)
            self._doors[plural] = TableDoor(fact_type, schema, learners=learners, standing=standing)
        return self._doors[plural]


def _redeclared(connector: Connector, fact_type: FactType) -> Diagnostic:
    return Diagnostic(
        CONNECTOR_FAILED,
        f"The connector `{connector.name}` declares the table {fact_type.plural}, which is declared already and "
        "otherwise; nothing was imported.",
        fixes=(Fix("Tell the makers of the connector to give their table a name of its own."),),
        data={"connector": connector.name, "table": fact_type.plural},
    )


def _standing(out: Path, types: Sequence[FactType]) -> tuple[FactSet | None, tuple[Diagnostic, ...]]:
    """The facts that `out` holds; none where it holds none; None where they cannot all be read and would be lost."""
    if not any((out / f"{each.plural}{suffix.value}").exists() for each in types for suffix in TableFormat):
        return fact_set(types, {}), ()
    facts, diagnostics, counts = read_facts(out, types)
    if facts is not None and not any(each.rejected for each in counts.values()):
        return facts, diagnostics
    stopped = Diagnostic(
        FACTS_UNREADABLE,
        f"The facts that are in `{out}` already cannot all be read, and rows would be lost; nothing was imported.",
        (Label(Place(str(out)), "here"),),
        fixes=(Fix("Put the rows right that are named above, or import into an empty folder."),),
    )
    return None, (*diagnostics, stopped)


def _admit(
    connector: Connector,
    source: Path | str,
    doors: _Doors,
    log: RejectLog,
    later: TextIO,
    progress: Callable[[int], None] | None,
) -> None:
    """Every row through its door: learners as they come; the others wait in a file until all learners are known."""
    untold = 0
    for row in _source_rows(connector, source):
        reject: Reject | None = None
        if isinstance(row, RejectedRow):
            reject = doors.reject(row)
        elif row.table == LEARNERS.plural:
            reject = doors.offer(row)
        else:
            place = row.place
            kept = (row.table, dict(row.values), place.name, place.line, place.field, dict(row.source_fields))
            later.write(json.dumps(kept) + "\n")
        if reject is not None:
            log.add(reject)
        untold += 1
        if untold == PROGRESS_ROWS and progress is not None:
            progress(untold)
            untold = 0
    if progress is not None and untold:
        progress(untold)
    doors.learners_are_complete()
    later.seek(0)
    for line in later:
        table, values, name, number, place_field, source_fields = json.loads(line)
        reject = doors.offer(RawRow(table, values, Place(name, number, place_field), source_fields))
        if reject is not None:
            log.add(reject)


def _source_rows(connector: Connector, source: Path | str) -> Iterator[RawRow | RejectedRow]:
    """The connector's rows. Raises _ConnectorStopped for whatever it raises, with its name."""
    read = 0
    last: Place | None = None
    try:
        for row in connector.read(source):
            if not isinstance(row, (RawRow, RejectedRow)):
                raise TypeError(f"a connector gives RawRow and RejectedRow, not {type(row).__name__}")
            _check_texts(row)
            read, last = read + 1, row.place
            if read > TABLE_ROWS_MAX:
                raise OverflowError(f"more than {TABLE_ROWS_MAX:,} rows")
            yield row
    except SourceUnusable as unusable:
        raise _ConnectorStopped(
            Diagnostic(
                FACTS_UNREADABLE,
                f"{unusable.reason}; nothing was imported.",
                (Label(unusable.place, "here"),),
                fixes=(Fix(unusable.remedy),),
                data={"connector": connector.name},
            )
        ) from unusable
    except Exception as error:
        raise _ConnectorStopped(
            Diagnostic(
                CONNECTOR_FAILED,
                f"The connector `{connector.name}` stopped after {read:,} rows: {type(error).__name__}: {error}; "
                "nothing was imported.",
                (Label(last, "the last row that it gave"),) if last is not None else (),
                fixes=(Fix("Tell the makers of the connector; what was imported before stands."),),
                data={"connector": connector.name, "error": type(error).__name__, "rows": read},
            )
        ) from error


def _check_texts(row: RawRow | RejectedRow) -> None:
    if isinstance(row, RawRow):
        for name, value in row.values.items():
            if value is not None and not isinstance(value, str):
                raise TypeError(f"the value of {name} is of type {type(value).__name__} where text is expected")
