"""Processes of their own that do one job on records, and die in the middle of it when they are told to.

Run as a program it takes orders, a line of JSON each: several jobs that begin at once. Every job gets a process, forked
from one that has everything loaded; the answer says how each ended.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, insert
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

import competency
from competency.cli.application import run_application
from competency.diagnostics import kinds
from competency.records import database, migrate
from competency.records.connection import Connection, Quick
from competency.records.database import migrate_records, open_records
from competency.records.dump import restore_dump, write_dump
from competency.records.fault import RecordsFault
from competency.records.migrate import revisions_known
from competency.records.schema import LEDGER, PAYLOADS
from competency.records.verify import verify_records
from competency.rules.read_rules import parse_texts
from competency.services import record_run
from competency.services.correct_fact import correct_fact
from competency.services.intake import Intake
from competency.services.new_book import new_book
from competency.services.read_book import read_book
from competency.services.replay_decisions import replay_decisions
from competency.source import SourceText

from .conftest import Clock, District, evidence

TESTS = Path(__file__).resolve().parents[1]

# So small that one run of a handful of learners commits several times.
LEARNERS_AT_ONCE = 2

DAY = date(2026, 11, 2)

LEARNERS = "\n".join(["learner", "L1", "L2", "L3", "L4", "L5"]) + "\n"
BEFORE = evidence(
    "E1,L1,SCI.DATA,3,2026-09-10,2026-09-10T12:00:00Z,project,teacher,LMS,1",
    "E2,L1,SCI.DATA,4,2026-10-12,2026-10-12T12:00:00Z,test,teacher,LMS,2",
    "E3,L2,SCI.INQ,2,2026-09-14,2026-09-14T12:00:00Z,project,teacher,LMS,3",
    "E4,L3,SCI.ARG,4,2026-10-01,2026-10-01T12:00:00Z,exhibition,teacher,LMS,4",
    "E5,L4,SCI.INQ,3,2026-10-02,2026-10-02T12:00:00Z,test,teacher",
    "E6,L5,SCI.INQ,1,2026-10-02,2026-10-02T12:00:00Z,test,teacher",
)
# One piece corrected, one gone, one under another key, and two new ones, of which one is a new learner's.
AFTER = evidence(
    "E1,L1,SCI.DATA,2,2026-09-10,2026-09-10T12:00:00Z,project,teacher,LMS,1",
    "E2,L1,SCI.DATA,4,2026-10-12,2026-10-12T12:00:00Z,test,teacher,LMS,2",
    "E9,L2,SCI.INQ,2,2026-09-14,2026-09-14T12:00:00Z,project,teacher,LMS,3",
    "E5,L4,SCI.INQ,3,2026-10-02,2026-10-02T12:00:00Z,test,teacher",
    "E6,L5,SCI.INQ,1,2026-10-02,2026-10-02T12:00:00Z,test,teacher",
    "E7,L5,SCI.DATA,3,2026-10-05,2026-10-05T12:00:00Z,project,teacher",
    "E8,L6,SCI.DATA,3,2026-10-05,2026-10-05T12:00:00Z,project,teacher",
)


@dataclass(frozen=True, slots=True)
class Order:
    """A job on the records at `where`. `folder`: where the process may write.

    `kill_at`: the point at which the process kills itself; `kill_after`: seconds after which it is killed. `options` are
    the job's own.
    """

    job: str
    where: str
    folder: str
    kill_at: int | None = None
    kill_after: float | None = None
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: the points it came by, whether it was killed, what it says, and the fault that it met."""

    points: int = 0
    is_killed: bool = False
    said: Any = None
    fault: str = ""


