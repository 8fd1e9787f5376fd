"""Facts of learners to columns of whole numbers, with what is known of them: bounds, blanks, how many rows a learner has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow
from pyarrow import compute

from competency.model.facts import EVIDENCE, LEARNERS, WAIVERS, Fact, FactType, FactValue, LearnerFacts
from competency.rules.population import facts as f
from competency.rules.population.arrow_columns import whole_numbers
from competency.rules.population.facts import Clustering, FactsAtHand, FactTable
from competency.rules.population.frame import LEARNER
from competency.rules.population.needs import clustering_of, matched_columns, names_of_rules, needed_columns, texts_of
from competency.rules.population.number_columns import Seen, Texts, finished, numbered, numbers_of_zones
from competency.rules.program import ir


@dataclass(frozen=True, slots=True)
class LaidOut:
    """Facts as columns. `learners` by their numbers; `entangled` are numbers of those whose rows need a closer look.

    Of them, two rows of evidence have one identity, corrections go in a circle, two rows say who they are, or a recorded
    waiver names a rule of the program.
    """

    at_hand: FactsAtHand
    rows: Mapping[str, pyarrow.Table]
    learners: tuple[str, ...]
    entangled: frozenset[int]


def joined(parts: Sequence[LaidOut]) -> LaidOut:
    """Facts of which the same is at hand, one after the other, as one: learners are numbered on."""
    if len(parts) == 1:
        return parts[0]
    at_hand = parts[0].at_hand
    tables: dict[str, list[pyarrow.Table]] = {plural: [] for plural in at_hand.tables}
    learners: list[str] = []
    entangled: set[int] = set()
    for one in parts:
        for plural, rows in one.rows.items():
            tables[plural].append(with_learners(rows, compute.add(rows.column(LEARNER), len(learners))))
        entangled.update(len(learners) + each for each in one.entangled)
        learners += one.learners
    rows_of_all = {plural: pyarrow.concat_tables(rows) for plural, rows in tables.items()}
    return LaidOut(at_hand, rows_of_all, tuple(learners), frozenset(entangled))


def with_learners(rows: pyarrow.Table, numbers: pyarrow.ChunkedArray) -> pyarrow.Table:
    """Rows whose learners have other numbers."""
    return rows.set_column(rows.schema.get_field_index(LEARNER), LEARNER, numbers)


def lay_out(program: ir.Program, learners: Iterable[LearnerFacts]) -> LaidOut:
    """The facts of learners, in their order, as tables of the columns that a program reads."""
    needed = needed_columns(program)
    gathered = {
        fact_type.plural: _Gathered(
            fact_type,
            needed[fact_type.plural],
            matched_columns(program, fact_type.plural),
            clustering_of(program, fact_type.plural),
        )
        for fact_type in program.fact_types
        if fact_type.is_about_a_learner and fact_type.plural in needed
    }
    names: list[str] = []
    entangled: set[int] = set()
    can_be_waived = names_of_rules(program)
    for number, facts in enumerate(learners):
        names.append(facts.learner)
        if any(row.values.get("rule") in can_be_waived for row in facts.of(WAIVERS.plural)):
            entangled.add(number)
        for plural, table in gathered.items():
            if table.add(number, facts.of(plural)):
                entangled.add(number)
    words = f.words_of(texts_of(program).union(*[table.texts() for table in gathered.values()]))
    described, rows = {}, {}
    for plural, table in gathered.items():
        described[plural], rows[plural] = table.finished(words)
    return LaidOut(FactsAtHand(described, words), rows, tuple(names), frozenset(entangled))


class _Gathered:
    """One table while its rows come in."""

    def __init__(
        self, fact_type: FactType, needed: frozenset[str], matched: frozenset[str], clustering: Clustering | None
    ) -> None:
        self.fact_type = fact_type
        self.clustering = clustering
        self.columns = [column for column in fact_type.columns if column.name in needed]
        self.values: dict[str, list[FactValue]] = {column.name: [] for column in self.columns}
        self.learners: list[int] = []
        self.places: list[int] = []
        self.corrects: list[int | None] = []
        self.rows_max = 1
        self.rows_max_by = dict.fromkeys(sorted(matched), 1)

    def add(self, learner: int, rows: Sequence[Fact]) -> bool:
        """Take the rows of a learner, each once; whether identities or corrections among them are entangled."""
        if not rows:
            return False
        once = rows_once(rows) if len(rows) > 1 else list(rows)
        once.sort(key=lambda row: row.id)
        self.rows_max = max(self.rows_max, len(once))
        for name, most in self.rows_max_by.items():
            if len(once) > most:
                self.rows_max_by[name] = max(most, *Counter(row.values.get(name) for row in once).values())
        self.learners.extend([learner] * len(once))
        self.places.extend(range(len(once)))
        for name, values in self.values.items():
            values.extend([row.values.get(name) for row in once])
        if self.fact_type.plural != EVIDENCE.plural:
            return self.fact_type.plural == LEARNERS.plural and len(once) > 1
        places = {row.id: place for place, row in enumerate(once)}
        corrected = [row.values.get("supersedes") for row in once]
        self.corrects.extend(places.get(str(other)) if other is not None else None for other in corrected)
        corrects = {place: other for place, other in enumerate(self.corrects[-len(once) :]) if other is not None}
        return len(places) < len(once) or goes_in_a_circle(corrects)

    def texts(self) -> set[str]:
        """Every text of a column of words."""
        found: set[str] = set()
        for column in self.columns:
            if f.holds(column.type) is f.Holds.WORD:
                found.update(str(value) for value in self.values[column.name] if value is not None)
        return found

    def finished(self, words: f.Words) -> tuple[FactTable, pyarrow.Table]:
        """The table with what is known of it."""
        arrays: dict[str, Any] = {
            LEARNER: whole_numbers(self.learners),
            f.PLACE: whole_numbers(self.places),
        }
        if self.fact_type.plural == EVIDENCE.plural:
            arrays[f.CORRECTS] = whole_numbers(self.corrects)
        described = {}
        for column in self.columns:
            name, texts, seen = column.name, Texts(), Seen(column.name, f.holds(column.type))
            seen.add(self.values[name])
            described[name] = seen.described(words.numbers)
            given = numbered(name, seen.holds, self.values[name], texts, seen.zones, has_times=seen.has_times)
            zones = seen.zones.in_order(numbers_of_zones(seen.zones.texts))
            arrays.update(finished(name, described[name], given, texts.in_order(words.numbers), zones))
        return FactTable(
            self.fact_type,
            described,
            self.rows_max,
            self.rows_max_by,
            any(place is not None for place in self.corrects),
            self.clustering,
        ), pyarrow.table(arrays)


def rows_once(rows: Sequence[Fact]) -> list[Fact]:
    """A row that was sent twice is one row."""
    seen: dict[str, list[Fact]] = defaultdict(list)
    found = []
    for row in rows:
        if row not in seen[row.id]:
            seen[row.id].append(row)
            found.append(row)
    return found


def goes_in_a_circle(corrects: Mapping[int, int]) -> bool:
    """Whether rows of a learner correct each other in a circle; each row by its place, with the place that it corrects."""
    for start, corrected in corrects.items():
        seen, here = {start}, corrected
        while here in corrects and here not in seen:
            seen.add(here)
            here = corrects[here]
        if here in seen:
            return True
    return False
