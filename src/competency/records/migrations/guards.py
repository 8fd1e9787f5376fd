"""Makes the triggers by which the database itself refuses to change or remove rows."""

from __future__ import annotations

from alembic import op

from competency.records.guards import guards_of


def guard(table: str) -> None:
    """Rows of a table can be added, and nothing else; payloads go with the learner who is erased."""
    dialect = op.get_bind().dialect.name
    for each in guards_of(table, dialect):
        for statement in (each.on_sqlite,) if dialect == "sqlite" else each.on_postgresql:
            op.execute(statement)
