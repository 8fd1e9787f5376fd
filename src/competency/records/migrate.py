"""Runs the migrations in a transaction that the caller holds: all of them are done, or none."""

from __future__ import annotations

import functools
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest form; nothing where they have it."""
    # Loaded here: records that are up to date are opened without it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@functools.cache
def revisions_known() -> tuple[str, ...]:
    """The revisions that this program can bring up to date, the oldest first, its own included."""
    return tuple(sorted(path.name.split("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")))


def objects_of(connection: Connection) -> set[tuple[str, str, str, str]]:
    """What a SQLite database says of its tables, indexes and triggers: kind, name, table, and the statement, on one line."""
    rows = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master"))
    return {(str(kind), str(name), str(table), " ".join(str(made).split())) for kind, name, table, made in rows}


@functools.cache
def objects_made() -> frozenset[tuple[str, str, str, str]]:
    """The same of a database that the migrations have just made."""
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            migrate(connection)
            return frozenset(objects_of(connection))
    finally:
        engine.dispose()
