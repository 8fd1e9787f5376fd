"""Periods of the calendar and school days: which a date is in, and how many lie between two. Lowers to choices and tables."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language.attached import AttachedRows
from competency.rules.language.findings import Findings
from competency.rules.program import ir, types
from competency.source import Place, Span

# The table that counts school days; a name of two words is none that a book can give.
SCHOOL_DAYS = "school days"


def period_name(periods: Sequence[tuple[str, int, int]], day: ir.Node, span: Span) -> ir.Node:
    """The name of the period in which a date lies; not known between periods."""
    cases = tuple(
        (_lies_in(begins, ends, day, span), ir.Constant(name, types.TEXT, span)) for name, begins, ends in periods
    )
    return ir.Choose(cases, ir.Constant(None, types.TEXT, span), types.TEXT, span)


def period_key(periods: Sequence[tuple[str, int, int]], day: ir.Node, span: Span) -> ir.Node:
    """A number that two dates share if they lie in one period of one year: the year in which it began, and its place."""
    year = ir.Apply("calendar year", (day,), types.PLAIN, span)
    before = ir.Apply("-", (year, _number(1, span)), types.PLAIN, span)
    cases = []
    for place, (_, begins, ends) in enumerate(periods, start=1):
        began: ir.Node = year
        if begins >= ends:  # it goes over the new year
            has_begun = ir.Apply("at least", (_month_and_day(day, span), _number(begins, span)), types.TRUTH, span)
            began = ir.Choose(((has_begun, year),), before, types.PLAIN, span)
        hundreds = ir.Apply("*", (began, _number(100, span)), types.PLAIN, span)
        key = ir.Apply("+", (hundreds, _number(place, span)), types.PLAIN, span)
        cases.append((_lies_in(begins, ends, day, span), key))
    return ir.Choose(tuple(cases), ir.Constant(None, types.PLAIN, span), types.PLAIN, span)


def _lies_in(begins: int, ends: int, day: ir.Node, span: Span) -> ir.Node:
    after = ir.Apply("at least", (_month_and_day(day, span), _number(begins, span)), types.TRUTH, span)
    before = ir.Apply("less than", (_month_and_day(day, span), _number(ends, span)), types.TRUTH, span)
    return ir.Apply("and" if begins < ends else "or", (after, before), types.TRUTH, span)


def _month_and_day(day: ir.Node, span: Span) -> ir.Node:
    return ir.Apply("month and day", (day,), types.PLAIN, span)


def _number(value: int, span: Span) -> ir.Node:
    return ir.Constant(Fraction(value), types.PLAIN, span)


def school_days_between(begins: ir.Node, ends: ir.Node, span: Span) -> ir.Node:
    """School days from one date on and before another."""
    unit = types.unit("school day")
    counts = tuple(ir.Lookup(SCHOOL_DAYS, (day,), unit, span) for day in (ends, begins))
    return ir.Apply("-", counts, unit, span)


def school_day_table(rows: AttachedRows, span: Span, findings: Findings) -> ir.TableRows:
    """For each date how many school days lie before it, from the days that a file lists in its first column."""
    days = []
    for line, cells in rows.rows:
        try:
            days.append(date.fromisoformat(cells[0]))
        except ValueError:
            findings.fail(
                kinds.CATALOG_ROW,
                f"`{cells[0]}` is no date",
                Label(Place(rows.name, line), "this cell"),
                Label(span, "named here"),
                fixes=(Fix("write year, month and day, as 2026-08-17"),),
            )
    ordered: list[date] = sorted(set(days))
    unit = types.unit("school day")
    bounds = [None, *ordered, None]
    found = [
        ((ir.Range(low=low, low_included=False, high=high),), Fraction(number))
        for number, (low, high) in enumerate(itertools.pairwise(bounds))
    ]
    return ir.TableRows(SCHOOL_DAYS, (types.DATE,), unit, tuple(found))
