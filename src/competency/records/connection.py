"""The database connection, by a name that those who only hand it on may import; and statements that the driver runs itself."""

from __future__ import annotations

from typing import Any, TypeAlias

import sqlalchemy
from sqlalchemy import Select
from sqlalchemy.exc import DBAPIError

Connection: TypeAlias = sqlalchemy.Connection


class Quick:
    """A question that is asked for every row that comes in. Compiled once, it is run by the driver itself.

    That takes a tenth of the time that it takes otherwise; the answer is small, and comes as tuples.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None, dict[str, Any]]] = {}

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """All rows of the answer. Raises DBAPIError."""
        text, names, stated = self._compiled.get(connection.dialect.name) or self._compile(connection)
        whole = {**stated, **values}
        parameters = whole if names is None else tuple(whole[name] for name in names)
        driver: Any = connection.connection
        cursor = driver.cursor()
        try:
            cursor.execute(text, parameters)
            return list(cursor.fetchall())
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(text, parameters, error) from error
        finally:
            cursor.close()

    def _compile(self, connection: Connection) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
        compiled: Any = self._statement.compile(dialect=connection.dialect)
        names = tuple(compiled.positiontup) if compiled.positional else None
        found = str(compiled), names, dict(compiled.params)
        self._compiled[connection.dialect.name] = found
        return found
