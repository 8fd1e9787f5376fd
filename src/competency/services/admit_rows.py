"""A connector's rows, each through the door of its table: what is taken, what is not and why. Writes nothing."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

from competency.diagnostics import Diagnostic, Fix, Label
from competency.diagnostics.kinds import CONNECTOR_FAILED, FACTS_UNREADABLE
from competency.interchange.cells import CellContext
from competency.interchange.counts import Counts
from competency.interchange.door import TableDoor
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import FactSet, fact_set
from competency.interchange.read_facts import PROGRESS_ROWS
from competency.interchange.read_table import TABLE_ROWS_MAX
from competency.interchange.references import References
from competency.interchange.rejects import Reject, RejectLog, reject_log
from competency.model.facts import LEARNERS, FactType
from competency.plugin_api.connector import Connector, RawRow, RejectedRow, SourceUnusable
from competency.source import Place


class ConnectorStopped(Exception):
    """The connector gave up or failed: nothing is written."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Doors:
    """The doors of all tables, each made when its first row comes; and the rows of tables that do not exist.

    `learners` are known already, besides those of `standing` and those that come.
    """

    def __init__(
        self,
        types: Mapping[str, FactType],
        standing: FactSet,
        references: References,
        context: CellContext,
        learners: Iterable[str] = (),
    ) -> None:
        self._types = types
        self._standing = standing
        self._references = references
        self._context = context
        self._doors: dict[str, TableDoor] = {}
        self._tableless: dict[str, int] = {}
        self._learners: set[str] = set(learners)

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


def merged_types(
    connector: Connector, fact_types: Iterable[FactType]
) -> tuple[dict[str, FactType], tuple[Diagnostic, ...]]:
    """The fact types with those that the connector brings, by table; and why not, where it declares one otherwise."""
    types = {each.plural: each for each in fact_types}
    for each in connector.fact_types:
        if types.setdefault(each.plural, each) != each:
            return types, (_redeclared(connector, each),)
    return types, ()


def _redeclared(connector: Connector, fact_type: FactType) -> Diagnostic:
    return Diagnostic(
        CONNECTOR_FAILED,
        f"The connector `{connector.name}` declares the table {fact_type.plural}, which is declared already and "
        "otherwise; nothing was imported.",
        fixes=(Fix("Tell the makers of the connector to give their table a name of its own."),),
        data={"connector": connector.name, "table": fact_type.plural},
    )


def admit(
    connector: Connector,
    source: Path | str,
    doors: Doors,
    rejects: Path,
    progress: Callable[[int], None] | None,
) -> RejectLog:
    """Every row through its door; what is not taken stands in the file `rejects`. Raises ConnectorStopped."""
    with reject_log(rejects) as log, tempfile.TemporaryFile("w+", encoding="utf-8") as later:
        _admit(connector, source, doors, log, later, progress)
    return log


def _admit(
    connector: Connector,
    source: Path | str,
    doors: Doors,
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
    """The connector's rows. Raises ConnectorStopped for whatever it raises, with its name."""
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
        raise ConnectorStopped(
            Diagnostic(
                FACTS_UNREADABLE,
                f"{unusable.reason}; nothing was imported.",
                (Label(unusable.place, "here"),),
                fixes=(Fix(unusable.remedy),),
                data={"connector": connector.name},
            )
        ) from unusable
    except Exception as error:
        raise ConnectorStopped(
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
