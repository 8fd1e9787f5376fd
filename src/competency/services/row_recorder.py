"""Puts rows of facts into records: a row that is there already changes nothing, another one takes its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from competency.interchange.fact_set import Row, learner_column
from competency.interchange.recorded_rows import cells_of, record_key, source_key
from competency.model.facts import FactType
from competency.records.append import Appender
from competency.records.entries import Kind, Payload, canonical_text, time_text
from competency.records.read import (
    FACT,
    Kept,
    Stored,
    before_corrections,
    keys_by_source_key,
    newest_by_key,
    subjects_of,
)
from competency.services.recorded_facts import kept_cells

# Rows whose predecessors are looked up at once.
_ROWS_AT_ONCE = 2_000


class _New(NamedTuple):
    row: Row
    subject: int | None
    key: str
    source_key: str | None
    cells: dict[str, str]


class RowRecorder:
    """Records rows in one transaction of an appender. `body` goes with every entry: which act they belong to.

    `takes_their_time`: a new row that says when it was recorded at its source is known since then, and not only from
    now on. `subjects` are those of every learner who was named.
    """

    def __init__(
        self, appender: Appender, body: Mapping[str, Any], *, takes_their_time: bool = False, kind: Kind = Kind.FACT
    ) -> None:
        self._appender = appender
        self._body = body
        self._takes_their_time = takes_their_time
        self._kind = kind
        self.subjects: dict[str, int] = {}
        self.touched: set[int] = set()

    def put(self, fact_type: FactType, rows: Iterable[Row], note: Mapping[str, Any] | None = None) -> Counter[str]:
        """Record rows of a type: how many were `accepted`, of these `replaced` another, and were `unchanged`.

        `note` is kept beside each row, and goes with it when the learner is erased.
        """
        counts: Counter[str] = Counter()
        pending = iter(rows)
        while some := list(islice(pending, _ROWS_AT_ONCE)):
            self._put(fact_type, self._keyed(fact_type, some), note or {}, counts)
        return counts

    def knows(self, learner: str) -> bool:
        """Whether a learner is in the records."""
        if learner not in self.subjects:
            self.subjects.update(subjects_of(self._appender.connection, [learner]))
        return learner in self.subjects

    def remove(self, stored: Kept | Stored, note: Mapping[str, Any] | None = None, kind: Kind = Kind.REMOVAL) -> None:
        """Record that a fact is no longer there."""
        content = canonical_text({"row": None, **(note or {})})
        payload = Payload(stored.type, stored.key, content, stored.source_key)
        self._appender.append(kind, self._body, subject=stored.subject, payload=payload)
        self._touch(stored.subject)

    def keys_of(self, fact_type: FactType, rows: Iterable[Row]) -> set[str]:
        """The keys under which rows are recorded."""
        return {new.key for new in self._keyed(fact_type, list(rows))}

    def _keyed(self, fact_type: FactType, rows: Sequence[Row]) -> Iterator[_New]:
        own = learner_column(fact_type)
        if own is not None:
            self._learn([str(row[own]) for row in rows])
        for row in rows:
            subject = None if own is None else self.subjects[str(row[own])]
            key = record_key(fact_type, row, subject)
            yield _New(row, subject, key, source_key(fact_type, row), cells_of(fact_type, row))

    def _learn(self, learners: Sequence[str]) -> None:
        """The subjects of learners; one who is new gets an entry."""
        missing = [learner for learner in dict.fromkeys(learners) if learner not in self.subjects]
        if not missing:
            return
        self.subjects.update(subjects_of(self._appender.connection, missing))
        for learner in missing:
            if learner not in self.subjects:
                payload = Payload("learner", learner, "{}")
                self.subjects[learner] = self._appender.append(Kind.LEARNER, self._body, payload=payload)

    def _put(self, fact_type: FactType, rows: Iterable[_New], note: Mapping[str, Any], counts: Counter[str]) -> None:
        rows = list(rows)
        type_ = FACT + fact_type.plural
        before = newest_by_key(self._appender.connection, type_, [new.key for new in rows])
        corrected = self._corrected(type_, before)
        named = self._named(type_, rows)
        for new in rows:
            old = before.get(new.key)
            cells = kept_cells(old) if old is not None else None
            is_known = any(_says(each, new) for each in (old, corrected.get(new.key)) if each is not None)
            if is_known:
                counts["unchanged"] += 1
                continue
            if old is not None and cells is not None and old.subject != new.subject:
                self.remove(old)
            renamed = named.pop(new.source_key or "", [])
            for earlier in renamed:
                self.remove(earlier, {"rekeyed_to": new.key}, Kind.REKEY)
            content = canonical_text({"row": new.cells, **note})
            self._appender.append(
                self._kind,
                self._body,
                subject=new.subject,
                payload=Payload(type_, new.key, content, new.source_key),
                known_at=self._known_at(fact_type, new, old),
            )
            self._touch(new.subject)
            counts["accepted"] += 1
            counts["replaced"] += cells is not None or bool(renamed)

    def _corrected(self, type_: str, before: Mapping[str, Kept]) -> dict[str, Stored]:
        """Of facts that were corrected here, what their source had said: if it says so again, the correction stands.

        A fact that was removed by a correction comes back with a row that is sent by itself, and not with an import.
        """
        is_import = "import" in self._body
        noted = [  # acts of people say by whom and why
            key for key, kept in before.items() if len(kept.value()) > 1 and (is_import or kept_cells(kept) is not None)
        ]
        if self._kind is not Kind.FACT or not noted:
            return {}
        return before_corrections(self._appender.connection, type_, noted)

    def _named(self, type_: str, rows: Sequence[_New]) -> dict[str, list[Kept]]:
        """By what their source calls them, the facts that stand under another key than the row of that name."""
        connection = self._appender.connection
        found = keys_by_source_key(connection, type_, [new.source_key for new in rows if new.source_key is not None])
        standing = newest_by_key(connection, type_, {key for keys in found.values() for key in keys})
        brought = {new.key for new in rows}  # what becomes of these, their own rows say
        return {
            name: [
                now
                for key in sorted(keys - brought)
                if (now := standing[key]).source_key == name and kept_cells(now) is not None
            ]
            for name, keys in found.items()
        }

    def _known_at(self, fact_type: FactType, new: _New, old: Kept | None) -> str | None:
        """Since when it is known: what takes the place of another row is never known earlier than now."""
        if not self._takes_their_time or old is not None:
            return None
        values = dict(zip((column.name for column in fact_type.columns), new.row, strict=True))
        recorded = values.get("recorded_at")
        if not isinstance(recorded, datetime):
            return None
        return min(time_text(recorded), self._appender.recorded_at)

    def _touch(self, subject: int | None) -> None:
        if subject is not None:
            self.touched.add(subject)


def _says(stored: Kept | Stored, new: _New) -> bool:
    """Whether a fact is recorded as a row says it."""
    return stored.subject == new.subject and kept_cells(stored) == new.cells