class Processes:
    """The process that has everything loaded; it is asked for jobs."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "records.processes"],
            cwd=TESTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def carry_out(self, *orders: Order) -> list[Ended]:
        """Begin jobs at once and wait until all have ended. A job that failed fails the test."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        lines = [{name: getattr(order, name) for name in Order.__slots__} for order in orders]
        self._process.stdin.write(json.dumps(lines) + "\n")
        self._process.stdin.flush()
        answers = json.loads(self._process.stdout.readline())
        failed = [answer["failed"] for answer in answers if "failed" in answer]
        assert not failed, "\n".join(failed)
        return [Ended(**answer) for answer in answers]

    def stop(self) -> None:
        """End the process that waits for orders."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


class Points:
    """Counts the points at which a process can be killed, and kills it at one of them.

    Before and after every statement, before every commit and after it, when the connection is given back; for SQLite also
    where a connection is made and prepared.
    """

    def __init__(self, kill_at: int | None) -> None:
        self.number = 0
        self._kill_at = kill_at
        event.listen(Engine, "before_cursor_execute", self.pass_by)
        event.listen(Engine, "after_cursor_execute", self.pass_by)
        event.listen(Engine, "commit", self.pass_by)
        event.listen(Pool, "reset", self.pass_by)
        event.listen(Pool, "connect", self._trace)
        ask = Quick.rows

        def rows(question: Quick, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
            self.pass_by()
            answer = ask(question, connection, **values)
            self.pass_by()
            return answer

        Quick.rows = rows  # type: ignore[method-assign, assignment]  # this process does one job, and ends

    def pass_by(self, *_: Any) -> None:
        """A point."""
        self.number += 1
        if self.number == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _trace(self, connection: Any, _: Any) -> None:
        self.pass_by()
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(lambda sql: self.pass_by() if sql.startswith(("PRAGMA", "BEGIN")) else None)


def _district(order: Order, *, makes: bool = False) -> District:
    folder = Path(order.folder)
    return District(open_records(order.where, makes=makes), Clock(), folder / "book", folder / "facts")


def revise(book: Path) -> None:
    """Change a rule of a book, so that another one is published."""
    rules = book / "policy.rules"
    text = rules.read_text(encoding="utf-8")
    number = text.split("latest up to ")[1].split(" ", 1)[0]
    rules.write_text(text.replace(f"latest up to {number} ", f"latest up to {int(number) + 1} "), encoding="utf-8")


def _book(order: Order) -> None:
    """A book, and beside it the dump of records in which it is published and everybody is decided."""
    folder = Path(order.folder)
    new_book(folder / "book")
    district = _district(order, makes=True)
    district.publish()
    district.bring({"learners": LEARNERS, "evidence": BEFORE})
    dump = folder / "facts.jsonl.gz"
    with district.records.reading() as connection:
        write_dump(connection, dump)
    district.run()
    with district.records.reading() as connection:
        write_dump(connection, folder / "decided.jsonl.gz")
    shutil.copytree(folder / "book", folder / "revised")
    revise(folder / "revised")


def _restore(order: Order) -> None:
    records = open_records(order.where, makes=True)
    with records.writing(Clock()) as appender:
        restore_dump(appender.connection, Path(order.folder) / str((order.options or {})["dump"]))
    records.close()


def _older(order: Order) -> None:
    """Records of the form 0001 with everything that a dump holds, of which that form keeps no outbox."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    engine, _ = database._engine(order.where)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
    source = open_records(str(Path(order.folder) / "records.db"))
    writer = database._writer(engine)
    with writer, database._exclusively(writer, locks=False) as connection, source.reading() as whole:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for table in (LEDGER, PAYLOADS):
            connection.execute(insert(table), [dict(row) for row in whole.execute(table.select()).mappings()])
    engine.dispose()
    source.close()


def _make(order: Order) -> None:
    _district(order, makes=True).publish()


def _only_make(order: Order) -> None:
    open_records(order.where, makes=True).close()


def _publish(order: Order) -> None:
    district = _district(order)
    district.book = Path(order.folder) / "revised"
    district.publish("Revised")


def _import(order: Order) -> dict[str, int]:
    report = _district(order).bring({"learners": LEARNERS + "L6\n", "evidence": AFTER}, is_complete=True)
    assert report.is_written, report.diagnostics
    return dict(report.removed)


