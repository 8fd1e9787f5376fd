"""Which recorded award of a conclusion stands, and which was revoked, for every learner at once (as stand.py has it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from competency.model.facts import AWARDS
from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population import relations as r
from competency.rules.population.apply_operator import apply_operator
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.counting import fact_value, has_happened, is_known_by, is_over, rows_read
from competency.rules.population.facts import PLACE, FactTable
from competency.rules.population.frame import LEARNER, Frame
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.values import Day, Word, day_of, truth_of
from competency.rules.program import ir
from competency.rules.program.operators import school_year, shifted_months

LEDGER, REVOKED = "ledger", "is_revoked"
REFERENCE = "reference"

# Awards of a learner follow each other by day, then by identity: one number says both.
_PLACES_A_DAY = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """Whether an award stands, and whether the award that counts was revoked: never blank."""

    stands: Expression
    is_revoked: Expression


NO_AWARD = Ledger(c.FALSE, c.FALSE)


def ledger(table: FactTable, as_of: date, known_on: datetime | None) -> r.Relation:
    """The awards that were known and made by then, each with whether it is revoked."""
    known = r.Filter(rows_read(table), c.both(is_known_by(table, known_on), has_happened(table, as_of)))
    return r.Extend(known, ((REVOKED, is_over(table, as_of, known_on)),))


def in_ledger(rule: ir.Rule, frame: Frame) -> Ledger:
    """What the ledger says of each decision of a rule; rows of the frame have the rule's reference as a word."""
    table = frame.space.at_hand.tables.get(AWARDS.plural)
    if rule.awards is None or table is None or table.columns["award"].is_blank:
        return NO_AWARD
    columns = ["competency" if variable.kind == "skill" else variable.kind for variable in rule.scope]
    if any(name not in table.columns for name in columns):
        return NO_AWARD
    on = [(LEARNER, LEARNER)]
    for key, name in zip(frame.keys[1:], columns, strict=True):
        if table.column(name).is_blank:
            return NO_AWARD
        on.append((key, name))
    found = [_Found(rule, frame, table, [*on, (REFERENCE, "award")], c.TRUE)]
    if rule.kind not in ir.NAMED_KINDS:
        kind = c.constant(frame.space.at_hand.words.number(rule.kind))
        award = fact_value(table, "award")
        if not isinstance(award, Word):
            raise NoSetForm("awards that are no words")
        found.append(_Found(rule, frame, table, on, c.holds(c.equal(award.number, kind))))
    stands = frame.column(c.either(*[one.lasts for one in found]))
    latest, latest_revoked = (c.greatest(*ends) for ends in zip(*[one.latest for one in found], strict=True))
    was_revoked = c.both(c.at_least(latest_revoked, c.constant(0)), c.equal(latest, latest_revoked))
    return Ledger(stands, frame.column(c.both(c.opposite(stands), was_revoked)))


class _Found:
    """The awards of one name of a conclusion: whether one lasts, and which is the latest, of all and of those revoked."""

    def __init__(
        self, rule: ir.Rule, frame: Frame, table: FactTable, on: Sequence[tuple[str, str]], is_of: Expression
    ) -> None:
        wanted = (LEARNER, PLACE, *[column for column in table.columns if not table.columns[column].is_blank])
        kinds = [(name, Kind.WHOLE) for name in wanted] + [("awarded_on__calendar", Kind.WHOLE), (REVOKED, Kind.TRUTH)]
        below = Frame(frame.space, lambda: r.Scan(LEDGER, tuple(kinds)), {}, parent=frame, keys=(LEARNER, PLACE))
        gathering = frame.gather(below, tuple(on))
        awarded = fact_value(table, "awarded_on")
        if not isinstance(awarded, Day) or awarded.moment is not None or awarded.count.is_nullable:
            raise NoSetForm("awards without a date, or with a time")
        revoked = c.column(REVOKED, Kind.TRUTH, is_nullable=False)
        place = c.column(PLACE, Kind.WHOLE, is_nullable=False, low=0, high=_PLACES_A_DAY - 1)
        key = below.column(c.plus(c.times(awarded.count, c.constant(_PLACES_A_DAY)), place))
        lasting = below.column(c.both(is_of, c.opposite(revoked), _lasts(rule, awarded, frame)))
        none = c.constant(-1)

        def latest(where: Expression) -> Expression:
            return gathering.measure("max", key, where, low=key.low, high=key.high, default=none)

        number = gathering.measure("count", None, lasting, low=0, high=table.rows_max, default=c.constant(0))
        self.lasts = c.at_least(number, c.constant(1))
        self.latest = (latest(is_of), latest(below.column(c.both(is_of, revoked))))


def _lasts(rule: ir.Rule, awarded: Day, frame: Frame) -> Expression:
    """Whether an award's time is not over: of days and months, by the first day of which it is not."""
    assert rule.awards is not None
    length, unit = rule.awards.length, rule.awards.unit
    as_of = frame.space.as_of
    if length is None:
        return c.TRUE
    if unit == "school year":
        month, day = map(Fraction, frame.space.program.year_begins)
        begun = apply_operator("school year", (awarded, ratios.of_fraction(month), ratios.of_fraction(day)))
        this = ratios.of_fraction(school_year(as_of, month, day) - length)
        return c.holds(truth_of(apply_operator("more than", (begun, this))))
    first = (
        as_of - timedelta(days=length - 1) if unit == "day" else _first_within(as_of, length, rule.awards.months_round)
    )
    return c.at_least(awarded.count, day_of(first).count)


def _first_within(as_of: date, months: int, direction: str) -> date:
    """The first day that lies so many months or less before another: the later the day, the later its end."""
    day = as_of - timedelta(days=31 * months + 31)
    while not as_of < shifted_months(day, Fraction(months), 1, direction):
        day += timedelta(days=1)
    return day
