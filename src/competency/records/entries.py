"""Entries of the ledger and their payloads, and how each is hashed. Frozen; knows no database.

Canonical JSON is that of RFC 8785 for what stands here: texts, whole numbers, lists, and objects with ASCII names.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

# What the first entry names as the one before it.
NOTHING_BEFORE = "0" * 64

SALT_BYTES = 16


class Kind(StrEnum):
    """What an entry says was done."""

    LEARNER = "learner"
    IMPORT = "import"
    FACT = "fact"
    REMOVAL = "removal"
    REKEY = "rekey"
    CORRECTION = "correction"
    AWARD = "award"
    REVOCATION = "revocation"
    WAIVER = "waiver"
    TRUST = "trust"
    PUBLICATION = "publication"
    RUN = "run"
    RUN_ENDED = "run ended"
    DECISION = "decision"
    ACCESS = "access"
    DISCLOSURE = "disclosure"
    ERASURE = "erasure"


# What the outbox announces, each under its own name.
ANNOUNCED = frozenset({Kind.DECISION, Kind.AWARD, Kind.REVOCATION, Kind.WAIVER, Kind.PUBLICATION})


@dataclass(frozen=True, slots=True)
class Payload:
    """What may have to be erased one day, or is large: its type, what it is about, and its content as canonical JSON."""

    type: str
    key: str
    content: str
    source_key: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger. Times are texts as `time_text` writes them; hashes are 64 hexadecimal digits."""

    position: int
    kind: str
    recorded_at: str
    known_at: str
    subject: int | None
    body: str
    commitment: str | None
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: where the chain goes on."""

    position: int = 0
    hash: str = NOTHING_BEFORE
    recorded_at: str = ""


def canonical_text(value: Any) -> str:
    """Plain JSON values in their one text. ValueError for a number that is no whole one."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_refuse
    )


def commitment(salt: bytes, subject: int | None, payload: Payload) -> str:
    """SHA-256 over the salt and the canonical JSON of [subject, type, key, source_key, content].

    Without the salt, which goes with the payload when it is erased, nobody can tell a payload by trying.
    """
    text = canonical_text([subject, payload.type, payload.key, payload.source_key, payload.content])
    return hashlib.sha256(salt + text.encode()).hexdigest()


def entry_hash(
    position: int,
    kind: str,
    recorded_at: str,
    known_at: str,
    subject: int | None,
    body: str,
    committed: str | None,
    previous: str,
) -> str:
    """SHA-256 over the canonical JSON of the list of these values, in this order."""
    text = canonical_text([position, kind, recorded_at, known_at, subject, body, committed, previous])
    return hashlib.sha256(text.encode()).hexdigest()


def time_text(moment: datetime) -> str:
    """A time in UTC to the microsecond, as `2026-11-02T08:00:00.000000Z`. ValueError for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_time(text: str) -> datetime:
    """The time that `time_text` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _refuse(value: Any) -> Any:
    raise ValueError(f"no canonical form for {type(value).__name__}")


# One for all: to make an encoder takes longer than to encode an entry.
_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_refuse
)
