"""Whatever is sent, in whatever order and however often: what is known and decided is what a plain dictionary says.

Hypothesis makes up the lives of small districts and prints the steps, and how to do them again, of one that goes wrong.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import FactSet, Row, fact_set
from competency.interchange.recorded_rows import cells_of
from competency.model.facts import EVIDENCE, LEARNERS, PROGRAMS
from competency.records.database import Records, open_records
from competency.records.read import Knowledge, all_subjects, head_position, newest_decisions
from competency.rules.interpreter.decide import decide
from competency.services.decision_content import (
    closing_content,
    decision_content,
    decision_key,
    is_same_decision,
    says_something,
)
from competency.services.erase_learner import erase_learner
from competency.services.import_facts import ImportReport
from competency.services.new_book import new_book
from competency.services.recorded_facts import RecordedFacts, Tables, facts_of
from competency.services.replay_decisions import replay_decisions
from competency.services.verify_everything import verify_everything
from competency.testing.database_server import empty_schema

from .conftest import Clock, District, Measured, context_of
from .lived import correct

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
MACHINES = settings(
    max_examples=150 if IS_LONG else 8,
    stateful_step_count=40 if IS_LONG else 20,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

TYPES = {each.plural: each for each in (LEARNERS, PROGRAMS, EVIDENCE)}
LEARNER_NAMES = ("Ana", "Ben", "Cleo")
EVIDENCE_NAMES = ("E1", "E2", "E3", "E4", "E5")

# Three books: another threshold; no courses, and another rule about breadth.
EASIER = (("at least Proficient", "at least Developing"),)
WITHOUT_CREDIT = (("number of different methods is at least 2", "number of different methods is at least 1"),)
CREDIT = ('credit course "Credit by competency"', "example ")

# The facts about learners: who it is about, and the cells; by table and what names the row there.
Key = tuple[str, tuple[str, ...]]
Cells = Mapping[str, str]


@st.composite
def pieces_of_evidence(draw: st.DrawFn) -> dict[str, str]:
    """A row of evidence of a small world, so that rows meet."""
    row = {
        "evidence_id": draw(st.sampled_from(EVIDENCE_NAMES)),
        "learner": draw(st.sampled_from(LEARNER_NAMES)),
        "competency": draw(st.sampled_from(["SCI.DATA", "SCI.INQ"])),
        "score": str(draw(st.integers(1, 4))),
        "assessed_on": draw(st.sampled_from(["2026-09-10", "2026-10-01T09:30:00", "2026-10-20"])),
        "method": draw(st.sampled_from(["test", "project"])),
    }
    if draw(st.booleans()):
        row |= {"source": "LMS", "external_id": draw(st.sampled_from(["1", "2", "3"]))}
    match draw(st.integers(0, 9)):
        case 0:
            row["withdrawn_at"] = "2026-10-25T12:00:00Z"
        case 1 | 2:
            row["supersedes"] = draw(st.sampled_from(EVIDENCE_NAMES))
        case 3:
            row["excused"] = "yes"
    return row


PROGRAM_ROWS = st.fixed_dictionaries(
    {
        "learner": st.sampled_from(LEARNER_NAMES),
        "program": st.just("IEP"),
        "begins_on": st.sampled_from(["2026-08-01", "2026-12-01"]),
        "ends_on": st.sampled_from(["", "2026-09-01"]),
    }
)
LEARNER_ROWS = st.fixed_dictionaries(
    {"learner": st.sampled_from(LEARNER_NAMES), "school": st.sampled_from(["", "North", "South"])}
)


def without_repeats(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Rows of which no two have one name, be it here or at their source."""
    found: list[dict[str, str]] = []
    seen: set[str] = set()
    for row in rows:
        names = {row["evidence_id"], f"source {row.get('external_id', row['evidence_id'])}"}
        if not names & seen:
            found.append(row)
            seen |= names
    return found


EVIDENCE_TABLES = st.lists(pieces_of_evidence(), max_size=5).map(without_repeats)
PROGRAM_TABLES = st.lists(PROGRAM_ROWS, max_size=2, unique_by=lambda row: (row["learner"], row["begins_on"]))
LEARNER_TABLES = st.lists(LEARNER_ROWS, max_size=3, unique_by=lambda row: row["learner"])


