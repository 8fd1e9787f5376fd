"""Triggers by which the database itself refuses to change or remove rows, for SQLite and PostgreSQL."""

from __future__ import annotations

from alembic import op

_ERASED = "EXISTS (SELECT 1 FROM ledger WHERE ledger.kind = 'erasure' AND ledger.subject = OLD.subject)"


def guard(table: str) -> None:
    """Rows of a table can be added, and nothing else."""
    _refuse(table, "UPDATE")
    _refuse(table, "DELETE")
    _refuse_otherwise(table)


def guard_payloads() -> None:
    """Payloads can be added; they go only with the learner whose erasure the ledger records."""
    _refuse("payloads", "UPDATE")
    _refuse("payloads", "DELETE", unless=_ERASED)
    _refuse_otherwise("payloads")


def _refuse(table: str, act: str, unless: str = "") -> None:
    name = f"{table}_refuses_{act.lower()}"
    message = f"the {table} only grows: no {act}"
    if op.get_bind().dialect.name == "sqlite":
        when = f"WHEN NOT {unless} " if unless else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{message}'); END")
        return
    check = f"IF {unless} THEN RETURN OLD; END IF; " if unless else ""
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {check}RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _refuse_otherwise(table: str) -> None:
    """The other ways by which a database lets a row go: INSERT OR REPLACE, and TRUNCATE."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {table}.position = NEW.position) "
            f"BEGIN SELECT RAISE(ABORT, 'the {table} only grows: no REPLACE'); END"
        )
        return
    name = f"{table}_refuses_truncate"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'the {table} only grows: no TRUNCATE'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")
