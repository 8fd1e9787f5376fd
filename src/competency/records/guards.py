"""The triggers by which the database itself refuses to change or remove rows: how each is written, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# What PostgreSQL notes of a trigger, as bits: for each row, before the act, and which act.
_ROW, _BEFORE = 1, 2
_BITS = {"DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}

# The acts by which each database lets a row go.
_ACTS = {"sqlite": ("UPDATE", "DELETE", "REPLACE"), "postgresql": ("UPDATE", "DELETE", "TRUNCATE")}

_IS_ERASED = "EXISTS (SELECT 1 FROM ledger WHERE ledger.kind = 'erasure' AND ledger.kind NOT IN ('decision', 'fact', 'learner') AND ledger.subject = OLD.subject)"


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger of a table against an act; with `unless`, a condition in SQL on which the act is let through."""

    table: str
    act: str
    unless: str = ""

    @property
    def name(self) -> str:
        """The name of the trigger, and on PostgreSQL of its function."""
        return f"{self.table}_refuses_{self.act.lower()}"

    @property
    def on_sqlite(self) -> str:
        """The statement that makes it on SQLite, which keeps that text."""
        event, when = self.act, f"WHEN NOT {self.unless} " if self.unless else ""
        if self.act == "REPLACE":
            event = "INSERT"
            when = f"WHEN EXISTS (SELECT 1 FROM {self.table} WHERE {self.table}.position = NEW.position) "
        raises = f"SELECT RAISE(ABORT, '{self._message}')"
        return f"CREATE TRIGGER {self.name} BEFORE {event} ON {self.table} {when}BEGIN {raises}; END"

    @property
    def on_postgresql(self) -> tuple[str, str]:
        """The statements that make its function and the trigger on PostgreSQL."""
        each = "STATEMENT" if self.act == "TRUNCATE" else "ROW"
        function = f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $${self.body}$$"
        calls = f"FOR EACH {each} EXECUTE FUNCTION {self.name}()"
        return function, f"CREATE TRIGGER {self.name} BEFORE {self.act} ON {self.table} {calls}"

    @property
    def body(self) -> str:
        """What its function does, as PostgreSQL keeps it."""
        lets_through = f"IF {self.unless} THEN RETURN OLD; END IF; " if self.unless else ""
        return f" BEGIN {lets_through}RAISE EXCEPTION '{self._message}'; END "

    @property
    def bits(self) -> int:
        """When PostgreSQL calls it, as `pg_trigger.tgtype` says it."""
        return _BITS[self.act] | _BEFORE | (0 if self.act == "TRUNCATE" else _ROW)

    @property
    def _message(self) -> str:
        return f"the {self.table} only grows: no {self.act}"


def guards_of(table: str, dialect: str) -> Iterator[Guard]:
    """The guards of a table on a database. Payloads go only with the learner whose erasure the ledger records."""
    for act in _ACTS[dialect]:
        yield Guard(table, act, _IS_ERASED if (table, act) == ("payloads", "DELETE") else "")