def _decide(order: Order) -> int:
    record_run.LEARNERS_AT_ONCE = LEARNERS_AT_ONCE
    return _district(order).run(DAY).changed


def _correct(order: Order) -> None:
    """Correct a score. A correction that stands already is refused, and that is where it was to come to."""
    district = _district(order)
    report = correct_fact(
        district.records,
        Intake(district.in_force()),
        "evidence",
        fact="E1",
        cells={"score": "1"},
        removes=False,
        by="registrar",
        reason="Typed wrong",
        now=district.clock,
        is_preview=False,
    )
    assert report.is_recorded or "says so already" in report.diagnostics[0].message, report.diagnostics


def _migrate(order: Order) -> None:
    migrate_records(order.where)


def _command(order: Order) -> int:
    """A command as it is typed; `user`: as whom."""
    options = order.options or {}
    if "user" in options:
        _load_everything()
        os.setgroups([])
        os.setgid(options["user"])
        os.setuid(options["user"])
    out = Path(order.folder) / "said.txt"
    with out.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        return run_application(options["arguments"])


def _load_everything() -> None:
    """Read what the program reads of itself: another user may not enter the folder in which it is installed."""
    for module in pkgutil.walk_packages(competency.__path__, "competency."):
        if "migrations" not in module.name and ".testing" not in module.name:
            with contextlib.suppress(ModuleNotFoundError):  # an engine that is not installed
                importlib.import_module(module.name)
    revisions_known()
    create_engine("sqlite://").connect().close()
    parse_texts([SourceText("nothing", "")])


