"""A real PostgreSQL server for tests: each gets a schema of its own, which goes with it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

# Another server than the one that runs beside the tests is named by the environment.
POSTGRESQL = os.environ.get("COMPETENCY_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")


@contextmanager
def empty_schema() -> Iterator[str]:
    """The address of an empty schema on the server.

    Without a server the test is skipped with the reason; where COMPETENCY_REQUIRE_SERVERS is set, it fails.
    """
    try:
        connection = psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL server at {POSTGRESQL}: {str(error).splitlines()[0]}"
        if os.environ.get("COMPETENCY_REQUIRE_SERVERS"):
            pytest.fail(reason)
        pytest.skip(reason)
    name = f"records_{uuid.uuid4().hex}"
    with connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
        yield f"{POSTGRESQL}?options=-csearch_path%3D{name}"
        connection.execute(f'DROP SCHEMA "{name}" CASCADE')
