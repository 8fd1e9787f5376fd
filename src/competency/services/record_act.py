"""Records an act about learners and, in the same transaction, the decisions that it changes; or shows them beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from competency.diagnostics import Diagnostic
from competency.records.append import Appender
from competency.records.database import Records
from competency.records.read import Knowledge, names_of, newest_decisions
from competency.rules.language.resolved import Declared
from competency.rules.program import ir
from competency.rules.program.reach import Touched
from competency.services.published_books import PublishedBook, book_in_force, open_published
from competency.services.record_run import Change, append_changes, begin_run, changes_of, day_of, decide_known
from competency.services.recorded_facts import Tables, facts_of


@dataclass(frozen=True, slots=True)
class BookInForce:
    """The published book by which is decided, with its program and what it declares."""

    published: PublishedBook
    program: ir.Program
    declared: Declared


@dataclass(frozen=True, slots=True)
class Acted:
    """What an act did: the subjects it touches and a name for it, or why it is refused.

    `touched` are the decisions about them that it can change; none: any.
    """

    subjects: tuple[int, ...] = ()
    name: str = ""
    touched: Touched | None = None
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

    `as_of`: the day for which is decided; none: today. A preview does all of it and keeps nothing.
    """
    with records.writing(now) as appender:
        acted = act(appender)
        if acted.refused:
            appender.discard()
            return ActReport(False, diagnostics=acted.refused)
        changes: tuple[Change, ...] = ()
        if book is not None:
            day = as_of or day_of(appender.recorded_at, book.program.time_zone)
            changes = tuple(redecide(appender, book, acted.subjects, day, by, acted.touched))
        if is_preview:
            appender.discard()
    return ActReport(not is_preview, acted.name, changes)


def redecide(
    appender: Appender,
    book: BookInForce,
    subjects: Iterable[int],
    as_of: date,
    by: str,
    touched: Touched | None = None,
) -> Iterable[Change]:
    """Decide some subjects anew by what is known now, and record what changed; a run is begun only if anything did.

    `touched`: only these decisions can have changed (none: any).
    """
    appender.flush()
    connection = appender.connection
    knowledge = Knowledge(appender.head.position)
    wanted = sorted(set(subjects))
    names = names_of(connection, wanted)
    before = newest_decisions(connection, wanted)
    tables = Tables(book.program.fact_types)
    found: list[tuple[int, tuple[Change, ...]]] = []
    for subject in wanted:
        facts = facts_of(connection, tables, knowledge, names[subject], subject)
        explained = decide_known(book.program, facts, as_of, touched)
        changes = changes_of(names[subject], explained, before.get(subject, {}), as_of, is_partial=touched is not None)
        found += [(subject, told)] if (told := tuple(changes)) else []
    if found:
        run = begin_run(appender, book.published, as_of, by)
        for subject, told in found:
            append_changes(appender, run, subject, told)
    return [change for _, changed in found for change in changed]


def read_book_in_force(
    records: Records, as_of: date | None = None, known_by: str | None = None, *, now: Callable[[], datetime]
) -> tuple[BookInForce | None, tuple[Diagnostic, ...]]:
    """The book in force on a day (none: today), of those published by a time; none, and no diagnostic, where none is."""
    with records.reading() as connection:
        published = book_in_force(connection, as_of or now().date(), known_by)
    if published is None:
        return None, ()
    book, diagnostics = open_published(published.bundle)
    if book is None or book.rules.program is None or book.rules.resolved is None:
        return None, diagnostics
    return BookInForce(published, book.rules.program, book.rules.resolved.declared), ()