@dataclass
class _Unsteady:
    """The clock of one computer among several, which differ by a minute and a half."""

    random: Random
    time: datetime = datetime(2026, 11, 2, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time + timedelta(seconds=self.random.uniform(0, 90))


def _unsteady(order: Order) -> tuple[District, Mapping[str, Any], Random]:
    options = order.options or {}
    random = Random(options["seed"])
    district = _district(order)
    district.clock = _Unsteady(random)  # type: ignore[assignment]
    district.folder = Path(order.folder) / f"facts of {options['name']}"
    return district, options, random


def _send(order: Order) -> list[tuple[str, str]]:
    """A writer: sends a row at a time, some of them again with another score. What was acknowledged, in order."""
    district, options, random = _unsteady(order)
    acknowledged: list[tuple[str, str]] = []
    for number in range(options["times"]):
        row = _row(f"{options['name']}-{random.randint(0, number)}", random)
        report = district.send("evidence", **row)
        assert not report.diagnostics, report.diagnostics
        acknowledged.append((row["evidence_id"], row["score"]))
    return acknowledged


def _bring(order: Order) -> list[tuple[str, str]]:
    """A writer: imports tables of a few rows. What was acknowledged, in order."""
    district, options, random = _unsteady(order)
    acknowledged: list[tuple[str, str]] = []
    for number in range(options["times"]):
        rows = [_row(f"{options['name']}-{number + more}", random) for more in range(3)]
        report = district.bring({"learners": LEARNERS, "evidence": evidence(*(",".join(row.values()) for row in rows))})
        assert report.is_written, report.diagnostics
        acknowledged += [(row["evidence_id"], row["score"]) for row in rows]
    return acknowledged


def _row(identity: str, random: Random) -> dict[str, str]:
    return {
        "evidence_id": identity,
        "learner": f"L{1 + sum(identity.encode()) % 3}",
        "competency": random.choice(["SCI.INQ", "SCI.DATA", "SCI.ARG"]),
        "score": str(random.randint(1, 4)),
        "assessed_on": f"2026-10-{random.randint(1, 28):02}",
        "recorded_at": "2026-10-30T12:00:00Z",
        "method": random.choice(["test", "project"]),
        "role": "teacher",
    }


def _run_often(order: Order) -> dict[str, int]:
    """A decider. How many decisions it recorded, and how often another book was put in force before it had ended."""
    district, options, _ = _unsteady(order)
    record_run.LEARNERS_AT_ONCE = 1
    changed = superseded = 0
    for _ in range(options["times"]):
        force = district.in_force()
        run, wrong = record_run.record_run(
            district.records, force.published, force.program, as_of=DAY, by="registrar", now=district.clock
        )
        assert run is not None or wrong[0].kind is kinds.BOOK_UNPUBLISHED, wrong
        changed += run.changed if run is not None else 0
        superseded += run is None
    return {"changed": changed, "superseded": superseded}


def _publish_often(order: Order) -> int:
    """A publisher of ever other rules. How many books it published."""
    district, options, random = _unsteady(order)
    district.book = Path(order.folder) / f"book of {options['name']}"
    shutil.copytree(Path(order.folder) / "book", district.book)
    for _ in range(options["times"]):
        revise(district.book)
        district.publish()
        sleep(random.uniform(0, 0.1))
    return int(options["times"])


def _look_often(order: Order) -> int:
    """An auditor: verifies and replays while others write. How often it did."""
    district, options, _ = _unsteady(order)
    for _ in range(options["times"]):
        with district.records.reading() as connection:
            verified = verify_records(connection)
            assert verified.is_sound, verified.faults
            assert not replay_decisions(connection).differences
    return int(options["times"])


def _hold(order: Order) -> None:
    """A writer that takes its time: it says that it holds the records, and holds them until it is killed."""
    records = open_records(order.where)
    with records.writing(Clock()):
        Path(order.folder, "held").touch()
        sleep(600)


JOBS: Mapping[str, Callable[[Order], Any]] = {
    "book": _book,
    "restore": _restore,
    "older": _older,
    "make": _make,
    "only make": _only_make,
    "publish": _publish,
    "import": _import,
    "decide": _decide,
    "correct": _correct,
    "migrate": _migrate,
    "command": _command,
    "send": _send,
    "bring": _bring,
    "run often": _run_often,
    "publish often": _publish_often,
    "look often": _look_often,
    "hold": _hold,
}


def _begin(order: Order) -> tuple[int, int]:
    """The process that does a job, and where it answers."""
    reading, answering = os.pipe()
    process = os.fork()
    if process:
        os.close(answering)
        return process, reading
    try:
        points = Points(order.kill_at)
        try:
            answer: dict[str, Any] = {"said": JOBS[order.job](order)}
        except RecordsFault as fault:
            answer = {"fault": fault.diagnostic.message}
        answer["points"] = points.number
    except BaseException:  # noqa: BLE001 - whatever happened, the test is to hear of it
        answer = {"failed": traceback.format_exc()}
    with os.fdopen(answering, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os._exit(0)


def _end(order: Order, process: int, reading: int) -> dict[str, Any]:
    """What a job answers, once it has ended."""
    if order.kill_after is not None:
        sleep(order.kill_after)
        os.kill(process, signal.SIGKILL)
    with os.fdopen(reading, encoding="utf-8") as file:
        text = file.read()
    _, how = os.waitpid(process, 0)
    if os.WIFSIGNALED(how):
        return {"is_killed": True}
    answer: dict[str, Any] = json.loads(text)
    return answer


def _carry_out(orders: Sequence[Order]) -> list[dict[str, Any]]:
    begun = [_begin(order) for order in orders]
    return [_end(order, *each) for order, each in zip(orders, begun, strict=True)]


def _answers(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield json.dumps(_carry_out([Order(**values) for values in json.loads(line)]))


def _load() -> None:
    """Read a book, so that whoever is forked has everything that reading one takes."""
    with tempfile.TemporaryDirectory() as folder:
        new_book(Path(folder) / "book")
        read_book(Path(folder) / "book")


if __name__ == "__main__":
    _load()
    for answer_ in _answers(sys.stdin):
        sys.stdout.write(answer_ + "\n")
        sys.stdout.flush()
