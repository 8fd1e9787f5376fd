"""Records of both kinds, a clock that the tests set, and a small district to keep in them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from competency.interchange.cells import CellContext
from competency.interchange.counts import Counts
from competency.model.facts import FactType
from competency.records.database import Records, open_records
from competency.records.read import subjects_of
from competency.rules.language.resolved import Declared
from competency.services.import_facts import ImportReport
from competency.services.intake import Intake
from competency.services.new_book import new_book
from competency.services.published_books import publish_book
from competency.services.read_book_facts import single_scale, zone_of
from competency.services.record_act import ActReport, BookInForce, read_book_in_force
from competency.services.record_event import record_event
from competency.services.record_import import record_import
from competency.services.record_run import RunReport, record_run
from competency.services.table_folder import TableFolder

if TYPE_CHECKING:
    from .processes import Processes

EVIDENCE_COLUMNS = "evidence_id,learner,competency,score,assessed_on,recorded_at,method,role,source,external_id"


# The long profile is not for every run: it tries all points and more of everything.
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"

# A file to which every reliability test adds a line of what it did, for `benchmarks/reliability.py`.
RELIABILITY = "COMPETENCY_RELIABILITY"


class Measured(Protocol):
    """Tells what was done, on which database, how often, and by which seed it can be done again."""

    def __call__(self, what: str, database: str, seed: int | str | None = None, **counts: int) -> None: ...


@pytest.fixture
def measured() -> Measured:
    """Adds a line to the file that COMPETENCY_RELIABILITY names; without it, does nothing."""

    def tell(what: str, database: str, seed: int | str | None = None, **counts: int) -> None:
        name = os.environ.get(RELIABILITY)
        if name:
            line = json.dumps({"what": what, "database": database, "counts": counts, "seed": seed})
            with Path(name).open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    return tell


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    time: datetime = datetime(2026, 11, 2, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_days(self, days: int) -> None:
        """Move it on."""
        self.time += timedelta(days=days)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where records can be kept: in a file, and on a server."""
    if request.param == "sqlite":
        return str(tmp_path / "records.db")
    address: str = request.getfixturevalue("postgresql")
    return address


@pytest.fixture
def records(where: str) -> Iterator[Records]:
    """Empty records."""
    opened = open_records(where, makes=True)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def processes() -> Iterator[Processes]:
    """Asked for jobs that are done in processes of their own, which can be killed."""
    from .processes import Processes

    started = Processes()
    yield started
    started.stop()


@dataclass
class District:
    """Records with what people do to them. Facts go in as tables of text, as an export brings them."""

    records: Records
    clock: Clock
    book: Path
    folder: Path
    tables: dict[str, str] = field(default_factory=dict)

    def publish(self, reason: str = "Adopted") -> None:
        """Put the book in force."""
        published = publish_book(
            self.records, self.book, by="registrar", reason=reason, begins=None, private_key=None, now=self.clock
        )
        assert published.bundle is not None, published.diagnostics

    def bring(self, tables: Mapping[str, str], **options: bool) -> ImportReport:
        """Import these tables."""
        self.folder.mkdir(exist_ok=True)
        for path in self.folder.iterdir():
            path.unlink()
        for name, text in tables.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return record_import(
            self.records,
            TableFolder(tuple(self.fact_types.values())),
            self.folder,
            rejects=self.folder.parent / "rejected.csv",
            by="registrar",
            now=self.clock,
            fact_types=tuple(self.fact_types.values()),
            is_complete=options.get("is_complete", False),
            takes_their_time=options.get("takes_their_time", False),
        )

    def run(self, as_of: date | None = None) -> RunReport:
        """Decide, and record what changed."""
        force = self.in_force()
        run, diagnostics = record_run(
            self.records, force.published, force.program, as_of=as_of, by="registrar", now=self.clock
        )
        assert run is not None, diagnostics
        return run

    def send(self, table: str, **cells: str) -> ActReport:
        """One row, as it happens."""
        return record_event(self.records, Intake(self.in_force()), table, cells, by="registrar", now=self.clock)

    def subject(self, learner: str) -> int:
        """As whom the records know a learner."""
        with self.records.reading() as connection:
            return subjects_of(connection, [learner])[learner]

    def in_force(self) -> BookInForce:
        """The book in force."""
        book, diagnostics = read_book_in_force(self.records, now=self.clock)
        assert book is not None, diagnostics
        return book

    @property
    def fact_types(self) -> Mapping[str, FactType]:
        """The tables."""
        from competency.model.facts import BUILT_IN

        return {each.plural: each for each in BUILT_IN}


def context_of(declared: Declared) -> CellContext:
    """The scale and the time zone of a book."""
    return CellContext(single_scale(declared), zone_of(declared))


def drop_examples(book: Path) -> None:
    """Take the examples out of a book that a test changes: they say how it decided before."""
    for path in book.rglob("*.rules"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^example .*?^end\n", "", text, flags=re.MULTILINE | re.DOTALL), encoding="utf-8")


@pytest.fixture
def district(records: Records, clock: Clock, tmp_path: Path) -> District:
    """A district with a book and no facts yet."""
    book = tmp_path / "book"
    files, diagnostics = new_book(book)
    assert files, diagnostics
    drop_examples(book)
    return District(records, clock, book, tmp_path / "facts")


def evidence(*rows: str) -> str:
    """A table of evidence of these rows, in the order of EVIDENCE_COLUMNS; cells at the end may be left out."""
    width = len(EVIDENCE_COLUMNS.split(","))
    return "\n".join([EVIDENCE_COLUMNS, *(row + "," * (width - 1 - row.count(",")) for row in rows)]) + "\n"


def counts(report: ImportReport, table: str) -> Counts:
    """The counts of a table."""
    return report.counts[table]
