"""What the records hold, as it was known at a position of the ledger or at a time: facts, decisions, books, entries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select

from competency.records.connection import Connection, Quick
from competency.records.entries import Entry, Kind
from competency.records.schema import BY_THE_THOUSAND, LEDGER, PAYLOADS, SELDOM

# Values that a statement may name at once.
NAMED_MAX = 500

# Rows that are fetched at a time.
_FETCHED = 2_000

FACT = "fact "
"""Types of the payloads of facts begin so; the plural of the fact type follows."""

# The subjects who are erased: nothing is known of them any more.
_ERASED = select(LEDGER.c.subject).where(LEDGER.c.kind == Kind.ERASURE.value, SELDOM)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What had been entered: entries up to a position, of which one counts that was known by a time (none: all)."""

    through: int
    known_by: str | None = None


class Kept(NamedTuple):
    """A payload by itself; `content` is canonical JSON."""

    position: int
    subject: int | None
    type: str
    key: str
    source_key: str | None
    content: str

    def value(self) -> Any:
        """The content as plain JSON values."""
        return json.loads(self.content)


class Stored(NamedTuple):
    """A payload with the times of its entry; `content` is canonical JSON."""

    position: int
    kind: str
    subject: int | None
    type: str
    key: str
    source_key: str | None
    content: str
    recorded_at: str
    known_at: str
    body: str

    def value(self) -> Any:
        """The content as plain JSON values."""
        return json.loads(self.content)


_STORED = select(
    PAYLOADS.c.position,
    LEDGER.c.kind,
    PAYLOADS.c.subject,
    PAYLOADS.c.type,
    PAYLOADS.c.key,
    PAYLOADS.c.source_key,
    PAYLOADS.c.content,
    LEDGER.c.recorded_at,
    LEDGER.c.known_at,
    LEDGER.c.body,
).join_from(PAYLOADS, LEDGER, LEDGER.c.position == PAYLOADS.c.position)


# Made once: to make a statement takes as long as to run it, and these are run for every row that comes in.
_KEPT = select(
    PAYLOADS.c.position,
    PAYLOADS.c.subject,
    PAYLOADS.c.type,
    PAYLOADS.c.key,
    PAYLOADS.c.source_key,
    PAYLOADS.c.content,
).where(PAYLOADS.c.type == bindparam("type"))


class _Lookup(NamedTuple):
    """Statements that find payloads of a type by one name, or by several: the first takes half the time."""

    by_one: Quick
    by_several: Select[Any]


def _lookup(column: ColumnElement[Any]) -> _Lookup:
    by_several = _KEPT.where(column.in_(bindparam("names", expanding=True)))
    return _Lookup(Quick(_KEPT.where(column == bindparam("name"))), by_several)


_BY_KEY, _BY_SOURCE_KEY, _BY_SUBJECT = map(_lookup, (PAYLOADS.c.key, PAYLOADS.c.source_key, PAYLOADS.c.subject))


def _within(statement: Select[Any], knowledge: Knowledge) -> Select[Any]:
    statement = statement.where(LEDGER.c.position <= knowledge.through)
    if knowledge.known_by is not None:
        statement = statement.where(LEDGER.c.known_at <= knowledge.known_by)
    return statement


def subjects_of(connection: Connection, learners: Iterable[str]) -> dict[str, int]:
    """The subjects of learners by identifier; those who are not known are left out."""
    return {row.key: int(row.subject or 0) for row in _named(connection, _BY_KEY, "learner", learners)}


def names_of(connection: Connection, subjects: Iterable[int], through: int | None = None) -> dict[int, str]:
    """The identifiers by which subjects go now, or went at a position; those who are erased are left out."""
    named = sorted(_named(connection, _BY_SUBJECT, "learner", subjects))
    return {int(row.subject or 0): row.key for row in named if through is None or row.position <= through}


def all_names(connection: Connection) -> frozenset[str]:
    """Every identifier by which a learner goes or went."""
    statement = select(PAYLOADS.c.key).where(PAYLOADS.c.type == "learner")
    return frozenset(key for (key,) in connection.execute(statement))


def all_subjects(connection: Connection, knowledge: Knowledge) -> dict[int, str]:
    """The identifier of every learner who is known, by subject."""
    statement = _within(_STORED.where(PAYLOADS.c.type == "learner"), knowledge).order_by(PAYLOADS.c.position)
    return {int(row.subject or 0): row.key for row in _fetched(connection, statement)}


