"""The facts that count, as a relation: known by then, happened by then, standing, not excused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from competency.model.facts import EVIDENCE
from competency.rules.population import columns as c
from competency.rules.population import facts as f
from competency.rules.population import ratios
from competency.rules.population import relations as r
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.facts import CORRECTS, PLACE, FactTable, Holds
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.values import Day, Moment, Single, Word, day_of, truth_of, unknown

# A row without the clock's date goes by another one.
CLOCKS_INSTEAD = {"due_on": ("submitted_on",)}

_LEARNER = "learner"


def facts_name(plural: str) -> str:
    """The table of all facts of a type."""
    return f"facts_{f.engine_name(plural)}"


def counting_name(plural: str) -> str:
    """The table of the facts of a type that count."""
    return f"counting_{f.engine_name(plural)}"


def counting_columns(table: FactTable) -> tuple[tuple[str, Kind], ...]:
    """The columns of the facts of a type that count."""
    found: list[tuple[str, Kind]] = [(_LEARNER, Kind.WHOLE), (PLACE, Kind.WHOLE)]
    for name, described in table.columns.items():
        if described.reason or described.is_blank:
            continue
        found.append((f.engine_name(name), Kind.TRUTH if described.holds is Holds.TRUTH else Kind.WHOLE))
        if described.holds is Holds.DAY:
            found.append((f.calendar_name(name), Kind.WHOLE))
            if described.has_times:
                further = (f.kind_name, f.moment_name, f.clock_name, f.zone_name)
                found.extend((of(name), Kind.WHOLE) for of in further)
    return tuple(found)


def fact_value(table: FactTable, name: str) -> Single:
    """A column of facts as a value."""
    if name not in table.columns:
        raise NoSetForm(f"`{name}`, which no row has")
    described = table.column(name)
    if described.is_blank:
        return _BLANKS[described.holds]
    blanks = described.has_blanks
    match described.holds:
        case Holds.TRUTH:
            return c.column(f.engine_name(name), Kind.TRUTH, is_nullable=blanks)
        case Holds.WORD:
            return Word(c.column(f.engine_name(name), Kind.WHOLE, is_nullable=blanks, low=0, high=described.high))
        case Holds.NUMBER:
            number = c.column(
                f.engine_name(name), Kind.WHOLE, is_nullable=blanks, low=described.low, high=described.high
            )
            return ratios.settled(number, c.constant(described.scale))
        case Holds.DAY:
            count = c.column(
                f.engine_name(name), Kind.WHOLE, is_nullable=blanks, low=described.low, high=described.high
            )
            calendar = c.column(f.calendar_name(name), Kind.WHOLE, is_nullable=blanks, low=0, high=f.LAST_CALENDAR)
            moment = None
            if described.has_times:
                kind = c.column(f.kind_name(name), Kind.WHOLE, is_nullable=blanks, low=0, high=2)
                at = _moment_column(name, is_nullable=blanks)
                moment = Moment(kind, at, described.is_uniform)
            return Day(count, calendar, moment)


_BLANKS: Mapping[Holds, Single] = {
    Holds.TRUTH: c.UNKNOWN,
    Holds.WORD: Word(c.BLANK),
    Holds.NUMBER: ratios.of_fraction(None),
    Holds.DAY: Day(c.BLANK, c.BLANK),
}


def _moment_column(name: str, *, is_nullable: bool = True) -> Expression:
    return c.column(f.moment_name(name), Kind.WHOLE, is_nullable=is_nullable, low=-f.LAST_MOMENT, high=f.LAST_MOMENT)


def counting(table: FactTable, as_of: date, known_on: datetime | None) -> r.Relation:
    """The rows of a fact type that count as of a date, as they were known at a time (none: now)."""
    fact_type = table.fact_type
    is_evidence = fact_type.plural == EVIDENCE.plural
    known = rows_read(table)
    is_known = is_known_by(table, known_on)
    if is_known is not c.TRUE:
        known = r.Filter(known, is_known)
    standing = known
    if table.has_corrections and is_evidence:
        corrections = r.Filter(known, c.is_known(c.column(CORRECTS, Kind.WHOLE)))
        corrected = r.Keep(
            corrections,
            ((_LEARNER, c.column(_LEARNER, Kind.WHOLE)), (CORRECTS, c.column(CORRECTS, Kind.WHOLE))),
        )
        standing = r.Join(known, corrected, ((_LEARNER, _LEARNER), (PLACE, CORRECTS)), (), "without")
    if is_evidence:
        standing = r.Filter(standing, _stands(table, known_on))
    kept = c.both(has_happened(table, as_of), c.opposite(is_over(table, as_of, known_on)))
    return standing if kept is c.TRUE else r.Filter(standing, kept)


def rows_read(table: FactTable) -> r.Relation:
    """All rows of a fact type, with the columns that are read."""
    columns = counting_columns(table)
    if table.has_corrections and table.fact_type.plural == EVIDENCE.plural:
        columns = (*columns, (CORRECTS, Kind.WHOLE))
    return r.Scan(facts_name(table.fact_type.plural), columns)


def is_known_by(table: FactTable, known_on: datetime | None) -> Expression:
    """Whether a row was known at a time."""
    return _by(table, "recorded_at", known_on, instead=c.TRUE)


def _by(table: FactTable, name: str, when: datetime | None, *, instead: Expression) -> Expression:
    """Whether the moment in a column had come by then; `instead` where the column is blank."""
    described = table.columns.get(name)
    if described is None:
        return instead
    day = fact_value(table, name)
    assert isinstance(day, Day)
    if when is None:
        return c.TRUE if instead is c.TRUE else c.opposite(c.is_blank(day.count))
    if described.is_blank:
        return instead
    limit = c.constant(_microseconds(when))
    at = day.moment.at if day.moment is not None else c.times(day.count, c.constant(f.MICROSECONDS_A_DAY))
    return c.filled(c.at_most(at, limit), instead)


def _microseconds(when: datetime) -> int:
    there = when.astimezone(UTC)
    seconds = (there.hour * 60 + there.minute) * 60 + there.second
    return there.toordinal() * f.MICROSECONDS_A_DAY + seconds * 1_000_000 + there.microsecond


def _stands(table: FactTable, known_on: datetime | None) -> Expression:
    """Zero is evidence, blank is not; withdrawn and excused evidence is out of every window."""
    score, excused = fact_value(table, "score"), fact_value(table, "excused")
    return c.both(
        c.opposite(unknown(score)),
        c.opposite(_by(table, "withdrawn_at", known_on, instead=c.FALSE)),
        c.opposite(c.holds(truth_of(excused))),
    )


def _day_column(table: FactTable, name: str | None) -> Expression | None:
    if name is None or name not in table.columns:
        return None
    day = fact_value(table, name)
    assert isinstance(day, Day)
    return day.count


def has_happened(table: FactTable, as_of: date) -> Expression:
    """Whether it had happened by then; a row without a day had."""
    happened = _day_column(table, table.fact_type.happened or table.fact_type.begins)
    return c.TRUE if happened is None else c.filled(c.at_most(happened, day_of(as_of).count), c.TRUE)


def is_over(table: FactTable, as_of: date, known_on: datetime | None) -> Expression:
    """Whether its end has come, and was known: a revocation may be learnt of later than the award."""
    ends = _day_column(table, table.fact_type.ends)
    if ends is None:
        return c.FALSE
    learnt = _by(table, "revocation_recorded_at", known_on, instead=c.TRUE)
    return c.both(c.holds(c.at_most(ends, day_of(as_of).count)), learnt)
