"""Decisions as tables of texts: those of an engine and those of the interpreter, in the order of learners and the program.

A text that many rows share is held once, and its rows by number; only what is reported becomes rows of Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow
from pyarrow import compute

from competency.model.decisions import Decision, Outcome
from competency.model.facts import LearnerFacts
from competency.rules.population.facts import Words
from competency.rules.population.fetch_decisions import FetchedGroup, numbered
from competency.rules.population.frame import LEARNER
from competency.rules.population.lower_rule import OUTCOMES
from competency.rules.program import ir
from competency.services.interpret_groups import Interpreted
from competency.services.reported_rows import ReportingDecision, determining_labels, explain_report
from competency.services.text_tables import table_of
from competency.services.write_decisions import (
    ASSIGNED_COLUMNS,
    DECISION_COLUMNS,
    EXCEPTION_COLUMNS,
    FAILED,
    DecidedBy,
    Row,
    exception_rows,
    moment_text,
    outcome_text,
    value_text,
)

_WHOLE, _NUMBER = pyarrow.int64(), pyarrow.int32()

# The words of outcomes by their numbers: those of the engines first.
_OUTCOMES = (*[outcome.value for outcome in OUTCOMES], Outcome.WAIVED.value, FAILED)

# The tables of decisions, each with its columns.
TABLES: Mapping[str, tuple[str, ...]] = {
    "decisions": DECISION_COLUMNS,
    "assigned": ASSIGNED_COLUMNS,
    "exceptions": EXCEPTION_COLUMNS,
}

FactsOf = Callable[[Sequence[int]], Sequence[LearnerFacts]]


@dataclass(frozen=True, slots=True)
class DecidedTables:
    """The decisions about some learners: rows of DECISION_COLUMNS, of ASSIGNED_COLUMNS and of EXCEPTION_COLUMNS.

    `reported`: how many decisions report something, by learner. `failures`: those that could not be made.
    """

    learners: tuple[str, ...]
    decisions: pyarrow.Table
    assigned: pyarrow.Table
    exceptions: pyarrow.Table
    reported: Mapping[str, int]
    failures: tuple[Decision, ...]


def rows_by_learner(table: pyarrow.Table) -> dict[str, int]:
    """How many rows of a table are about each learner who has any."""
    return {one["values"]: one["counts"] for one in compute.value_counts(table.column(LEARNER)).to_pylist()}


def count_outcomes(decisions: pyarrow.Table) -> Counter[tuple[str, str]]:
    """How often each rule (its kind and name) came out in which way, in the order in which rows first say so."""
    table = decisions.select(("kind", "rule", "outcome")).combine_chunks()
    numbers, rows = numbered([column.chunk(0) for column in table.columns if column.num_chunks])
    found: Counter[tuple[str, str]] = Counter()
    if numbers is not None:
        for one in compute.value_counts(numbers).to_pylist():
            kind, rule, outcome = rows[one["values"]]
            found[f"{kind} {rule}", outcome] = one["counts"]
    return found


class Tabulation:
    """The texts of a program's decisions as of a day, and how decisions become tables of them."""

    def __init__(self, program: ir.Program, by: DecidedBy, as_of: date, known_on: datetime | None) -> None:
        self._program = program
        self._by = by
        self._as_of = as_of
        self._known_on = known_on
        # a slot is where a decision stands among those of a learner: versions beside the first of their item
        first: dict[tuple[str, tuple[str, ...]], int] = {}
        ordered = sorted(
            (first.setdefault((program.rules[index].group, codes), place), place)
            for place, (index, codes) in enumerate(program.schedule)
        )
        places = [place for _, place in ordered]
        self._slots = len(places)
        self._slot_of = {program.schedule[place]: slot for slot, place in enumerate(places)}
        self._slot_at = pyarrow.array([self._slot_of[one] for one in program.schedule], _WHOLE)
        self._index_of = {id(rule): index for index, rule in enumerate(program.rules)}
        self._rule_at = pyarrow.array([index for index, _ in program.schedule], _WHOLE)
        rules = [program.rules[program.schedule[place][0]] for place in places]
        items = [" at ".join(program.schedule[place][1]) for place in places]
        versions = [rule.version or program.policy.version or by.policy_version for rule in rules]
        self._of_slot = {
            "rule": _shared([rule.name for rule in rules]),
            "kind": _shared([rule.kind for rule in rules]),
            "item": _shared(items),
            "policy_version": _shared(versions),
        }
        self._of_all = {
            "as_of": as_of.isoformat(),
            "known_on": moment_text(known_on),
            "policy": by.policy,
            "fingerprint": by.fingerprint,
        }

    def tables(
        self,
        learners: Sequence[str],
        groups: Iterable[FetchedGroup],
        words: Words,
        interpreted: Iterable[Interpreted],
        facts_of: FactsOf,
    ) -> DecidedTables:
        """The decisions about learners, whose numbers are their places; `facts_of` gives the facts of those of some numbers."""
        rows = _Rows(self._slots)
        for group in groups:
            self._add_group(rows, group, words)
        self._add_interpreted(rows, interpreted)
        self._explain(rows, facts_of)
        key = rows.joined("key", _WHOLE)
        order = compute.sort_indices(key)
        key = key.take(order)
        learner = compute.divide(key, max(self._slots, 1))
        slot = compute.subtract(key, compute.multiply(learner, self._slots))
        names = pyarrow.array(learners, pyarrow.string())
        texts = pyarrow.array(list(rows.texts), pyarrow.string())
        columns = {
            LEARNER: _dictionary(learner, names),
            "outcome": _dictionary(rows.joined("outcome", _WHOLE).take(order), pyarrow.array(_OUTCOMES)),
            "value": _dictionary(rows.joined("value", _NUMBER).take(order), texts),
            "determining_clauses": _dictionary(rows.joined("determining", _NUMBER).take(order), texts),
        }
        reported: Counter[str] = Counter()
        exceptions: list[Row] = []
        for at, lines, reports in sorted(rows.exceptions, key=lambda one: one[0]):
            exceptions += lines
            if reports:
                reported[learners[at // self._slots]] += 1
        return DecidedTables(
            tuple(learners),
            self._table(DECISION_COLUMNS, slot, columns),
            self._assigned(rows, names),
            table_of(EXCEPTION_COLUMNS, exceptions),
            reported,
            tuple(decision for _, decision in sorted(rows.failures, key=lambda one: one[0])),
        )

    def _table(self, names: Sequence[str], slot: pyarrow.Array, columns: Mapping[str, pyarrow.Array]) -> pyarrow.Table:
        """A table with the given columns, and the others as the slot or the whole run says them."""
        arrays = []
        for name in names:
            if name in columns:
                arrays.append(columns[name])
            elif name in self._of_slot:
                numbers, texts = self._of_slot[name]
                arrays.append(_dictionary(numbers.take(slot), texts))
            else:
                nothing = pyarrow.repeat(pyarrow.scalar(0, _NUMBER), len(slot))
                arrays.append(_dictionary(nothing, pyarrow.array([self._of_all[name]])))
        return pyarrow.table(arrays, names=list(names))

    def _add_group(self, rows: _Rows, group: FetchedGroup, words: Words) -> None:
        decided = group.decided.combine_chunks()
        if not decided.num_rows:
            return
        learner, place, outcome, determining, reported = [column.chunk(0) for column in decided.columns]
        key = self._key(learner, place)
        numbers, found = numbered([self._rule_at.take(place), determining])
        labels = ["; ".join(determining_labels(self._program.rules[index], bits)) for index, bits in found]
        value = rows.same_text("", len(key))
        if group.value is not None:
            value = rows.numbers_of([value_text(one) for one in group.values]).take(group.value)
        rows.add(key, outcome, value, rows.numbers_of(labels).take(numbers))
        some = compute.not_equal(reported, 0)
        picked = pyarrow.table([each.filter(some) for each in (key, place, outcome, reported)], names=list("kpor"))
        rows.reporting += [(one["k"], ReportingDecision(one["p"], one["o"], one["r"])) for one in picked.to_pylist()]
        if group.assigned is not None and group.assigned.num_rows:
            assigned = group.assigned.combine_chunks()
            learner, place, item, _ = [column.chunk(0) for column in assigned.columns]
            at = self._key(learner, place)
            # versions that do not govern assign too
            governs = compute.is_in(at, value_set=key)
            numbers, found = numbered([item.filter(governs)])
            codes = rows.numbers_of([words.texts[one] for (one,) in found])
            rows.assign(at.filter(governs), codes.take(numbers))

    def _key(self, learner: pyarrow.Array, place: pyarrow.Array) -> pyarrow.Array:
        return compute.add(compute.multiply(learner, self._slots), self._slot_at.take(place))

    def _add_interpreted(self, rows: _Rows, interpreted: Iterable[Interpreted]) -> None:
        keys, outcomes, values, labels = [], [], [], []
        of_assigned: list[tuple[int, str]] = []
        for one in interpreted:
            decision = one.explained.decision
            slot = self._slot_of[self._index_of[id(one.explained.rule)], decision.item]
            key = one.learner * self._slots + slot
            keys.append(key)
            outcomes.append(_OUTCOMES.index(outcome_text(decision)))
            values.append(value_text(decision.value))
            labels.append("; ".join(decision.determining))
            of_assigned += [(key, code) for code in decision.assigned]
            if decision.error:
                rows.failures.append((key, decision))
            if decision.reported or decision.error:
                rows.exceptions.append((key, tuple(exception_rows(one.explained)), bool(decision.reported)))
        key, outcome = pyarrow.array(keys, _WHOLE), pyarrow.array(outcomes, _WHOLE)
        rows.add(key, outcome, rows.numbers_of(values), rows.numbers_of(labels))
        rows.assign(
            pyarrow.array([key for key, _ in of_assigned], _WHOLE), rows.numbers_of([c for _, c in of_assigned])
        )

    def _explain(self, rows: _Rows, facts_of: FactsOf) -> None:
        """The rows of exceptions of what the engine's decisions report."""
        numbers = sorted({key // self._slots for key, _ in rows.reporting})
        facts = dict(zip(numbers, facts_of(numbers), strict=True)) if numbers else {}
        for key, row in rows.reporting:
            explained = explain_report(self._program, facts[key // self._slots], row, self._as_of, self._known_on)
            rows.exceptions.append((key, tuple(exception_rows(explained)), True))

    def _assigned(self, rows: _Rows, names: pyarrow.Array) -> pyarrow.Table:
        key, item = rows.joined("assigned", _WHOLE), rows.joined("assigned item", _NUMBER)
        # those of one decision stand in their order already
        order = compute.sort_indices(pyarrow.table({"key": key, "row": pyarrow.arange(0, len(key))}), _BY_KEY)
        key = key.take(order)
        learner = compute.divide(key, max(self._slots, 1))
        slot = compute.subtract(key, compute.multiply(learner, self._slots))
        numbers, texts = numbered([_number_within(key)])
        columns = {
            LEARNER: _dictionary(learner, names),
            "place": _dictionary(numbers, pyarrow.array([str(one) for (one,) in texts], pyarrow.string())),
            "assigned": _dictionary(item.take(order), pyarrow.array(list(rows.texts), pyarrow.string())),
        }
        return self._table(ASSIGNED_COLUMNS, slot, columns)


_BY_KEY = [("key", "ascending"), ("row", "ascending")]


class _Rows:
    """Rows of decisions while they come in, by their key (learner and slot); texts by their numbers."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.texts: dict[str, int] = {}
        self.reporting: list[tuple[int, ReportingDecision]] = []
        self.exceptions: list[tuple[int, tuple[Row, ...], bool]] = []
        self.failures: list[tuple[int, Decision]] = []
        self._parts: dict[str, list[pyarrow.Array]] = {}

    def add(self, key: pyarrow.Array, outcome: pyarrow.Array, value: pyarrow.Array, determining: pyarrow.Array) -> None:
        """Decisions, of which outcome, value and determining clauses are numbers."""
        for name, array in (("key", key), ("outcome", outcome), ("value", value), ("determining", determining)):
            self._parts.setdefault(name, []).append(array)

    def assign(self, key: pyarrow.Array, item: pyarrow.Array) -> None:
        """Items that decisions assign, those of one decision in their order."""
        self._parts.setdefault("assigned", []).append(key)
        self._parts.setdefault("assigned item", []).append(item)

    def joined(self, name: str, type_: pyarrow.DataType) -> pyarrow.Array:
        """All rows of a column."""
        return pyarrow.concat_arrays(self._parts.get(name) or [pyarrow.array([], type_)])

    def numbers_of(self, texts: Iterable[str]) -> pyarrow.Array:
        """The numbers of texts."""
        known = self.texts
        return pyarrow.array([known.setdefault(text, len(known)) for text in texts], _NUMBER)

    def same_text(self, text: str, rows: int) -> pyarrow.Array:
        """The number of one text, for so many rows."""
        return pyarrow.repeat(self.numbers_of([text])[0], rows)


def _shared(texts: Sequence[str]) -> tuple[pyarrow.Array, pyarrow.Array]:
    """The number of the text of each slot, and the texts."""
    encoded = pyarrow.array(texts, pyarrow.string()).dictionary_encode()
    return encoded.indices, encoded.dictionary


def _dictionary(numbers: pyarrow.Array, texts: pyarrow.Array) -> pyarrow.Array:
    return pyarrow.DictionaryArray.from_arrays(numbers.cast(_NUMBER), texts)


def _number_within(key: pyarrow.Array) -> pyarrow.Array:
    """The number of each row among those of its key, from 1; rows of one key stand together."""
    if not len(key):
        return key
    row = pyarrow.arange(0, len(key))
    begins = pyarrow.concat_arrays([pyarrow.array([True]), compute.not_equal(key[1:], key[:-1])])
    first = compute.cumulative_max(compute.if_else(begins, row, 0))
    return compute.add(compute.subtract(row, first), 1)