def standing_facts(
    connection: Connection, knowledge: Knowledge, subjects: Sequence[int] | None, types: Sequence[str] = ()
) -> Iterator[Stored]:
    """The newest version of every fact of the subjects (none: of the facts about nobody), of some types or of all.

    A fact that was removed comes as its removal, whose row is null.
    """
    statement = _within(_STORED, knowledge).order_by(PAYLOADS.c.position)
    if types:
        statement = statement.where(PAYLOADS.c.type.in_([FACT + plural for plural in types]))
    else:
        statement = statement.where(PAYLOADS.c.type.like(FACT + "%"))
    if subjects is None:
        parts = [statement.where(PAYLOADS.c.subject.is_(None))]
    else:
        starts = range(0, len(subjects), NAMED_MAX)
        parts = [statement.where(PAYLOADS.c.subject.in_(subjects[start : start + NAMED_MAX])) for start in starts]
    for part in parts:
        newest: dict[tuple[str, str], Stored] = {}
        for row in _fetched(connection, part):
            newest[row.type, row.key] = row
        yield from newest.values()


def facts_recorded(connection: Connection, types: Sequence[str], subject: int | None = None) -> Iterator[Stored]:
    """Every version of every fact of some payload types, of a subject or of all, in order of subject."""
    statement = _STORED.where(PAYLOADS.c.type.in_(types), PAYLOADS.c.subject.is_not(None))
    if subject is not None:
        statement = statement.where(PAYLOADS.c.subject == subject)
    return _fetched(connection, statement.order_by(PAYLOADS.c.subject, PAYLOADS.c.position))