def table_text(rows: Sequence[Cells], plural: str) -> str:
    """Rows as a file."""
    names = [column.name for column in TYPES[plural].columns]
    return "\n".join([",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]) + "\n"


def canonical(plural: str, row: Cells) -> tuple[str, dict[str, str]]:
    """Whom a row is about, and its cells as they are kept."""
    values = fact_schema(TYPES[plural]).load({name: text for name, text in row.items() if text})
    whole: Row = tuple(values.get(column.name) for column in TYPES[plural].columns)
    return row["learner"], cells_of(TYPES[plural], whole)


@dataclass
class Fact:
    """What the model knows of a fact: whose it is, its cells, what its source said last, whether an import brought it."""

    learner: str
    cells: dict[str, str]
    is_imported: bool


@dataclass
class Model:
    """A dictionary of current facts, and what it takes to know what an act does to it."""

    facts: dict[Key, Fact] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    # By key everything that was said of it, with what its source said (none: it was removed) or that it was corrected.
    said: dict[Key, list[tuple[str, str, dict[str, str] | None]]] = field(default_factory=dict)
    renamed: dict[str, dict[str, str]] = field(default_factory=dict)

    def put(self, plural: str, rows: Sequence[Cells], *, kind: str = "sent", is_imported: bool = False) -> set[Key]:
        """Take rows; the keys of those that were new."""
        keyed = {self.key(plural, row): canonical(plural, row) for row in rows}
        fresh = set()
        for key, (learner, cells) in keyed.items():
            self.known.add(learner)
            now = self.facts.get(key)
            if now is not None and (now.learner, now.cells) == (learner, cells):
                continue
            if kind == "sent" and self._was_corrected(key, learner, cells, is_imported):
                continue
            for other in [each for each in self.facts if each not in keyed and self._is_same_source(each, cells)]:
                self.remove(other, rekeyed_to=key[1][0])
            if now is not None and now.learner != learner:
                self.remove(key)
            # what is corrected came as it came
            self.facts[key] = Fact(learner, cells, now.is_imported if now and kind == "corrected" else is_imported)
            self.said.setdefault(key, []).append((kind, learner, cells))
            self.renamed.setdefault(learner, {}).pop(key[1][0], None)
            fresh.add(key)
        return fresh

    def remove(self, key: Key, *, kind: str = "removed", rekeyed_to: str = "") -> None:
        """A fact is no longer there."""
        fact = self.facts.pop(key)
        self.said[key].append((kind, fact.learner, None))
        names = self.renamed.setdefault(fact.learner, {})
        names.pop(key[1][0], None)
        if rekeyed_to and key[0] == "evidence":
            names[key[1][0]] = rekeyed_to

    def complete(self, plural: str, rows: Sequence[Cells]) -> None:
        """Take rows that are all that their source has."""
        fresh = self.put(plural, rows, is_imported=True)
        brought = {self.key(plural, row) for row in rows}
        gone = [key for key, fact in self.facts.items() if key[0] == plural and fact.is_imported and key not in brought]
        before, after = (Counter(map(self._without_key, keys)) for keys in (gone, fresh))
        names = {self._without_key(key): key[1][0] for key in fresh}
        for key in gone:
            content = self._without_key(key)
            is_renamed = before[content] == 1 and after[content] == 1
            self.remove(key, rekeyed_to=names[content] if is_renamed else "")

    def erase(self, learner: str) -> None:
        """A learner is forgotten, with everything that was ever said."""
        self.known.discard(learner)
        self.renamed.pop(learner, None)
        self.facts = {key: fact for key, fact in self.facts.items() if fact.learner != learner}
        self.said = {
            key: [each for each in told if each[1] != learner]
            for key, told in self.said.items()
            if learner not in key[1] or key[0] == "evidence"
        }

    def tables(self) -> dict[str, list[dict[str, str]]]:
        """The facts as tables, in no order."""
        tables: dict[str, list[dict[str, str]]] = {plural: [] for plural in TYPES}
        for (plural, _), fact in self.facts.items():
            cells = {**fact.cells, "learner": fact.learner}
            seen: set[str] = set()
            names = self.renamed.get(fact.learner, {})
            while (name := cells.get("supersedes", "")) in names and name not in seen:
                seen.add(name)
                cells["supersedes"] = names[name]
            tables[plural].append(cells)
        return tables

    def key(self, plural: str, row: Cells) -> Key:
        """What names a row."""
        return plural, tuple(row[name] for name in TYPES[plural].key)

    def _was_corrected(self, key: Key, learner: str, cells: Mapping[str, str], is_imported: bool) -> bool:
        told = self.said.get(key, [])
        if not told or told[-1][0] != "corrected" or (told[-1][2] is None and not is_imported):
            return False
        first = next((each for each in reversed(told) if each[0] != "corrected"), None)
        return first is not None and first[1:] == (learner, cells)

    def _is_same_source(self, key: Key, cells: Mapping[str, str]) -> bool:
        there = self.facts[key].cells
        return key[0] == "evidence" and "external_id" in cells and there.get("external_id") == cells["external_id"]

    def _without_key(self, key: Key) -> str:
        fact = self.facts[key]
        own = set(TYPES[key[0]].key)
        return repr((fact.learner, sorted((name, text) for name, text in fact.cells.items() if name not in own)))


class HistoryMachine(RuleBasedStateMachine):
    """A district to which things happen, and the dictionary that knows what must come of it."""

    makes_where: ClassVar[Callable[[Path], Any]]
    done: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.where: str = self.stack.enter_context(type(self).makes_where(self.folder))
        files, diagnostics = new_book(self.folder / "book")
        assert files, diagnostics
        self.rules_path = self.folder / "book" / "policy.rules"
        first = self.rules_path.read_text(encoding="utf-8").partition("\nexample ")[0] + "\n"
        credit = first.index("\ncredit course")
        self.books = (first, first.replace(*EASIER[0]), first[:credit].replace(*WITHOUT_CREDIT[0]) + "\n")
        self.district = District(
            open_records(self.where, makes=True), Clock(), self.folder / "book", self.folder / "facts"
        )
        self.model = Model()
        self.sent: list[tuple[dict[str, list[dict[str, str]]], bool]] = []
        self.snapshots: list[tuple[int, dict[str, list[dict[str, str]]]]] = []
        self.done["lives"] += 1

    @property
    def records(self) -> Records:
        """The records as they are open now."""
        return self.district.records

    @initialize(number=st.integers(0, 2))
    def begin(self, number: int) -> None:
        """There are learners and a book."""
        self.publish(number)
        self.bring({"learners": [{"learner": name, "school": ""} for name in LEARNER_NAMES[:2]]}, False)

    @rule(number=st.integers(0, 2))
    def publish(self, number: int) -> None:
        """Another book comes into force, or one that was in force before."""
        self.rules_path.write_text(self.books[number], encoding="utf-8", newline="\n")
        self.district.publish()

    @rule(
        learners=LEARNER_TABLES,
        programs=PROGRAM_TABLES,
        evidence=EVIDENCE_TABLES,
        is_complete=st.booleans(),
        chance=st.randoms(use_true_random=False),
    )
    def send_rows(
        self,
        learners: list[dict[str, str]],
        programs: list[dict[str, str]],
        evidence: list[dict[str, str]],
        is_complete: bool,
        chance: random.Random,
    ) -> None:
        """An import, its rows in any order."""
        known = self.model.known | {row["learner"] for row in learners}
        tables = {
            "learners": learners,
            "programs": [row for row in programs if row["learner"] in known],
            "evidence": [row for row in evidence if row["learner"] in known],
        }
        for rows in tables.values():
            chance.shuffle(rows)
        self.bring(tables, is_complete)
        self.sent.append((tables, is_complete))

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), chance=st.randoms(use_true_random=False))
    def send_again(self, data: st.DataObject, chance: random.Random) -> None:
        """What was sent before comes again, its rows in another order, whatever has happened meanwhile."""
        tables, is_complete = data.draw(st.sampled_from(self.sent))
        known = self.model.known | {row["learner"] for row in tables["learners"]}
        again = {
            plural: chance.sample(kept, len(kept))
            for plural, rows in tables.items()
            if (kept := [row for row in rows if row["learner"] in known]) == rows
        }
        first = self.bring(again, is_complete)
        second = self.bring(again, is_complete)
        assert second.total.accepted == 0, (first, second)

    def bring(self, tables: Mapping[str, Sequence[Cells]], is_complete: bool) -> ImportReport:
        """Import tables, and tell the model. Of a table without a row nothing can be said to be complete."""
        texts = {plural: table_text(rows, plural) for plural, rows in tables.items() if rows or plural == "learners"}
        report = self.district.bring(texts, is_complete=is_complete)
        assert report.is_written, report.diagnostics
        assert report.total.rejected == 0, report.diagnostics
        for plural in ("learners", "programs", "evidence"):
            rows = tables.get(plural)
            if rows and is_complete:
                self.model.complete(plural, rows)
            elif rows:
                self.model.put(plural, rows, is_imported=True)
        return report

    @rule(row=pieces_of_evidence(), is_twice=st.booleans())
    def send_at_once(self, row: dict[str, str], is_twice: bool) -> None:
        """A row as it happens, perhaps twice."""
        for _ in range(1 + is_twice):
            acted = self.district.send("evidence", **row)
            assert acted.is_recorded is (row["learner"] in self.model.known), acted.diagnostics
            if acted.is_recorded:
                self.model.put("evidence", [row])

    @precondition(lambda self: any(plural == "evidence" for plural, _ in self.model.facts))
    @rule(data=st.data(), score=st.sampled_from(["1", "2", "3", "4"]), method=st.sampled_from(["test", "project", ""]))
    def correct(self, data: st.DataObject, score: str, method: str) -> None:
        """A correction, after a look at what it would change, which changes nothing."""
        key = data.draw(st.sampled_from(sorted(key for key in self.model.facts if key[0] == "evidence")))
        fact = self.model.facts[key]
        before = self.head()
        preview = correct(self.district, key[1][0], is_preview=True, score=score, method=method)
        assert self.head() == before
        acted = correct(self.district, key[1][0], score=score, method=method)
        assert acted.changes == preview.changes
        cells = {**fact.cells, "learner": fact.learner, "score": score, "method": method}
        is_other = canonical("evidence", cells)[1] != fact.cells
        assert acted.is_recorded is is_other, acted.diagnostics
        if is_other:
            self.model.put("evidence", [cells], kind="corrected")

    @precondition(lambda self: any(plural == "evidence" for plural, _ in self.model.facts))
    @rule(data=st.data())
    def correct_away(self, data: st.DataObject) -> None:
        """A fact that should never have been is removed."""
        key = data.draw(st.sampled_from(sorted(key for key in self.model.facts if key[0] == "evidence")))
        acted = correct(self.district, key[1][0], removes=True)
        assert acted.is_recorded, acted.diagnostics
        self.model.remove(key, kind="corrected")

    @precondition(lambda self: self.model.known)
    @rule(data=st.data(), is_sure=st.integers(0, 3))
    def erase(self, data: st.DataObject, is_sure: int) -> None:
        """A learner is erased; then nothing was ever known of them."""
        if is_sure:
            return
        learner = data.draw(st.sampled_from(sorted(self.model.known)))
        number, wrong = erase_learner(self.records, learner, by="registrar", authority="law", now=self.district.clock)
        assert number, wrong
        self.model.erase(learner)
        for _, tables in self.snapshots:
            for rows in tables.values():
                rows[:] = [row for row in rows if row["learner"] != learner]

    @rule()
    def restart(self) -> None:
        """The program ends and begins again."""
        self.records.close()
        self.district.records = open_records(self.where)

    @rule(days=st.integers(1, 40))
    def pass_days(self, days: int) -> None:
        """Time passes."""
        self.district.clock.pass_days(days)

    @rule()
    def decide(self) -> None:
        """The decisions that changed are recorded; then they are those of a fresh look at the model's facts."""
        self.district.run()
        self.compare_decisions()
        assert self.district.run().changed == 0

    @invariant()
    def facts_are_those_of_the_model(self) -> None:
        """What is known is what the dictionary says."""
        head = self.head()
        assert self.known(Knowledge(head)) == in_order(self.model.tables())
        self.done["steps"] += 1
        if self.done["steps"] % 3 == 0:
            self.snapshots.append((head, self.model.tables()))

    def teardown(self) -> None:
        """In the end: what was known then is still known to have been known, decisions come out again, all is sound."""
        try:
            if self.snapshots:
                self.decide()
                for position, tables in self.snapshots[:: max(1, len(self.snapshots) // 3)]:
                    assert self.known(Knowledge(position)) == in_order(tables)
                with self.records.reading() as connection:
                    replayed = replay_decisions(connection)
                assert not replayed.differences
                assert not replayed.unreadable
                self.done["replayed"] += replayed.compared
                verified = verify_everything(self.records)
                assert verified.is_sound, verified.faults
        finally:
            self.records.close()
            self.stack.close()

    def head(self) -> int:
        """How many entries there are."""
        with self.records.reading() as connection:
            return head_position(connection)

    def known(self, knowledge: Knowledge) -> dict[str, list[list[tuple[str, str]]]]:
        """The facts in the records, of everybody who ever was known."""
        tables: dict[str, list[dict[str, str]]] = {plural: [] for plural in TYPES}
        with self.records.reading() as connection:
            facts = RecordedFacts(connection, TYPES.values(), knowledge)
            read = Tables(TYPES.values())
            for subject, learner in all_subjects(connection, knowledge).items():
                for plural, some in facts_of(connection, read, knowledge, learner, subject).tables.items():
                    for fact in some:
                        row: Row = tuple(fact.values.values())
                        tables[plural].append({**cells_of(TYPES[plural], row), "learner": learner})
            standing = {row["learner"] for row in tables["learners"]}
        assert set(facts.learners) == standing
        return in_order(tables)

    def model_facts(self) -> FactSet:
        """The model's facts, as a folder of files would bring them, in any order."""
        force = self.district.in_force()
        rows: dict[str, list[Row]] = {}
        for plural, some in self.model.tables().items():
            fact_type = force.declared.fact_types[plural]
            schema = fact_schema(fact_type, context=context_of(force.declared))
            loaded = [schema.load({name: text for name, text in row.items() if text}) for row in reversed(some)]
            rows[plural] = [tuple(values.get(column.name) for column in fact_type.columns) for values in loaded]
        return fact_set([force.declared.fact_types[plural] for plural in TYPES], rows)

    def compare_decisions(self) -> None:
        """The newest recorded decisions of everybody are those that come out of the model's facts."""
        force = self.district.in_force()
        facts = self.model_facts()
        as_of = self.district.clock().date()
        with self.records.reading() as connection:
            known = RecordedFacts(connection, force.program.fact_types, Knowledge(head_position(connection)))
            newest = newest_decisions(connection, list(known.subjects.values()))
        assert known.learners == facts.learners
        for learner in facts.learners:
            recorded = {key: each.content for key, each in newest.get(known.subjects[learner], {}).items()}
            fresh = decide(force.program, facts.for_learner(learner), as_of, keeps_going=True)
            contents = {decision_key(one.decision): decision_content(one) for one in fresh}
            assert not any(one.decision.error for one in fresh)
            for one in fresh:
                key = decision_key(one.decision)
                if key in recorded or says_something(one):
                    assert is_same_decision(contents[key], recorded[key]), (learner, contents[key], recorded[key])
                    self.done["decisions"] += 1
            for key in set(recorded) - set(contents):
                assert is_same_decision(recorded[key], closing_content(key, as_of.isoformat()))


def in_order(tables: Mapping[str, Sequence[Cells]]) -> dict[str, list[list[tuple[str, str]]]]:
    """Tables in one order, without the cells that hold nothing."""
    return {
        plural: sorted(sorted((name, text) for name, text in row.items() if text) for row in rows)
        for plural, rows in tables.items()
    }


@contextmanager
def in_a_file(folder: Path) -> Iterator[str]:
    yield str(folder / "records.db")


@contextmanager
def on_a_server(_folder: Path) -> Iterator[str]:
    with empty_schema() as address:
        yield address


@pytest.mark.parametrize(
    ("database", "makes_where"),
    [("sqlite", in_a_file), ("postgresql", on_a_server)],
)
def test_what_is_known_and_decided_is_what_a_dictionary_says(
    database: str, makes_where: Callable[[Path], Any], measured: Measured
) -> None:
    class Machine(HistoryMachine):
        """On one kind of database."""

    Machine.done = Counter()
    Machine.makes_where = staticmethod(makes_where)
    # a server takes ten times as long a step: outside the long profile it lives two short lives
    is_short = database == "postgresql" and not IS_LONG
    lives = settings(MACHINES, max_examples=2, stateful_step_count=8) if is_short else MACHINES
    run_state_machine_as_test(Machine, settings=lives)
    measured("histories made up", database, None, **Machine.done, different=0)
