"""In which order facts follow each other, from the oldest on."""

from __future__ import annotations

from competency.rules.population import columns as c
from competency.rules.population import facts as f
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.counting import CLOCKS_INSTEAD, fact_value
from competency.rules.population.facts import PLACE
from competency.rules.population.frame import LEARNER
from competency.rules.population.lists import Together
from competency.rules.population.values import number_of
from competency.rules.program import ir

WHOLE = Kind.WHOLE


def order_of(order: ir.Order, table: f.FactTable) -> tuple[tuple[Expression, bool], ...]:
    """Oldest first: by the clock, ties by score as stated, then by identity; a row without any date is the oldest."""
    clocks = [
        name
        for name in (order.clock, *CLOCKS_INSTEAD.get(order.clock, ()), "assessed_on")
        if name in table.columns and not table.column(name).is_blank
    ]
    days = [table.column(name) for name in dict.fromkeys(clocks)]
    found: list[tuple[Expression, bool]] = []
    has_times = any(day.has_times for day in days)
    moment, zone = c.BLANK, c.BLANK
    for name, day in reversed(list(zip(dict.fromkeys(clocks), days, strict=True))):
        blanks = day.has_blanks
        if not has_times:
            own = c.column(f.engine_name(name), WHOLE, is_nullable=blanks, low=day.low, high=day.high)
        elif day.has_times:
            own = c.column(f.clock_name(name), WHOLE, is_nullable=blanks, low=0, high=f.LAST_MOMENT)
        else:
            count = c.column(f.engine_name(name), WHOLE, is_nullable=blanks, low=day.low, high=day.high)
            own = c.times(count, c.constant(f.MICROSECONDS_A_DAY))
        zone_own = (
            c.column(f.zone_name(name), WHOLE, is_nullable=blanks, low=0, high=10_000)
            if day.has_times
            else c.where(c.is_known(own), c.constant(0))
        )
        moment, zone = c.filled(own, moment), c.choose(c.is_known(own), zone_own, zone)
    if days:
        found.append((c.filled(moment, c.constant(-1)), False))
        if has_times:
            found.append((c.filled(zone, c.constant(-1)), False))
    if order.ties and "score" in table.columns:
        score = number_of(fact_value(table, "score"))
        found.append((c.filled(score.low.above, c.constant(0)), order.ties == "lowest"))
    found.append((c.column(PLACE, WHOLE, is_nullable=False, low=0, high=table.rows_max), False))
    return tuple(found)


def together_of(table: f.FactTable) -> Together | None:
    """Which rows of a table are best kept together; none where nothing says so."""
    clustering = table.clustering
    if clustering is None or table.columns[clustering.column].is_blank:
        return None
    return Together((LEARNER, f.engine_name(clustering.column)), order_of(clustering.order, table))
