"""From a connector's rows into records: checked at the door, compared with what is there, recorded in one transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.cells import CellContext
from competency.interchange.counts import Counts
from competency.interchange.fact_set import FactSet, fact_set
from competency.interchange.references import UNCHECKED, References
from competency.model.facts import BUILT_IN, LEARNERS, FactType
from competency.model.scales import Scale
from competency.plugin_api.connector import Connector
from competency.records.append import Appender
from competency.records.connection import Connection
from competency.records.database import Records
from competency.records.entries import Kind, canonical_text
from competency.records.read import FACT, Stored, all_names, before_corrections, entries_of_kind, newest_of_type
from competency.services.admit_rows import ConnectorStopped, Doors, admit, merged_types
from competency.services.import_facts import ImportReport
from competency.services.recorded_facts import kept_cells
from competency.services.row_recorder import RowRecorder
from competency.services.versions import engine_version, plugin_versions

# A complete source that lacks more than this share of what stood, and more rows than this, is taken for one that was cut off.
REMOVED_SHARE_MAX = Fraction(1, 10)
REMOVED_MIN = 10


def record_import(
    records: Records,
    connector: Connector,
    source: Path | str,
    *,
    rejects: Path,
    by: str,
    now: Callable[[], datetime],
    fact_types: Sequence[FactType] = BUILT_IN,
    references: References = UNCHECKED,
    scale: Scale | None = None,
    time_zone: ZoneInfo | None = None,
    is_complete: bool = False,
    removes_many: bool = False,
    takes_their_time: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Read a source through a connector and record what is new. All of it is recorded, or nothing.

    A row that stands already changes nothing, and neither does one that was corrected here since and says again what it
    had said; one of the same key with other content takes its place, and both stay in history. `is_complete`: the source
    holds all that there is, so that what this connector brought before and brings no longer is recorded as removed, or as
    known by another key; not in a table of which no row came, or one was rejected. `takes_their_time`: new rows are known
    since the time at which their source recorded them. `by`: who does it. Rejected rows are written to the file `rejects`.
    """
    types, diagnostics = merged_types(connector, fact_types)
    if diagnostics:
        return ImportReport(connector.name, False, diagnostics=diagnostics)
    with records.reading() as connection:
        known = all_names(connection)
    doors = Doors(types, fact_set(types.values(), {}), references, CellContext(scale, time_zone), known)
    try:
        log = admit(connector, source, doors, rejects, progress)
    except ConnectorStopped as stopped:
        return ImportReport(connector.name, False, diagnostics=(stopped.diagnostic,))
    if not any(counts.rejected for counts in doors.counts().values()):
        rejects.unlink(missing_ok=True)
    body = {
        "by": by,
        "connector": connector.name,
        "engine": engine_version(),
        "is_complete": is_complete,
        "plugins": plugin_versions(),
        "source": str(source),
        "takes_their_time": takes_their_time,
    }
    with records.writing(now) as appender:
        recorded = _record(appender, doors.facts(), body, doors.counts())
        refused = () if removes_many else tuple(_removes_many(recorded))
        if refused:
            appender.discard()
            return ImportReport(connector.name, False, diagnostics=(*log.diagnostics, *refused))
    counts = {plural: _merged(counts, recorded.get(plural)) for plural, counts in doors.counts().items()}
    removed = {plural: each["removed"] for plural, each in recorded.items() if each["removed"]}
    return ImportReport(
        connector.name, True, counts, log.diagnostics, rejects if rejects.exists() else None, removed=removed
    )


def _record(
    appender: Appender, facts: FactSet, body: dict[str, object], read: Mapping[str, Counts]
) -> dict[str, Counter[str]]:
    """Record the facts of the tables that were read, the import before its rows; nothing where all of them stand."""
    at = appender.append(Kind.IMPORT, body)
    recorder = RowRecorder(appender, {"import": at}, takes_their_time=bool(body["takes_their_time"]))
    recorded: dict[str, Counter[str]] = {}
    for plural in sorted(read, key=lambda plural: plural != LEARNERS.plural):
        if plural in facts.fact_types:
            fact_type = facts.fact_types[plural]
            recorded[plural] = recorder.put(fact_type, facts.rows(plural))
            # a row that was rejected may be any of those that stand: then none of them is said to be gone
            if body["is_complete"] and not read[plural].rejected:
                recorded[plural] += _remove(appender, recorder, fact_type, facts, str(body["connector"]))
    if not any(counts["accepted"] or counts["removed"] for counts in recorded.values()):
        appender.discard()
    return recorded


def _remove(
    appender: Appender, recorder: RowRecorder, fact_type: FactType, facts: FactSet, connector: str
) -> Counter[str]:
    """Record as removed, or as known by another key, what the connector brought before and does not bring now."""
    appender.flush()
    brought = recorder.keys_of(fact_type, facts.rows(fact_type.plural))
    imports = _imports(appender.connection, connector)
    standing = newest_of_type(appender.connection, FACT + fact_type.plural)
    standing = {key: each for key, each in standing.items() if kept_cells(each) is not None}
    corrected = [key for key, each in standing.items() if each.kind == Kind.CORRECTION]
    came = {**standing, **before_corrections(appender.connection, FACT + fact_type.plural, corrected)}
    gone = [
        each
        for key, each in standing.items()
        if key not in brought and json.loads(came[key].body).get("import") in imports
    ]
    fresh = [each for each in standing.values() if each.position > appender.position_at_start]
    names = _new_names(fact_type, gone, fresh)
    for each in gone:
        if each.key in names:
            recorder.remove(each, {"rekeyed_to": names[each.key]}, Kind.REKEY)
        else:
            recorder.remove(each)
    return Counter(removed=len(gone), stood=len(standing) - len(fresh))


def _removes_many(recorded: Mapping[str, Counter[str]]) -> Iterator[Diagnostic]:
    """Tables of which so much would be gone that the source is more likely cut off."""
    for plural, counts in recorded.items():
        if counts["removed"] > REMOVED_MIN and counts["removed"] > REMOVED_SHARE_MAX * counts["stood"]:
            yield Diagnostic(
                kinds.ACT_REFUSED,
                f"nothing was recorded: {counts['removed']:,} of {counts['stood']:,} rows of {plural} would be gone",
                fixes=(Fix("look whether the source is whole; if it is, add --removes-many"),),
                data={"table": plural, "removed": counts["removed"], "of": counts["stood"]},
            )


def _new_names(fact_type: FactType, gone: Iterable[Stored], fresh: Iterable[Stored]) -> dict[str, str]:
    """Of what is gone, the keys under which it came back: one fresh row, and no other, is equal but for its key."""

    def without_key(stored: Stored) -> str:
        cells = kept_cells(stored) or {}
        return canonical_text([stored.subject, {k: v for k, v in cells.items() if k not in fact_type.key}])

    before, after = Counter(map(without_key, gone)), Counter(map(without_key, fresh))
    keys = {without_key(each): each.key for each in fresh}
    return {
        each.key: keys[content] for each in gone if before[content := without_key(each)] == 1 and after[content] == 1
    }


def _imports(connection: Connection, connector: str) -> set[int]:
    entries = entries_of_kind(connection, Kind.IMPORT)
    return {entry.position for entry in entries if json.loads(entry.body)["connector"] == connector}


def _merged(door: Counts, recorded: Counter[str] | None) -> Counts:
    """The counts of a table: what the door took is new or stands already, as the records say."""
    if recorded is None:
        return door
    unchanged = door.unchanged + recorded["unchanged"]
    return Counts(door.read, recorded["accepted"], unchanged, door.rejected, recorded["replaced"])
