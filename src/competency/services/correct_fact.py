"""Corrects a recorded fact: the corrected row takes the place of the wrong one, which stays in history."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from datetime import datetime

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.fact_set import Row, fact_of, learner_column
from competency.interchange.recorded_rows import record_key, row_of
from competency.model.facts import LEARNERS, FactType
from competency.records.append import Appender
from competency.records.connection import Connection
from competency.records.database import Records
from competency.records.entries import Kind, Payload, canonical_text
from competency.records.read import FACT, Kept, Stored, names_of, newest_by_key, newest_of_type, subjects_of
from competency.services.intake import Intake
from competency.services.record_act import Acted, ActReport, record_act
from competency.services.record_award import refusal
from competency.services.recorded_facts import kept_cells
from competency.services.row_recorder import RowRecorder


def correct_fact(
    records: Records,
    intake: Intake,
    table: str,
    *,
    fact: str,
    cells: Mapping[str, str],
    removes: bool,
    by: str,
    reason: str,
    now: Callable[[], datetime],
    is_preview: bool,
) -> ActReport:
    """Put other cells in a fact, or remove it, and decide anew whom it is about.

    `fact`: the identity of the fact, as explanations name it. `cells`: texts by column; an empty one says that there is
    nothing. The cells that name the fact or its learner cannot be corrected: such a fact is removed, and entered anew. Only
    a learner may get another identifier, and is known by it in all facts from then on. KeyError for an unknown table.
    """
    fact_type = intake.fact_types[table]

    def act(appender: Appender) -> Acted:
        stored = _find(appender.connection, fact_type, fact)
        if isinstance(stored, Diagnostic):
            return Acted(refused=(stored,))
        recorder = RowRecorder(appender, {"by": by}, kind=Kind.CORRECTION)
        note = {"by": by, "reason": reason}
        subjects = (stored.subject,) if stored.subject is not None else ()
        if removes:
            recorder.remove(stored, note, Kind.CORRECTION)
            return Acted(subjects, fact)
        if fact_type.plural == LEARNERS.plural and set(cells) == {LEARNERS.key[0]}:
            return _rename(appender, stored, cells[LEARNERS.key[0]], by, reason)
        row = _corrected(appender.connection, intake, fact_type, stored, cells)
        if isinstance(row, Diagnostic):
            return Acted(refused=(row,))
        if not recorder.put(fact_type, [row], note)["accepted"]:
            return Acted(refused=(refusal(f"`{fact}` says so already", "correct another fact, or another cell"),))
        return Acted(subjects, fact)

    return record_act(records, act, book=intake.book, by=by, now=now, is_preview=is_preview)


def _rename(appender: Appender, stored: Kept | Stored, name: str, by: str, reason: str) -> Acted:
    """A learner goes by another identifier from now on; who still sends the old one means the same learner."""
    if not name or name in subjects_of(appender.connection, [name]):
        return Acted(refused=(refusal(f"`{name}` is a learner already", "name an identifier that nobody has"),))
    content = canonical_text({"by": by, "reason": reason})
    appender.append(Kind.REKEY, {"by": by}, subject=stored.subject, payload=Payload("learner", name, content))
    return Acted((stored.subject,) if stored.subject is not None else (), name)


def _find(connection: Connection, fact_type: FactType, fact: str) -> Kept | Stored | Diagnostic:
    """The recorded fact of an identity. Where the learner is part of it, the records know it by the subject."""
    own = learner_column(fact_type)
    type_ = FACT + fact_type.plural
    if own is None or fact_type.columns[own].name not in fact_type.key:
        stored = newest_by_key(connection, type_, [fact]).get(fact)
        if stored is not None and kept_cells(stored) is not None:
            return stored
    known = {
        identity: each
        for each in newest_of_type(connection, type_).values()
        if (identity := _identity(connection, fact_type, each)) is not None
    }
    if fact in known:
        return known[fact]
    nearest = difflib.get_close_matches(fact, known, n=1)
    remedy = f"did you mean `{nearest[0]}`?" if nearest else "find it with `competency history LEARNER`"
    return refusal(f"there is no {fact_type.singular} `{fact}`", remedy)


def _identity(connection: Connection, fact_type: FactType, stored: Kept | Stored) -> str | None:
    cells = kept_cells(stored)
    if cells is None:
        return None
    return fact_of(fact_type, row_of(fact_type, cells, _learner(connection, stored))).id


def _learner(connection: Connection, stored: Kept | Stored) -> str | None:
    return None if stored.subject is None else names_of(connection, [stored.subject])[stored.subject]


def _corrected(
    connection: Connection,
    intake: Intake,
    fact_type: FactType,
    stored: Kept | Stored,
    cells: Mapping[str, str],
) -> Row | Diagnostic:
    """The row with its corrected cells, checked as at the door."""
    names = [column.name for column in fact_type.columns]
    unknown = next((name for name in cells if name not in names), None)
    if unknown is not None:
        nearest = difflib.get_close_matches(unknown, names, n=1)
        remedy = f"did you mean `{nearest[0]}`?" if nearest else f"its columns are: {', '.join(names)}"
        return refusal(f"{fact_type.plural} have no column `{unknown}`", remedy)
    learner = _learner(connection, stored)
    own = learner_column(fact_type)
    whole = {**(kept_cells(stored) or {}), **({names[own]: str(learner)} if own is not None else {}), **cells}
    row = intake.row(fact_type, whole)
    if isinstance(row, str):
        remedy = "correct the value, and give the command again"
        return Diagnostic(kinds.FACTS_ROW, f"{row}; nothing was recorded", fixes=(Fix(remedy),))
    is_other = record_key(fact_type, row, stored.subject) != stored.key
    if is_other or (own is not None and row[own] != learner):
        return refusal("what names a fact, or whom it is about, is not corrected", "remove it, and enter it anew")
    return row
