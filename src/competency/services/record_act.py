"""Records an act about learners and, in the same transaction, the decisions that it changes; or shows them beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from competency.diagnostics import Diagnostic
from competency.records.append import Appender
from competency.records.database import Records
from competency.records.entries import time_text
from competency.rules.language.resolved import Declared
from competency.rules.program import ir
from competency.services.published_books import PublishedBook, book_in_force, open_published, still_in_force
from competency.services.record_run import Change, day_of, redecide


@dataclass(frozen=True, slots=True)
class BookInForce:
    """The published book by which is decided, with its program and what it declares."""

    published: PublishedBook
    program: ir.Program
    declared: Declared


@dataclass(frozen=True, slots=True)
class Acted:
    """What an act did: the subjects it touches and a name for it, or why it is refused."""

    subjects: tuple[int, ...] = ()
    name: str = ""
    refused: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class ActReport:
    """An act with the decisions that it changes. `is_recorded` is False for a preview, and where it was refused."""

    is_recorded: bool
    name: str = ""
    changes: tuple[Change, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def record_act(
    records: Records,
    act: Callable[[Appender], Acted],
    *,
    book: BookInForce | None,
    by: str,
    now: Callable[[], datetime],
    is_preview: bool = False,
    as_of: date | None = None,
) -> ActReport:
    """Carry out an act and decide anew whom it touches, by the book in force (none: nothing is decided).

    `as_of`: the day for which is decided; none: today. A preview does all of it and keeps nothing. Where another book was
    put in force since `book` was read, is decided by that one.
    """
    with records.writing(now) as appender:
        acted = act(appender)
        if acted.refused:
            appender.discard()
            return ActReport(False, diagnostics=acted.refused)
        changes: tuple[Change, ...] = ()
        if book is not None:
            day = as_of or day_of(appender.recorded_at, book.program.time_zone)
            published = still_in_force(appender.connection, book.published, day)
            if published.position != book.published.position:
                book, problems = _open(published)
                if book is None:
                    appender.discard()
                    return ActReport(False, diagnostics=problems)
            changes = redecide(appender, book.published, book.program, acted.subjects, day, by)
        if is_preview:
            appender.discard()
    return ActReport(not is_preview, acted.name, changes)


def read_book_in_force(
    records: Records, as_of: date | None = None, known_by: str | None = None, *, now: Callable[[], datetime]
) -> tuple[BookInForce | None, tuple[Diagnostic, ...]]:
    """The book in force on a day (none: today), of those published by a time; none, and no diagnostic, where none is.

    Which day today is, the book itself says: it may know a time zone.
    """
    moment = now()
    with records.reading() as connection:
        published = book_in_force(connection, as_of or moment.date(), known_by)
    if published is None:
        return None, ()
    book, diagnostics = _open(published)
    if book is None or as_of is not None:
        return book, diagnostics
    with records.reading() as connection:
        today = day_of(time_text(moment), book.program.time_zone)
        at_home = book_in_force(connection, today, known_by)
    return (book, ()) if at_home is None or at_home.position == published.position else _open(at_home)


def _open(published: PublishedBook) -> tuple[BookInForce | None, tuple[Diagnostic, ...]]:
    book, diagnostics = open_published(published.bundle)
    if book is None or book.rules.program is None or book.rules.resolved is None:
        return None, diagnostics
    return BookInForce(published, book.rules.program, book.rules.resolved.declared), ()