def head_position(connection: Connection) -> int:
    """The position of the newest entry; 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(LEDGER.c.position), 0))).scalar_one())


def newest_by_key(connection: Connection, type_: str, keys: Iterable[str]) -> dict[str, Kept]:
    """The newest payload of a type for each of some keys."""
    return {row.key: row for row in sorted(_named(connection, _BY_KEY, type_, keys))}


def before_corrections(connection: Connection, type_: str, keys: Iterable[str]) -> dict[str, Stored]:
    """For each of some keys what was recorded last before somebody corrected it, where somebody did."""
    versions: dict[str, list[Stored]] = {}
    pending = iter(dict.fromkeys(keys))
    while some := list(islice(pending, NAMED_MAX)):
        statement = _STORED.where(PAYLOADS.c.type == type_, PAYLOADS.c.key.in_(some)).order_by(PAYLOADS.c.position)
        for row in _fetched(connection, statement):
            versions.setdefault(row.key, []).append(row)
    corrected = {key: rows for key, rows in versions.items() if rows[-1].kind == Kind.CORRECTION}
    said = {key: [row for row in rows if row.kind != Kind.CORRECTION] for key, rows in corrected.items()}
    return {key: rows[-1] for key, rows in said.items() if rows}


def keys_by_source_key(connection: Connection, type_: str, source_keys: Iterable[str]) -> dict[str, set[str]]:
    """The keys of a type under which what its source calls so was ever recorded."""
    found: dict[str, set[str]] = {}
    for row in _named(connection, _BY_SOURCE_KEY, type_, source_keys):
        found.setdefault(str(row.source_key), set()).add(row.key)
    return found


def newest_of_type(connection: Connection, type_: str) -> dict[str, Stored]:
    """The newest payload of a type by key, of all keys."""
    return {row.key: row for row in stored_of_type(connection, type_)}


def newest_decisions(connection: Connection, subjects: Sequence[int]) -> dict[int, dict[str, Stored]]:
    """The newest decision of each key of each subject."""
    found: dict[int, dict[str, Stored]] = {}
    for start in range(0, len(subjects), NAMED_MAX):
        some = subjects[start : start + NAMED_MAX]
        newest = (
            select(func.max(PAYLOADS.c.position).label("position"))
            .where(PAYLOADS.c.subject.in_(some), PAYLOADS.c.type == Kind.DECISION.value)
            .group_by(PAYLOADS.c.subject, PAYLOADS.c.key)
            .subquery()
        )
        statement = _STORED.join(newest, newest.c.position == PAYLOADS.c.position)
        for row in _fetched(connection, statement):
            found.setdefault(int(row.subject or 0), {})[row.key] = row
    return found


def subjects_with_facts_after(connection: Connection, subjects: Sequence[int], position: int) -> frozenset[int]:
    """Those of some subjects of whom facts were recorded after a position."""
    found: set[int] = set()
    for start in range(0, len(subjects), NAMED_MAX):
        some = subjects[start : start + NAMED_MAX]
        statement = select(PAYLOADS.c.subject).where(
            PAYLOADS.c.subject.in_(some), PAYLOADS.c.type.like(FACT + "%"), PAYLOADS.c.position > position
        )
        found.update(subject for (subject,) in connection.execute(statement.distinct()))
    return frozenset(found)


def payloads_of(connection: Connection, subject: int) -> Iterator[Stored]:
    """Everything that is kept of a subject, in the order in which it came."""
    return _fetched(connection, _STORED.where(PAYLOADS.c.subject == subject).order_by(PAYLOADS.c.position))


def stored_at(connection: Connection, position: int) -> Stored | None:
    """The payload of an entry, or none."""
    return next(_fetched(connection, _STORED.where(PAYLOADS.c.position == position)), None)


def stored_of_type(
    connection: Connection, type_: str, *, after: int = 0, through: int | None = None, subject: int | None = None
) -> Iterator[Stored]:
    """The payloads of a type between two positions, in order."""
    statement = _STORED.where(PAYLOADS.c.type == type_, PAYLOADS.c.position > after).order_by(PAYLOADS.c.position)
    if through is not None:
        statement = statement.where(PAYLOADS.c.position <= through)
    if subject is not None:
        statement = statement.where(PAYLOADS.c.subject == subject)
    return _fetched(connection, statement)


def entries_of_kind(connection: Connection, *wanted: Kind, subject: int | None = None) -> Iterator[Entry]:
    """The entries of some kinds, in order."""
    statement = _of_kind(*wanted).order_by(LEDGER.c.position)
    if subject is not None:
        statement = statement.where(LEDGER.c.subject == subject)
    for row in _rows(connection, statement):
        yield Entry(*tuple(row))


def _of_kind(*wanted: Kind) -> Select[Any]:
    """Entries of some kinds, so asked for that the index by kind answers wherever it can."""
    statement = select(LEDGER).where(LEDGER.c.kind.in_([kind.value for kind in wanted]))
    return statement if set(wanted) & set(BY_THE_THOUSAND) else statement.where(SELDOM)


def newest_entry(connection: Connection, kind: Kind) -> Entry | None:
    """The newest entry of a kind, or none."""
    statement = _of_kind(kind).order_by(LEDGER.c.position.desc()).limit(1)
    row = connection.execute(statement).first()
    return None if row is None else Entry(*tuple(row))


def entry_at(connection: Connection, position: int) -> Entry | None:
    """The entry at a position, or none."""
    row = connection.execute(select(LEDGER).where(LEDGER.c.position == position)).first()
    return None if row is None else Entry(*tuple(row))


def all_entries(connection: Connection) -> Iterator[Entry]:
    """The whole ledger in order."""
    for row in _rows(connection, select(LEDGER).order_by(LEDGER.c.position)):
        yield Entry(*tuple(row))


def erased_subjects(connection: Connection) -> frozenset[int]:
    """Who was erased."""
    return frozenset(subject for (subject,) in connection.execute(_ERASED))


def _named(connection: Connection, lookup: _Lookup, type_: str, names: Iterable[Any]) -> Iterator[Kept]:
    """The payloads of a type with some names, in no order."""
    pending = iter(dict.fromkeys(names))
    while some := list(islice(pending, NAMED_MAX)):
        # So many and no more: they need not be fetched a part at a time.
        if len(some) == 1:
            yield from map(Kept._make, lookup.by_one.rows(connection, type=type_, name=some[0]))
        else:
            rows = connection.execute(lookup.by_several, {"type": type_, "names": some})
            yield from (Kept(*tuple(row)) for row in rows)


def _fetched(connection: Connection, statement: Select[Any]) -> Iterator[Stored]:
    for row in _rows(connection, statement):
        yield Stored(*tuple(row))


def _rows(connection: Connection, statement: Select[Any]) -> Iterator[Row[Any]]:
    # whoever has enough of the rows leaves no cursor open on the server
    with connection.execute(statement, execution_options={"yield_per": _FETCHED}) as result:
        yield from result
