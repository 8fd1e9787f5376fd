"""The database connection, by a name that those who only hand it on may import."""

from __future__ import annotations

from typing import TypeAlias

import sqlalchemy

Connection: TypeAlias = sqlalchemy.Connection
