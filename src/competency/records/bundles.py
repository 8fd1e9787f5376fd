"""A policy book in one sealed file: its texts, its fingerprint, its revision, who published it and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from competency.records.entries import canonical_text
from competency.records.signing import open_envelope, seal, signed_by

PAYLOAD_TYPE = "application/vnd.competency.book+json"

_FIELDS = ("begins", "by", "engine", "ends", "fingerprint", "policy", "published_at", "reason", "title", "version")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A published book. `files`: its texts by path within the book's folder. Dates and times are texts, empty for none."""

    revision: int
    fingerprint: str
    policy: str
    title: str
    version: str
    begins: str
    ends: str
    published_at: str
    by: str
    reason: str
    engine: str
    files: Mapping[str, str]


def bundle_text(bundle: Bundle, private: bytes | None) -> str:
    """The bundle as a DSSE envelope, signed where there is a key. ValueError for a key of another kind."""
    record = {name: getattr(bundle, name) for name in _FIELDS}
    record |= {"revision": bundle.revision, "files": dict(bundle.files)}
    record["sha256"] = _digest(record)
    return seal(canonical_text(record).encode(), PAYLOAD_TYPE, private)


def read_bundle(text: str, trusted: Mapping[str, bytes]) -> tuple[Bundle, str | None]:
    """The bundle in a text, and the trusted key that signed it. ValueError, with the reason, for one that is refused.

    Where there are trusted keys, one of them must have signed it.
    """
    envelope = open_envelope(text, PAYLOAD_TYPE)
    signer = signed_by(envelope, trusted)
    if trusted and signer is None:
        how = "it is signed by no key that is trusted here" if envelope.signatures else "it is not signed"
        raise ValueError(how)
    try:
        record = json.loads(envelope.payload)
        bundle = Bundle(record["revision"], files=record["files"], **{name: record[name] for name in _FIELDS})
        is_whole = record["sha256"] == _digest(record) and _is_sound(record)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"what it holds cannot be read: {error}") from error
    if not is_whole or canonical_text(record).encode() != envelope.payload:
        raise ValueError("what it holds was changed after it was written")
    return bundle, signer


def _digest(record: Mapping[str, Any]) -> str:
    """What tells a change of a bundle that nobody signed; it keeps out accidents, and no adversary."""
    content = {name: value for name, value in record.items() if name != "sha256"}
    return hashlib.sha256(canonical_text(content).encode()).hexdigest()


def _is_sound(record: Mapping[str, Any]) -> bool:
    texts = [record[name] for name in _FIELDS] + [*record["files"], *record["files"].values()]
    is_number = isinstance(record["revision"], int) and not isinstance(record["revision"], bool)
    return is_number and record["revision"] > 0 and all(isinstance(each, str) for each in texts)
