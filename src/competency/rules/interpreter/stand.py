"""Which recorded award of a conclusion stands, and which was revoked. An award stands until a recorded act ends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from competency.model.facts import Fact
from competency.rules.interpreter.reasons import Award
from competency.rules.program import ir
from competency.rules.program.operators import school_year, shifted, shifted_months


def standing(
    rule: ir.Rule,
    codes: tuple[str, ...],
    awards: Sequence[tuple[Fact, bool]],
    as_of: date,
    year_begins: tuple[int, int],
) -> Award | None:
    """The award of a decision that counts: the latest that stands, or else the latest if it was revoked.

    `awards` are the learner's, oldest first, each with whether it is revoked. One whose time is over does not count.
    """
    if rule.awards is None:
        return None
    found = [(row, is_revoked) for row, is_revoked in awards if _is_of(row, rule, codes)]
    lasting = [row for row, is_revoked in found if not is_revoked and _lasts(row, rule.awards, as_of, year_begins)]
    if lasting:
        return Award(lasting[-1], is_revoked=False)
    return Award(found[-1][0], is_revoked=True) if found and found[-1][1] else None


def _is_of(row: Fact, rule: ir.Rule, codes: tuple[str, ...]) -> bool:
    """Whether an award is of what a rule concludes about these items."""
    if row.values.get("award") not in {rule.reference, *([] if rule.kind in ir.NAMED_KINDS else [rule.kind])}:
        return False
    return all(
        row.values.get("competency" if variable.kind == "skill" else variable.kind) == code
        for variable, code in zip(rule.scope, codes, strict=True)
    )


def _lasts(row: Fact, awards: ir.Awards, as_of: date, year_begins: tuple[int, int]) -> bool:
    """Whether its time is not over: days and months from the award on, school years with that of the award as the first."""
    begins = row.values.get("awarded_on")
    if awards.length is None or not isinstance(begins, date):
        return True
    length = Fraction(awards.length)
    match awards.unit:
        case "school year":
            month, day = year_begins
            this, first = (school_year(when, Fraction(month), Fraction(day)) for when in (as_of, begins))
            return bool(this < first + length)
        case "day":
            ends = shifted(begins, length, 1)
        case _:
            ends = shifted_months(begins, length, 1, awards.months_round)
    return ends is None or as_of < ends
