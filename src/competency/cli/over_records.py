"""What the commands over records share: where the records are, who acts, and what a database's refusal looks like."""

from __future__ import annotations

import functools
import getpass
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

from cyclopts import Parameter

from competency.cli.arguments import unusable
from competency.cli.render import Format, report, show_diagnostics, status, write

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic
    from competency.records.append import Appender
    from competency.records.database import Records
    from competency.services.record_act import ActReport, BookInForce

# The file in a book's folder in which records are kept where no other place is named.
RECORDS_NAME = "records.db"

# A waiver of every item can change hundreds.
CHANGES_SHOWN_MAX = 20

P = ParamSpec("P")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class At:
    """Where the records are, and how the outcome is written: options that every command over records takes."""

    db: str | None = None
    """The records: a file, or an address as postgresql://user@host/database."""
    book: Path | None = None
    """The folder of the book, in which the records are where --db does not say."""
    format: Format = "text"
    """How the outcome is written."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class By(At):
    """The same for commands that record who acts."""

    by: str | None = None
    """Who does it; without it, the user of this computer."""


class Stop(Exception):
    """A command cannot go on: the diagnostics say why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(diagnostics[0].message if diagnostics else "")
        self.diagnostics = diagnostics


def over_records(command: Callable[P, int]) -> Callable[P, int]:
    """A command that ends with a message, and not with a trace, where the records cannot do as they are told."""

    @functools.wraps(command)
    def guarded(*arguments: P.args, **options: P.kwargs) -> int:
        from competency.records.fault import RecordsFault

        at = options.get("at")
        format_: Any = at.format if isinstance(at, At) else options.get("format", "text")
        try:
            return command(*arguments, **options)
        except RecordsFault as fault:
            found: tuple[Diagnostic, ...] = (fault.diagnostic,)
        except Stop as stop:
            found = stop.diagnostics
        report(found, format_)
        return status(found)

    return guarded


def clock() -> datetime:
    """The time of this computer."""
    return datetime.now(UTC)


def actor(by: str | None) -> str:
    """Who acts: as `--by` says, or the user of this computer."""
    if by is not None and not by.strip():
        raise Stop(unusable("--by", "it is empty", "write who does it, or leave it out: then it is you"))
    try:
        return by or getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return f"user {os.getuid()}"


def records_address(db: str | None, book: Path | None) -> str:
    """Where the records are: as `--db` says, or in the book's folder, or in this folder if it is one."""
    if db is not None:
        return db
    folder = book if book is not None else Path()
    if book is None and not (folder / "competency.toml").is_file():
        remedy = "name them with --db, or their book with --book; or go into the folder of the book"
        raise Stop(unusable("--db", "it is not said where the records are", remedy))
    if not folder.exists():
        raise Stop(unusable("--book", f"there is no book `{folder}`", "correct the path"))
    return str((folder if folder.is_dir() else folder.parent) / RECORDS_NAME)


@contextmanager
def opened(db: str | None, book: Path | None, *, makes: bool = False) -> Iterator[Records]:
    """The records, opened and closed again."""
    from competency.records.database import open_records

    records = open_records(records_address(db, book), makes=makes)
    if records.is_new:
        write(f"new records were made in {records.name}\n", sys.stderr)
    try:
        yield records
    finally:
        records.close()


def in_force(records: Records, as_of: date | None = None) -> BookInForce:
    """The book in force. Stops where none is published, or it cannot be had."""
    from competency.services.published_books import unpublished
    from competency.services.record_act import read_book_in_force

    book, diagnostics = read_book_in_force(records, as_of, now=clock)
    if book is None:
        raise Stop(*(diagnostics or (unpublished(),)))
    return book


def a_day(text: str | None, option: str) -> date | None:
    """The date of an option, or none where it was not given."""
    from competency.cli.arguments import read_as_of

    if text is None:
        return None
    day, wrong = read_as_of(text, option)
    if day is None:
        raise Stop(*wrong)
    return day


def needed(text: str, option: str, what: str) -> str:
    """A text that must say something."""
    if not text.strip():
        raise Stop(unusable(option, "it is empty", what))
    return text


def told_act(acted: ActReport, format_: Format, words: str) -> int:
    """What an act did, on the screen: its words and the decisions that changed, or why it was refused."""
    if format_ == "json":
        changes = change_records(acted)
        report(acted.diagnostics, format_, recorded=acted.is_recorded, name=acted.name, changes=changes)
        return status(acted.diagnostics)
    show_diagnostics(acted.diagnostics)
    if not acted.diagnostics:
        write(f"{words}\n")
        show_changes(acted)
    return status(acted.diagnostics)


def change_records(acted: ActReport) -> list[dict[str, str]]:
    """The decisions that an act changes, as plain JSON values."""
    found = []
    for each in acted.changes:
        rule, _, item = each.key.partition("|")
        told = {"learner": each.learner, "rule": rule, "item": item, "before": each.before, "outcome": each.outcome}
        found.append(told)
    return found


def show_changes(acted: ActReport) -> None:
    """The decisions that an act changes, a line each; those that come out otherwise first."""
    if not acted.changes:
        write("no decision changes\n")
    told = sorted(acted.changes, key=lambda change: change.before == change.outcome)
    for change in told[:CHANGES_SHOWN_MAX]:
        before = change.before or "no decision"
        same = " (for other reasons)" if change.before == change.outcome else ""
        write(f"  {change.learner}, {decision_words(change.key)}: {before} -> {change.outcome}{same}\n")
    if len(told) > CHANGES_SHOWN_MAX:
        write(f"  and {len(told) - CHANGES_SHOWN_MAX:,} more; --format json lists them all\n")


def decision_words(key: str) -> str:
    """What a decision is about, as it is read: `credit course of MATH-101`."""
    rule, _, item = key.partition("|")
    return f"{rule} of {item}" if item else rule


def moment_text(recorded_at: str) -> str:
    """A time of the ledger for people, to the second."""
    return f"{recorded_at[:19].replace('T', ' ')} UTC"


def told_that_seen(records: Records, record: Callable[[Appender], None]) -> None:
    """Record that somebody looked; records that may only be read are shown all the same, and that is said."""
    from competency.records.fault import RecordsFault

    try:
        with records.writing(clock) as appender:
            record(appender)
    except RecordsFault as fault:
        if not fault.is_read_only:
            raise
        write("that somebody looked was not recorded: these records may only be read\n", sys.stderr)


def confirmed(question: str, is_confirmed: bool) -> bool:
    """Whether somebody says yes: with the option, or at the terminal."""
    if is_confirmed:
        return True
    if not sys.stdin.isatty():
        return False
    write(f"{question} [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
