"""Facts of learners to columns of whole numbers, with what is known of them: bounds, blanks, how many rows a learner has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import lcm
from typing import Any

import pyarrow

from competency.model.facts import EVIDENCE, LEARNERS, Fact, FactType, FactValue, LearnerFacts
from competency.rules.population import facts as f
from competency.rules.population.facts import FactColumn, FactsAtHand, FactTable, Holds
from competency.rules.population.needs import matched_columns, needed_columns, texts_of
from competency.rules.program import ir


@dataclass(frozen=True, slots=True)
class LaidOut:
    """Facts as columns. `learners` by their numbers; `entangled` are numbers of those whose rows need a closer look.

    Of them, two rows of evidence have one identity, corrections go in a circle, or two rows say who they are.
    """

    at_hand: FactsAtHand
    rows: Mapping[str, pyarrow.Table]
    learners: tuple[str, ...]
    entangled: frozenset[int]


def lay_out(program: ir.Program, learners: Iterable[LearnerFacts]) -> LaidOut:
    """The facts of learners, in their order, as tables of the columns that a program reads."""
    needed = needed_columns(program)
    gathered = {
        fact_type.plural: _Gathered(fact_type, needed[fact_type.plural], matched_columns(program, fact_type.plural))
        for fact_type in program.fact_types
        if fact_type.is_about_a_learner and fact_type.plural in needed
    }
    names: list[str] = []
    entangled: set[int] = set()
    for number, facts in enumerate(learners):
        names.append(facts.learner)
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

    def __init__(self, fact_type: FactType, needed: frozenset[str], matched: frozenset[str]) -> None:
        self.fact_type = fact_type
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
        once = _once(rows) if len(rows) > 1 else list(rows)
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
        return len(places) < len(once) or _goes_in_a_circle(once)

    def texts(self) -> set[str]:
        """Every text of a column of words."""
        found: set[str] = set()
        for column in self.columns:
            if f.holds(column.type) is Holds.WORD:
                found.update(str(value) for value in self.values[column.name] if value is not None)
        return found

    def finished(self, words: f.Words) -> tuple[FactTable, pyarrow.Table]:
        """The table with what is known of it."""
        arrays: dict[str, Any] = {
            "learner": pyarrow.array(self.learners, pyarrow.int64()),
            f.PLACE: pyarrow.array(self.places, pyarrow.int64()),
        }
        if self.fact_type.plural == EVIDENCE.plural:
            arrays[f.CORRECTS] = pyarrow.array(self.corrects, pyarrow.int64())
        described = {}
        for column in self.columns:
            described[column.name], further = _laid_out(
                column.name, f.holds(column.type), self.values[column.name], words
            )
            arrays.update(further)
        return FactTable(
            self.fact_type,
            described,
            self.rows_max,
            self.rows_max_by,
            any(place is not None for place in self.corrects),
        ), pyarrow.table(arrays)


def _once(rows: Sequence[Fact]) -> list[Fact]:
    """A row that was sent twice is one row."""
    seen: dict[str, list[Fact]] = defaultdict(list)
    found = []
    for row in rows:
        if row not in seen[row.id]:
            seen[row.id].append(row)
            found.append(row)
    return found


def _goes_in_a_circle(rows: Sequence[Fact]) -> bool:
    corrects = {row.id: str(row.values["supersedes"]) for row in rows if row.values.get("supersedes") is not None}
    for start, corrected in corrects.items():
        seen, here = {start}, corrected
        while here in corrects and here not in seen:
            seen.add(here)
            here = corrects[here]
        if here in seen:
            return True
    return False


def _laid_out(
    name: str, holds: Holds, values: list[FactValue], words: f.Words
) -> tuple[FactColumn, dict[str, pyarrow.Array]]:
    has_blanks = None in values
    if all(value is None for value in values):
        return FactColumn(holds, is_blank=True), {}
    match holds:
        case Holds.TRUTH:
            return FactColumn(holds, has_blanks=has_blanks), {
                f.engine_name(name): pyarrow.array(values, pyarrow.bool_())
            }
        case Holds.WORD:
            numbers = [None if value is None else words.number(str(value)) for value in values]
            found = sorted({number for number in numbers if number is not None})
            among = tuple(found) if len(found) <= f.AMONG_MAX else ()
            column = FactColumn(holds, low=0, high=max(len(words.texts), 1), has_blanks=has_blanks, among=among)
            return column, {f.engine_name(name): pyarrow.array(numbers, pyarrow.int64())}
        case Holds.NUMBER:
            return _numbers(name, values, has_blanks)
        case Holds.DAY:
            return _days(name, values, has_blanks)


def _numbers(name: str, values: list[FactValue], has_blanks: bool) -> tuple[FactColumn, dict[str, pyarrow.Array]]:
    ratios = [value.as_integer_ratio() if isinstance(value, Fraction) else None for value in values]
    different = {ratio for ratio in ratios if ratio is not None}
    scale = lcm(*{below for _, below in different})
    if scale > f.SCALE_MAX or any(abs(above) > f.NUMBER_MAX * below for above, below in different):
        reason = f"the numbers of `{name}` have too many digits"
        return FactColumn(Holds.NUMBER, reason=reason), {
            f.engine_name(name): pyarrow.nulls(len(values), pyarrow.int64())
        }
    of_ratio: dict[tuple[int, int] | None, int | None] = {one: one[0] * (scale // one[1]) for one in different}
    of_ratio[None] = None
    scaled = [of_ratio[ratio] for ratio in ratios]
    present = [of_ratio[ratio] or 0 for ratio in different]
    column = FactColumn(Holds.NUMBER, scale, min(present, default=0), max(present, default=0), has_blanks)
    return column, {f.engine_name(name): pyarrow.array(scaled, pyarrow.int64())}


def _days(name: str, values: list[FactValue], has_blanks: bool) -> tuple[FactColumn, dict[str, pyarrow.Array]]:
    has_times = any(isinstance(value, datetime) for value in values)
    dates = [value.date() if isinstance(value, datetime) else value for value in values] if has_times else values
    different = {value for value in dates if isinstance(value, date)}
    count: dict[FactValue, int | None] = {day: day.toordinal() for day in different}
    of_calendar: dict[FactValue, int | None] = {day: day.year * 10000 + day.month * 100 + day.day for day in different}
    count[None] = of_calendar[None] = None
    days, calendar = [count[value] for value in dates], [of_calendar[value] for value in dates]
    present = [day.toordinal() for day in different]
    shapes = {_zone(value) if isinstance(value, datetime) else None for value in values if value is not None}
    column = FactColumn(
        Holds.DAY,
        low=min(present, default=1),
        high=max(present, default=1),
        has_blanks=has_blanks,
        has_times=has_times,
        is_uniform=len(shapes) == 1,
    )
    arrays = {
        f.engine_name(name): pyarrow.array(days, pyarrow.int64()),
        f.calendar_name(name): pyarrow.array(calendar, pyarrow.int64()),
    }
    if has_times:
        arrays.update(_moments(name, values))
    return column, arrays


def _moments(name: str, values: list[FactValue]) -> dict[str, pyarrow.Array]:
    zones = sorted({_zone(value) for value in values if isinstance(value, datetime)})
    number = {zone: place for place, zone in enumerate(zones, start=1)}
    kinds: list[int | None] = []
    moments: list[int | None] = []
    clocks: list[int | None] = []
    of_zone: list[int | None] = []
    for value in values:
        if not isinstance(value, date):
            for each in (kinds, moments, clocks, of_zone):
                each.append(None)
            continue
        clock = value.toordinal() * f.MICROSECONDS_A_DAY
        zone, kind, offset = 0, 0, 0
        if isinstance(value, datetime):
            seconds = (value.hour * 60 + value.minute) * 60 + value.second
            clock += seconds * 1_000_000 + value.microsecond
            zone = number[_zone(value)]
            away = value.utcoffset()
            kind = 1 if away is None else 2
            offset = 0 if away is None else (away.days * 86_400 + away.seconds) * 1_000_000 + away.microseconds
        kinds.append(kind)
        moments.append(clock - offset)
        clocks.append(clock)
        of_zone.append(zone)
    return {
        f.kind_name(name): pyarrow.array(kinds, pyarrow.int64()),
        f.moment_name(name): pyarrow.array(moments, pyarrow.int64()),
        f.clock_name(name): pyarrow.array(clocks, pyarrow.int64()),
        f.zone_name(name): pyarrow.array(of_zone, pyarrow.int64()),
    }


def _zone(value: datetime) -> str:
    """The zone as it is written after the clock time; empty for a local time."""
    return value.isoformat()[len(value.replace(tzinfo=None).isoformat()) :]
