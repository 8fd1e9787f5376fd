"""What people did in records, oldest first: awards, overrides, waivers, corrections, publications, keys, erasures, imports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from competency.model.facts import AWARDS, WAIVERS
from competency.records.connection import Connection
from competency.records.entries import Entry, Kind
from competency.records.read import FACT, Stored, entries_of_kind, names_of, stored_at, stored_of_type

# Acts whose payload, where there is one, says what was done.
_ON_FACTS = (Kind.AWARD, Kind.REVOCATION, Kind.WAIVER, Kind.CORRECTION)
_OTHERS = (Kind.IMPORT, Kind.PUBLICATION, Kind.TRUST, Kind.RUN, Kind.ERASURE, Kind.DISCLOSURE)


@dataclass(frozen=True, slots=True)
class Act:
    """An act: the entry, when it was recorded, about whom (empty: nobody), in words, by whom and why.

    `overrides`: what the rules had said, where somebody decided otherwise. `from_source`: an award or waiver that an import
    or a stream brought, which nobody here decided.
    """

    position: int
    recorded_at: str
    kind: str
    learner: str
    what: str
    by: str
    reason: str
    overrides: str = ""
    from_source: bool = False


def recorded_acts(connection: Connection, *, since: str = "", kinds: frozenset[str] = frozenset()) -> tuple[Act, ...]:
    """The acts recorded from a time of the ledger on, of some kinds or of all."""
    acts = [_act(connection, entry) for entry in entries_of_kind(connection, *_ON_FACTS, *_OTHERS)]
    for fact_type in (AWARDS, WAIVERS):
        brought = stored_of_type(connection, FACT + fact_type.plural)
        acts += [_brought(connection, stored) for stored in brought if stored.kind == Kind.FACT]
    chosen = [act for act in acts if act.recorded_at >= since and (not kinds or act.kind in kinds)]
    return tuple(sorted(chosen, key=lambda act: act.position))


def _act(connection: Connection, entry: Entry) -> Act:
    body = json.loads(entry.body)
    stored = stored_at(connection, entry.position) if entry.kind in {*_ON_FACTS, Kind.DISCLOSURE} else None
    content: dict[str, Any] = stored.value() if stored is not None else {}
    return Act(
        entry.position,
        entry.recorded_at,
        entry.kind,
        _learner(connection, entry.subject),
        ", ".join(_words(entry.kind, body, stored, content)),
        str(content.get("by") or body.get("by", "")),
        str(content.get("reason") or body.get("reason") or body.get("authority", "")),
        str(content.get("overrides", "")),
    )


def _brought(connection: Connection, stored: Stored) -> Act:
    words = ", ".join(_cells(stored))
    learner = _learner(connection, stored.subject)
    return Act(stored.position, stored.recorded_at, stored.kind, learner, words, "", "", from_source=True)


def _learner(connection: Connection, subject: int | None) -> str:
    return names_of(connection, [subject]).get(subject, "erased") if subject is not None else ""


def _words(kind: str, body: dict[str, Any], stored: Stored | None, content: dict[str, Any]) -> Iterator[str]:
    match kind:
        case Kind.PUBLICATION:
            yield f"revision {body['revision']} of {body['title']}"
            yield f"version {body['version'] or 'without a name'}"
            yield f"in force from {body['begins']}" if body["begins"] else "in force"
            yield f"signed by {body['signer'][:16]}" if body["signer"] else "not signed"
        case Kind.TRUST:
            yield f"key {body['key'][:16]} {'no longer trusted' if body['withdrawn'] else 'trusted'}"
        case Kind.RUN:
            yield f"decisions as of {body['as_of']} by revision {body['revision']}, version {body['version']}"
        case Kind.IMPORT:
            yield f"{body['connector']} from {body['source']}"
            if body["is_complete"]:
                yield "said to be complete"
            if body["takes_their_time"]:
                yield "known since the times of the source"
        case Kind.DISCLOSURE:
            yield f"to {content['to']} for {content['purpose']}" if content else "erased"
        case Kind.ERASURE:
            yield "everything about a learner"
        case _:
            yield from _cells(stored) if stored is not None else ("erased",)


def _cells(stored: Stored) -> Iterator[str]:
    content = stored.value()
    yield f"{stored.type.removeprefix(FACT)} {stored.key}"
    if content["row"] is None:
        yield f"known as {content['rekeyed_to']}" if "rekeyed_to" in content else "removed"
        return
    yield from (f"{column} {text}" for column, text in content["row"].items())
