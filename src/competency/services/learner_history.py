"""Everything recorded about one learner, oldest first; and who looked at it, or was given it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from competency.interchange.fact_set import escaped, learner_column
from competency.model.facts import BUILT_IN, FactType
from competency.records.append import Appender
from competency.records.connection import Connection
from competency.records.entries import Entry, Kind, Payload, canonical_text
from competency.records.read import FACT, Stored, entries_of_kind, names_of, payloads_of

# Cells that every fact may have and that say nothing about the learner.
# Kinds of entries that say who looked at a record, or was given it.
SEEN = frozenset({Kind.ACCESS, Kind.DISCLOSURE})

_UNTOLD = frozenset({"source", "external_id"})


@dataclass(frozen=True, slots=True)
class Told:
    """An entry in words: when it was recorded, what it is, what it says, by whom and why (empty: nobody says)."""

    position: int
    recorded_at: str
    kind: str
    what: str
    by: str
    reason: str


def learner_history(
    connection: Connection, subject: int, fact_types: Iterable[FactType] = BUILT_IN
) -> tuple[Told, ...]:
    """What is recorded about a subject, in the order in which it was recorded; each fact by the name that others know."""
    types = {FACT + each.plural: each for each in fact_types}
    names = names_of(connection, [subject])
    # What an entry refers to by its position, and that says by whom it was done.
    whole = {entry.position: json.loads(entry.body) for entry in entries_of_kind(connection, Kind.IMPORT, Kind.RUN)}
    told = [_payload(stored, _fact_name(stored, types, names), whole) for stored in payloads_of(connection, subject)]
    seen = entries_of_kind(connection, Kind.ACCESS, subject=subject)
    told += [_seen(entry) for entry in seen]
    return tuple(sorted(told, key=lambda each: each.position))


def record_access(appender: Appender, subject: int, *, by: str, command: str) -> None:
    """Record that somebody looked at what is recorded about a learner."""
    appender.append(Kind.ACCESS, {"by": by, "command": command}, subject=subject)


def record_disclosure(appender: Appender, subject: int, *, by: str, to: str, purpose: str) -> None:
    """Record that a learner's record was given to somebody, and for what (34 CFR 99.32: the record of disclosures)."""
    payload = Payload("disclosure", to, canonical_text({"by": by, "purpose": purpose, "to": to}))
    appender.append(Kind.DISCLOSURE, {"by": by}, subject=subject, payload=payload)


def _fact_name(stored: Stored, types: Mapping[str, FactType], names: Mapping[int, str]) -> str:
    """The key of a fact; where the learner stands first in it, the records know it by the subject, and people do not."""
    fact_type = types.get(stored.type)
    own = learner_column(fact_type) if fact_type is not None else None
    if fact_type is None or own is None or fact_type.key[0] != fact_type.columns[own].name:
        return stored.key
    _, bar, rest = stored.key.partition("|")
    name = names[stored.subject or 0]
    return f"{escaped(name)}{bar}{rest}" if bar else name


def _payload(stored: Stored, name: str, whole: Mapping[int, dict[str, Any]]) -> Told:
    body = json.loads(stored.body)
    content = stored.value()
    within = whole.get(body.get("import") or body.get("run") or 0, {})
    by = content.get("by") or body.get("by") or within.get("by", "")
    what = "".join(_words(stored, name, content))
    if "revision" in within:
        what += f" (run {body['run']}, by revision {within['revision']})"
    if "overrides" in content:
        what += f"; by override: the rules said `{content['overrides']}`"
    return Told(stored.position, stored.recorded_at, stored.kind, what, by, content.get("reason", ""))


def _words(stored: Stored, name: str, content: dict[str, Any]) -> Iterator[str]:
    if stored.type == Kind.DECISION.value:
        yield f"{content['rule']}{_about(content)}: {content['outcome']}. {content['sentence']}"
    elif stored.type.startswith(FACT):
        yield f"{stored.type.removeprefix(FACT)} {name}"
        if content["row"] is None:
            yield f": known as {content['rekeyed_to']}" if "rekeyed_to" in content else ": removed"
        else:
            cells = ", ".join(f"{column} {text}" for column, text in content["row"].items() if column not in _UNTOLD)
            yield f": {cells}" if cells else ""
    elif stored.type == Kind.DISCLOSURE.value:
        yield f"given to {content['to']} for {content['purpose']}"
    else:
        yield f"known as {stored.key}"


def _about(content: dict[str, Any]) -> str:
    return f" of {' at '.join(content['item'])}" if content.get("item") else ""


def _seen(entry: Entry) -> Told:
    body = json.loads(entry.body)
    return Told(entry.position, entry.recorded_at, entry.kind, f"looked at with `{body['command']}`", body["by"], "")
