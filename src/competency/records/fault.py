"""What a database answers when it cannot do as it is told, as a message that says what still holds and what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from competency.diagnostics import Diagnostic, DiagnosticKind, Fix, Label, kinds
from competency.source import Place

_UNCHANGED = "Nothing was written: the records are as they were."

_DAMAGED = "it is damaged", "restore a backup with `competency restore`; keep this file for the auditor"

# By the beginning of the name that SQLite gives an error, the longest first: what it means, and what to do.
_SQLITE: tuple[tuple[str, str, str], ...] = (
    ("SQLITE_FULL", "the disk is full", "make room, then do it again"),
    ("SQLITE_READONLY", "it may only be read", "ask for the right to write to the file and to its folder"),
    ("SQLITE_BUSY", "another program holds it", "wait until that program has ended, then do it again"),
    ("SQLITE_LOCKED", "another program holds it", "wait until that program has ended, then do it again"),
    ("SQLITE_CANTOPEN", "it cannot be opened", "correct the path, or ask for the right to write in the folder"),
    ("SQLITE_NOTADB", "it is no SQLite database", "correct the path; name a file that `competency` made"),
    ("SQLITE_CORRUPT", *_DAMAGED),
    ("SQLITE_IOERR", "the disk gave an error", "look at the disk; then do it again"),
)


# By the code that PostgreSQL gives an error; of all others its own words are told.
_POSTGRESQL: dict[str, tuple[str, str]] = {
    "25006": ("it may only be read", "ask for the right to write to it, or name the server that takes what is written"),
    "42501": ("you have not the right to do this in it", "ask for the right to write to it"),
    "53100": ("the disk is full", "make room on the server, then do it again"),
    "55P03": ("another program holds it", "wait until that program has ended, then do it again"),
}


class RecordsFault(Exception):
    """The records cannot be read or written. Nothing of what was begun has been kept.

    `is_read_only`: they can be read, and not written.
    """

    def __init__(self, diagnostic: Diagnostic, *, is_read_only: bool = False) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
        self.is_read_only = is_read_only


def records_fault(
    name: str,
    reason: str,
    remedy: str,
    *,
    kind: DiagnosticKind = kinds.RECORDS_UNUSABLE,
    notes: tuple[str, ...] = (_UNCHANGED,),
    is_read_only: bool = False,
) -> RecordsFault:
    """A fault of the records called `name`, for a reason in the middle of a sentence."""
    return RecordsFault(
        Diagnostic(
            kind,
            f"the records in `{name}` cannot be used: {reason}",
            (Label(Place(name)),),
            notes,
            (Fix(remedy),),
            {"records": name},
        ),
        is_read_only=is_read_only,
    )


@contextmanager
def told_as_fault(name: str) -> Iterator[None]:
    """Turns what a database raises into a RecordsFault."""
    try:
        yield
    except DBAPIError as error:
        raise _fault(name, error.orig) from error
    except sqlite3.Error as error:  # where a connection is prepared, nothing stands between
        raise _fault(name, error) from error
    except UnicodeDecodeError as error:  # SQLite quotes what it cannot read, and Python cannot read what it quotes
        raise records_fault(name, *_DAMAGED) from error


def _fault(name: str, cause: BaseException | None) -> RecordsFault:
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorname", "")
        for beginning, reason, remedy in _SQLITE:
            if code.startswith(beginning):
                return records_fault(name, reason, remedy, is_read_only=beginning == "SQLITE_READONLY")
        return records_fault(name, str(cause), "restore a backup, or tell the makers of this program")
    known = _POSTGRESQL.get(getattr(cause, "sqlstate", None) or "")
    if known is not None:
        return records_fault(name, *known, is_read_only=getattr(cause, "sqlstate", None) in {"25006", "42501"})
    lines = str(cause).strip().splitlines()
    reason = lines[0] if lines else type(cause).__name__
    return records_fault(name, reason, "look at the database server and at the address; then do it again")
