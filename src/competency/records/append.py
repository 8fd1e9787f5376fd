"""Adds entries to the ledger inside one transaction: each chained to the one before, with its payload and announcement."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from competency.diagnostics import kinds
from competency.records.connection import Connection, Quick
from competency.records.entries import (
    ANNOUNCED,
    SALT_BYTES,
    Head,
    Kind,
    Payload,
    canonical_text,
    commitment,
    entry_hash,
    read_time,
    time_text,
)
from competency.records.fault import records_fault
from competency.records.schema import LEDGER, OUTBOX, PAYLOADS

# Clocks of two servers differ by seconds. An entry that would be earlier than the one before takes its time; a clock that
# is further behind is wrong, and what it dates would be too.
CLOCK_BEHIND_MAX = timedelta(minutes=2)

# Entries that are held back and sent together.
BATCH_ENTRIES = 5_000

_INSERT_LEDGER, _INSERT_PAYLOAD, _INSERT_OUTBOX = insert(LEDGER), insert(PAYLOADS), insert(OUTBOX)
_HEAD = Quick(
    select(LEDGER.c.position, LEDGER.c.hash, LEDGER.c.recorded_at).order_by(LEDGER.c.position.desc()).limit(1)
)


def head_of(connection: Connection) -> Head:
    """The newest entry of the ledger; of an empty one, what the first will name as the one before it."""
    rows = _HEAD.rows(connection)
    return Head(*rows[0]) if rows else Head()


class Appender:
    """Adds entries while it holds the records' one writing transaction. All of them bear one time."""

    def __init__(self, connection: Connection, now: Callable[[], datetime], name: str) -> None:
        self.connection = connection
        self.head = head_of(connection)
        self.position_at_start = self.head.position
        self.is_discarded = False
        self.recorded_at = self._time(now(), name)
        self._entries: list[dict[str, Any]] = []
        self._payloads: list[dict[str, Any]] = []
        self._outbox: list[dict[str, Any]] = []

    def append(
        self,
        kind: Kind,
        body: Mapping[str, Any],
        *,
        subject: int | None = None,
        payload: Payload | None = None,
        known_at: str | None = None,
    ) -> int:
        """Add an entry and return its position. `known_at`: since when it is known; none: from now on.

        The entry of a learner is its own subject.
        """
        position = self.head.position + 1
        if kind is Kind.LEARNER:
            subject = position
        committed = None
        if payload is not None:
            salt = os.urandom(SALT_BYTES)
            committed = commitment(salt, subject, payload)
            self._payloads.append(
                {
                    "position": position,
                    "subject": subject,
                    "type": payload.type,
                    "key": payload.key,
                    "source_key": payload.source_key,
                    "salt": salt.hex(),
                    "content": payload.content,
                }
            )
        entry = {
            "position": position,
            "kind": kind.value,
            "recorded_at": self.recorded_at,
            "known_at": known_at or self.recorded_at,
            "subject": subject,
            "body": canonical_text(body),
            "commitment": committed,
            "previous": self.head.hash,
        }
        entry["hash"] = entry_hash(*entry.values())  # type: ignore[arg-type]  # in the order in which they stand above
        self._entries.append(entry)
        if kind in ANNOUNCED:
            self._outbox.append({"position": position, "topic": kind.value})
        self.head = Head(position, str(entry["hash"]), self.recorded_at)
        if len(self._entries) >= BATCH_ENTRIES:
            self.flush()
        return position

    def erase_payloads(self, subject: int) -> int:
        """Remove the payloads of a learner, after the entry that says so; how many there were."""
        self.flush()
        return self.connection.execute(delete(PAYLOADS).where(PAYLOADS.c.subject == subject)).rowcount

    def discard(self) -> None:
        """Leave the records as they were before this transaction, although nothing is wrong."""
        self.is_discarded = True
        for rows in (self._entries, self._payloads, self._outbox):
            rows.clear()

    def flush(self) -> None:
        """Send what is held back to the database."""
        for statement, rows in (
            (_INSERT_LEDGER, self._entries),
            (_INSERT_PAYLOAD, self._payloads),
            (_INSERT_OUTBOX, self._outbox),
        ):
            if rows:
                self.connection.execute(statement, rows)
                rows.clear()

    def _time(self, now: datetime, name: str) -> str:
        here = time_text(now)
        if here >= self.head.recorded_at:
            return here
        if read_time(self.head.recorded_at) - now > CLOCK_BEHIND_MAX:
            raise records_fault(
                name,
                f"the clock of this computer says {here}, and the newest entry was made at {self.head.recorded_at}",
                "set the clock right, then do it again",
                kind=kinds.CLOCK_BEHIND,
            )
        return self.head.recorded_at
