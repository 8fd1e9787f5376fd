"""From a connector's rows to a folder of facts: checked at the door, merged with what is there, written at once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from competency.diagnostics import Diagnostic, Fix, Label
from competency.diagnostics.kinds import FACTS_UNREADABLE
from competency.interchange.cells import CellContext
from competency.interchange.counts import Counts
from competency.interchange.fact_set import FactSet, fact_set
from competency.interchange.read_facts import read_facts
from competency.interchange.references import UNCHECKED, References
from competency.interchange.rejects import REJECTS_NAME
from competency.interchange.replace_files import finish_interrupted, replace_files
from competency.interchange.write_facts import TableFormat, write_tables
from competency.model.facts import BUILT_IN, LEARNERS, FactType
from competency.model.scales import Scale
from competency.plugin_api.connector import Connector
from competency.services.admit_rows import ConnectorStopped, Doors, admit, merged_types
from competency.source import Place


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `is_written`: whether the outcome was written; if not, all is as it was.

    `counts` by table; `rejects` is the file with every rejected row; the first of them are among the diagnostics.
    `removed`: how many rows of a table the source no longer has, where that is recorded.
    """

    connector: str
    is_written: bool
    counts: Mapping[str, Counts] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    rejects: Path | None = None
    removed: Mapping[str, int] = field(default_factory=dict)

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
    types, diagnostics = merged_types(connector, fact_types)
    if diagnostics:
        return ImportReport(connector.name, False, diagnostics=diagnostics)
    finish_interrupted(out)
    standing, diagnostics = _standing(out, tuple(types.values()))
    if standing is None:
        return ImportReport(connector.name, False, diagnostics=diagnostics)
    doors = Doors(types, standing, references, CellContext(scale, time_zone))
    with tempfile.TemporaryDirectory() as folder:
        rejects = Path(folder) / REJECTS_NAME
        try:
            log = admit(connector, source, doors, rejects, progress)
        except ConnectorStopped as stopped:
            return ImportReport(connector.name, False, diagnostics=(*diagnostics, stopped.diagnostic))
        table_format = TableFormat.PARQUET if (out / f"{LEARNERS.plural}.parquet").exists() else TableFormat.CSV
        with replace_files(out) as unfinished:
            write_tables(unfinished, doors.facts(), table_format, standing=out)
            shutil.copyfile(rejects, unfinished / REJECTS_NAME)
    diagnostics = (*diagnostics, *log.diagnostics)
    return ImportReport(connector.name, True, doors.counts(), diagnostics, out / REJECTS_NAME)


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
