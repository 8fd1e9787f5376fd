"""Facts of one learner that a program could be asked about, chosen by a `Choose`: boundaries, ties, corrections, blanks.

Reads from the program which values matter: the constants of its rules, its scales, its items.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from fractions import Fraction

from competency.model.facts import Column, ColumnType, Fact, FactType, FactValue, LearnerFacts
from competency.rules.program import ir
from competency.rules.program.types import Kind
from competency.testing.written_clauses import Choose

LEARNER = "learner 1"
ROWS_MAX = {"evidence": 9, "attempts": 3, "learners": 1, "placements": 2}  # others: one
HISTORY_MAX = (
    24  # of few learners: where numbers of long histories still have room in an engine, and where not any more
)
_STEP = Fraction(1, 10)
_TIMES = (time(), time(8, 30), time(23, 59))
# How a learner's moments are written: as local times, as dates alone, or now so and now so, with zones too.
_SHAPES = (*["times"] * 15, "dates", "mixed")
_ZONES = (UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=30)))


@dataclass(frozen=True, slots=True)
class Matters:
    """Values that could change a decision, the simplest first."""

    numbers: tuple[Fraction, ...]
    scores: tuple[Fraction, ...]
    days: tuple[date, ...]
    texts: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    """method, role or program to the words of it"""
    items: dict[ColumnType, tuple[str, ...]]


def what_matters(program: ir.Program) -> Matters:
    """The values on both sides of every boundary in a program."""
    constants = [
        node
        for rule in program.rules
        for root in ir.rule_nodes(rule)
        for node in ir.walk(root)
        if isinstance(node, ir.Constant)
    ]
    numbers = {Fraction(0), Fraction(100)} | {node.value for node in constants if isinstance(node.value, Fraction)}
    cells = [cell for table in program.tables.values() for row, _ in table.rows for cell in row]
    numbers |= {bound for cell in cells for bound in (cell.low, cell.high) if isinstance(bound, Fraction)}
    points = {scale.value(level) for scale in program.scales.values() for level in scale.levels}
    points |= {
        bound for scale in program.scales.values() for bound in (scale.lowest, scale.highest) if bound is not None
    }
    days = {date(2026, 1, 15), date(2026, 10, 1)} | {node.value for node in constants if isinstance(node.value, date)}
    beside = timedelta(days=1)
    texts = {node.value for node in constants if isinstance(node.value, str) and node.type.kind is Kind.TEXT}
    words: dict[str, set[str]] = {"method": {"other"}, "role": {"other"}, "program": {"other"}}
    for node in constants:
        if isinstance(node.value, str) and node.type.of in words:
            words[node.type.of].add(node.value)
    catalog = program.catalog.items
    return Matters(
        numbers=tuple(sorted({near for value in numbers for near in (value, value - _STEP, value + _STEP)})),
        scores=tuple(sorted({near for value in points for near in (value, value - _STEP, value + _STEP)}))
        or (Fraction(0),),
        days=tuple(sorted({near for day in days for near in (day - beside, day, day + beside)})),
        texts=tuple(sorted(texts | {"A"})),
        words={what: tuple(sorted(known, reverse=True)) for what, known in words.items()},
        items={
            ColumnType.COMPETENCY: (*catalog.get("competency", ()), *catalog.get("skill", ())),
            ColumnType.COURSE: tuple(catalog.get("course", ())),
            ColumnType.LEVEL: tuple(catalog.get("level", ())),
        },
    )


def make_facts(choose: Choose, program: ir.Program) -> LearnerFacts:
    """Facts of one learner; identities are unique within a table."""
    matters = what_matters(program)
    shape = choose.one(_SHAPES)
    tables = {}
    for fact_type in program.fact_types:
        if not fact_type.is_about_a_learner:
            continue
        rows: dict[str, Fact] = {}
        most = ROWS_MAX.get(fact_type.plural, 1)
        if fact_type.plural == "evidence":
            most = choose.one((most, most, most, most, most, most, most, HISTORY_MAX))
        for number in range(choose.number(0, most)):
            row = _row(choose, fact_type, matters, number, rows, shape)
            rows.setdefault(row.id, row)
        if rows:
            tables[fact_type.plural] = tuple(rows.values())
    return LearnerFacts(LEARNER, tables)


def make_clocks(choose: Choose, program: ir.Program) -> tuple[date, datetime | None]:
    """An as-of date and the time as of which facts were known (none: now)."""
    days = what_matters(program).days
    known = choose.one((None, *days))
    return choose.one(days), None if known is None else datetime.combine(known, time(12), UTC)


def _row(
    choose: Choose, fact_type: FactType, matters: Matters, number: int, before: dict[str, Fact], shape: str
) -> Fact:
    copied = choose.one((None, *before.values())) if fact_type.plural == "evidence" else None
    if copied is not None and choose.one((True, False)):  # the same work, sent twice under another identity
        key = fact_type.key[0]
        return replace(copied, id=f"row {number}", values={**copied.values, key: f"row {number}"})
    values = {column.name: _value(choose, column, matters, number, shape) for column in fact_type.columns}
    if "supersedes" in values:
        later = f"row {number + 1}"  # it may correct this one as well: then each corrects the other
        values["supersedes"] = choose.one((None, None, None, *before, *([] if choose.number(0, 9) else [later])))
        values["withdrawn_at"] = choose.one((None, None, None, values["withdrawn_at"]))
        values["excused"] = choose.one((None, False, None, True))
    return Fact(fact_type.plural, "|".join(str(values[name]) for name in fact_type.key), values)


def _value(choose: Choose, column: Column, matters: Matters, number: int, shape: str) -> FactValue:
    if column.type is ColumnType.IDENTIFIER:
        return f"row {number}"
    if column.type is ColumnType.LEARNER:
        return LEARNER
    options = _options(column, matters)
    if not options or (not column.required and choose.number(0, 3) == 0):
        return None if not column.required else (options or ("none",))[0]
    value = choose.one(options)
    if column.type is ColumnType.MOMENT and isinstance(value, date):
        match shape:
            case "dates":
                return value
            case "mixed":
                zones = (None, *_ZONES)
                return choose.one((value, datetime.combine(value, choose.one(_TIMES), choose.one(zones))))
            case _:
                return datetime.combine(value, choose.one(_TIMES))
    if column.type is ColumnType.INSTANT and isinstance(value, date):
        return datetime.combine(value, choose.one(_TIMES), UTC)
    return value


def _options(column: Column, matters: Matters) -> tuple[FactValue, ...]:
    match column.type:
        case ColumnType.SCORE:
            return matters.scores
        case ColumnType.NUMBER | ColumnType.CREDITS | ColumnType.SHARE | ColumnType.MONEY:
            return matters.numbers
        case ColumnType.WHOLE:
            return (Fraction(0), Fraction(2), Fraction(3))
        case ColumnType.SCHOOL_YEAR:
            return (Fraction(2026), Fraction(2027))
        case ColumnType.DATE | ColumnType.MOMENT | ColumnType.INSTANT:
            return matters.days
        case ColumnType.BOOLEAN:
            return (False, True)
        case ColumnType.CHOICE:
            return column.choices
        case ColumnType.METHOD:
            return matters.words["method"]
        case ColumnType.ROLE:
            return matters.words["role"]
        case ColumnType.PROGRAM:
            return matters.words["program"]
        case ColumnType.COMPETENCY | ColumnType.COURSE | ColumnType.LEVEL:
            return matters.items[column.type]
        case _:
            return matters.texts
