"""By what is decided: a book and a folder of facts, or records with the book that is in force in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import read_known_on, unusable
from competency.cli.laid_out import (
    fit,
    has_label,
    label_lacking,
    lay_out_known_told,
    lay_out_told,
    of_snapshot,
    passing_snapshot,
    rows_left_out,
)
from competency.cli.over_records import Stop, opened
from competency.cli.progress import progress

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic
    from competency.interchange.counts import Counts
    from competency.interchange.fact_set import Facts
    from competency.records.database import Records
    from competency.rules.language import syntax
    from competency.rules.program.ir import Program
    from competency.services.engines import EngineChoice
    from competency.services.published_books import PublishedBook
    from competency.services.read_book import Book


@dataclass(frozen=True, slots=True)
class Laying:
    """For which engine facts are laid out before they are decided from, and beside which file for that while."""

    engine: EngineChoice
    beside: Path


@dataclass(frozen=True, slots=True)
class Source:
    """A program with the texts that it was made of, facts, and what is wrong with them. `rows`: those of a folder."""

    program: Program
    texts: Sequence[syntax.RuleText]
    facts: Facts
    known_on: datetime | None
    diagnostics: tuple[Diagnostic, ...] = ()
    rows: Counts | None = None
    records: Records | None = None

    def learner(self, name: str) -> str:
        """The learner of a name. Stops where there is none; one who had another name in records is meant by either."""
        from competency.services.read_book_facts import unknown_learner
        from competency.services.recorded_facts import RecordedFacts

        if name not in self.facts and isinstance(self.facts, RecordedFacts):
            name = self.facts.name_of(name)
        if name not in self.facts:
            raise Stop(*self.diagnostics, unknown_learner(name, self.facts))
        return name


@contextmanager
def source_of(
    book: Path | None,
    facts: Path | None,
    db: str | None,
    as_of: date,
    known_on: str | None,
    rejects: Path | None = None,
    laying: Laying | None = None,
) -> Iterator[Source]:
    """What `--facts` or `--db` names; with `laying`, laid out. `--facts` may name a snapshot too. Raises Stop."""
    if facts is not None and db is not None:
        raise Stop(unusable("--facts", "--db is given as well", "name the folder or the records, not both"))
    if facts is not None:
        yield from _from_folder(_needed(book), facts, known_on, rejects, laying)
        return
    with opened(db, book) as records:
        yield from _from_records(records, book, as_of, known_on, laying)


def published_or(
    records: Records, book: Path | None, as_of: date, known_by: str | None
) -> tuple[Book, PublishedBook | None]:
    """The rules of the book at a path, or else of the book in force; with the published book, if there is one."""
    from competency.services.published_books import book_in_force, open_published, unpublished
    from competency.services.read_book import read_book

    with records.reading() as connection:
        published = book_in_force(connection, as_of, known_by)
    if book is not None:
        opened_, diagnostics = read_book(book)
    elif published is not None:
        opened_, diagnostics = open_published(published.bundle)
    else:
        raise Stop(unpublished(known_by))
    if opened_ is None or opened_.rules.program is None or opened_.rules.resolved is None:
        raise Stop(*diagnostics)
    return opened_, published


def _needed(book: Path | None) -> Path:
    if book is None:
        raise Stop(unusable("BOOK", "it is not said by which book", "name the folder of the book"))
    return book


def _from_folder(
    book: Path, folder: Path, known_on: str | None, rejects: Path | None, laying: Laying | None
) -> Iterator[Source]:
    from competency.services.read_book import read_book
    from competency.services.read_book_facts import read_book_facts
    from competency.services.replace_file import unwritable

    opened_, diagnostics = read_book(book)
    if opened_ is None or opened_.rules.program is None or opened_.rules.resolved is None:
        raise Stop(*diagnostics)
    program, declared, texts = opened_.rules.program, opened_.rules.resolved.declared, opened_.rules.texts
    moment, wrong = read_known_on(known_on, program.time_zone)
    if wrong:
        raise Stop(*wrong)
    if lacking := label_lacking(folder):
        raise Stop(*lacking)
    if has_label(folder):
        with fit():
            laid_out = of_snapshot(folder, program, declared)
            if moment is not None and laid_out.is_of_records:
                what = "the snapshot holds what records knew when it was laid out, and not what they knew before"
                raise Stop(unusable("--known-on", what, "decide from the records themselves, with --db"))
            yield Source(program, texts, laid_out, moment, rows_left_out(folder, laid_out.rejected))
    elif laying is not None:
        with passing_snapshot(laying.beside) as path:
            made = lay_out_told(program, declared, folder, path, rejects, laying.engine)
            yield Source(program, texts, of_snapshot(path, program, declared), moment, made.diagnostics, made.total)
    else:
        try:
            with progress("reading facts") as told:
                read = read_book_facts(program, declared, folder, rejects=rejects, progress=told)
        except OSError as error:
            raise Stop(unwritable(rejects or folder, error)) from error
        if read.facts is None:
            raise Stop(*read.diagnostics)
        yield Source(program, texts, read.facts, moment, read.diagnostics, read.total)


def _from_records(
    records: Records, book: Path | None, as_of: date, known_on: str | None, laying: Laying | None
) -> Iterator[Source]:
    from competency.records.read import Knowledge, head_position
    from competency.rules.program.fingerprint import fingerprint
    from competency.services.published_books import beside_the_one_in_force
    from competency.services.recorded_facts import RecordedFacts

    if book is None and known_on is not None:
        # a date ends in the zone of the district, which its newest book names
        latest, _ = published_or(records, None, as_of, None)
        zone = _program(latest).time_zone
        known_by = _known_by(known_on, zone)
        opened_, published = published_or(records, None, as_of, known_by)
    else:
        opened_, published = published_or(records, book, as_of, None)
        zone = _program(opened_).time_zone
        known_by = _known_by(known_on, zone)
    program = _program(opened_)
    moment, wrong = read_known_on(known_on, zone)
    if wrong:
        raise Stop(*wrong)
    other: tuple[Diagnostic, ...] = ()
    if book is not None and published is not None and fingerprint(program) != published.bundle.fingerprint:
        other = (beside_the_one_in_force(book, published),)
    with records.reading() as connection:
        knowledge = Knowledge(head_position(connection), known_by)
        facts = RecordedFacts(connection, program.fact_types, knowledge)
        if laying is None:
            yield Source(program, opened_.rules.texts, facts, moment, other, records=records)
        else:
            resolved = opened_.rules.resolved
            assert resolved is not None  # a book without one was refused
            with passing_snapshot(laying.beside) as path:
                lay_out_known_told(program, facts, path, laying.engine)
                laid_out = of_snapshot(path, program, resolved.declared)
                yield Source(program, opened_.rules.texts, laid_out, moment, other, records=records)


def _program(book: Book) -> Program:
    program = book.rules.program
    assert program is not None  # a book without one was refused
    return program


def _known_by(known_on: str | None, zone: str) -> str | None:
    from competency.records.entries import time_text

    moment, wrong = read_known_on(known_on, zone)
    if wrong:
        raise Stop(*wrong)
    return time_text(moment) if moment is not None else None
