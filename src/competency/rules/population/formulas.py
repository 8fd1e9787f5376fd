"""The named formulas over columns, as formulas.py has them for one learner: exact, of the known values in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population.columns import Expression
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.ratios import Number, Ratio
from competency.rules.population.say_of_rows import ranked
from competency.rules.population.values import Day, RowSet, Single, Word, mapped

Settings = Mapping[str, Fraction | str | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of which all that counts is known: those that are `present`, and how many they are above."""

    rows: RowSet
    present: Expression
    count: Expression

    def sum(self, value: Expression, where: Expression | None = None) -> Expression:
        """The sum of a number over the rows that are present."""
        most = self.rows.most
        low, high = min(value.low, 0) * most, max(value.high, 0) * most
        present = self.present if where is None else self.rows.below.below.tidied(c.both(self.present, where))
        return self.rows.below.measure("sum", value, present, low=low, high=high, default=c.constant(0))

    def at_least_one(self, count: Expression) -> Expression:
        """A count as a denominator; where it is 0 nothing is known anyway."""
        filled = c.choose(c.at_least(count, c.constant(1)), count, c.constant(1))
        return Expression(
            filled.name,
            filled.parts,
            filled.kind,
            False,
            1,
            max(filled.high, 1),
            filled.value,
            filled.is_column,
            filled.size,
        )

    def from_newest(self) -> Expression:
        """The number of each row from the newest on, from 0."""
        return ranked(self.rows, self.present, self.rows.order, newest_first=True)


Formula = Callable[[Kept, Single, Settings], Single]


def _scores(value: Single) -> Ratio:
    if not isinstance(value, Number) or not value.is_settled or not value.low.is_whole_scaled:
        raise NoSetForm("a formula of numbers whose denominators differ from row to row")
    return value.low


def _mean(total: Expression, count: Expression, scale: Expression) -> Number:
    return ratios.settled(total, c.times(count, scale))


def _average(kept: Kept, value: Single, _settings: Settings) -> Single:
    scores = _scores(value)
    return _mean(kept.sum(scores.above), kept.at_least_one(kept.count), scores.below)


def _median(kept: Kept, value: Single, _settings: Settings) -> Single:
    scores = _scores(value)
    below = kept.rows.below.below
    ranking = ((c.filled(scores.above, c.constant(0)), False), *kept.rows.order)
    place = ranked(kept.rows, kept.present, ranking)
    number = below.number("count", kept.rows.below.within, of_value=kept.present, high=kept.rows.most)
    twice = c.plus(c.times(place, c.constant(2)), c.constant(2))
    far = c.minus(twice, number)  # 1 in the middle; 0 and 2 on both sides of it
    weight = c.choose(
        c.equal(far, c.constant(1)),
        c.constant(2),
        c.choose(c.either(c.equal(far, c.constant(0)), c.equal(far, c.constant(2))), c.constant(1), c.constant(0)),
    )
    weighted = below.column(c.times(scores.above, weight))
    return ratios.settled(kept.sum(weighted), c.times(scores.below, c.constant(2)))


def _extreme(function: str) -> Formula:
    def apply(kept: Kept, value: Single, _settings: Settings) -> Single:
        def of(expression: Expression) -> Expression:
            return kept.rows.below.measure(function, expression, kept.present, low=expression.low, high=expression.high)

        match value:
            case Day() if value.moment is None or value.moment.is_uniform:
                return mapped(value, of)
            case Number():
                scores = _scores(value)
                return ratios.settled(of(scores.above), scores.below)
            case _:
                raise NoSetForm("the highest or lowest of what has no order")

    return apply


def _weighted_recent_average(kept: Kept, value: Single, settings: Settings) -> Single:
    scores, share = _scores(value), _share(settings)
    newest = kept.from_newest()
    is_newest = c.equal(newest, c.constant(0))
    last = ratios.settled(kept.sum(scores.above, is_newest), scores.below)
    before = kept.at_least_one(c.minus(kept.count, c.constant(1)))
    earlier = _mean(kept.sum(scores.above, c.opposite(is_newest)), before, scores.below)
    mixed = ratios.plus(
        ratios.times(last, ratios.of_fraction(share)), ratios.times(earlier, ratios.of_fraction(1 - share))
    )
    return ratios.picked(c.at_least(c.constant(1), kept.count), last, mixed)


def _decaying_average(kept: Kept, value: Single, settings: Settings) -> Single:
    """Each score by its weight, which depends on how many are newer; all weights over one denominator.

    With a share of p/q and k scores, the score with r newer ones weighs p (q-p)^r q^(n-1-r) over q^n, and the oldest
    besides (q-p)^k q^(n-k), where n is the most scores that there can be.
    """
    scores, share = _scores(value), _share(settings)
    p, q, n = share.numerator, share.denominator, kept.rows.most
    below = kept.rows.below.below
    newer = kept.from_newest()
    weights = [p * (q - p) ** place * q ** (n - 1 - place) for place in range(n)]
    weighed = below.column(c.times(scores.above, c.picked(newer, weights)))
    largest = max(abs(scores.above.low), abs(scores.above.high)) * q**n
    bounded = c.column(weighed.name, c.kind_of(-largest, largest), low=-largest // n - 1, high=largest // n + 1)
    oldest = kept.rows.below.measure(
        "at greatest", scores.above, kept.present, low=scores.above.low, high=scores.above.high, by=newer
    )
    of_oldest = [(q - p) ** count * q ** (n - count) for count in range(1, n + 1)]
    besides = c.times(oldest, c.picked(c.minus(kept.count, c.constant(1)), of_oldest))
    return ratios.settled(c.plus(kept.sum(bounded), besides), c.times(scores.below, c.constant(q**n)))


def _share(settings: Settings) -> Fraction:
    share = settings.get("at")
    return share if isinstance(share, Fraction) else Fraction(1, 2)


def _n_mastery(kept: Kept, value: Single, settings: Settings) -> Single:
    scores = _scores(value)
    needed, cut = settings.get("n"), settings.get("at")
    if not isinstance(needed, Fraction) or not isinstance(cut, Fraction):
        return ratios.of_fraction(None)
    reaching = kept.rows.below.below.column(
        c.both(kept.present, c.holds(ratios.at_least(Number(scores, scores), ratios.of_fraction(cut))))
    )
    count = kept.rows.below.measure("count", None, reaching, low=0, high=kept.rows.most, default=c.constant(0))
    mean = _mean(kept.sum(scores.above, reaching), kept.at_least_one(count), scores.below)
    return ratios.only_where(ratios.at_least(ratios.settled(count), ratios.of_fraction(max(needed, Fraction(1)))), mean)


def _mode(kept: Kept, value: Single, settings: Settings) -> Single:
    below, within, most = kept.rows.below.below, kept.rows.below.within, kept.rows.most
    match value:
        case Word():
            key = value.number
        case Number():
            key = _scores(value).above
        case _:
            raise NoSetForm("the most frequent of dates or truths")
    key = below.column(key)
    each = below.number("count", (*within, c.filled(key, c.constant(-1))), of_value=kept.present, high=most)
    counted = below.column(c.where(kept.present, each))
    top = below.number("max", within, of_value=counted, high=most)
    tied = below.column(c.both(kept.present, c.holds(c.equal(each, top))))
    ties = settings.get("ties")
    measure = kept.rows.below.measure
    if ties == "newest":
        newest = ranked(kept.rows, tied, kept.rows.order, newest_first=True)
        tied = below.column(c.both(tied, c.equal(newest, c.constant(0))))
    chosen = measure("min" if ties == "lowest" else "max", key, tied, low=key.low, high=key.high)
    if ties == "none":
        different = measure("different", key, tied, low=0, high=most, default=c.constant(0))
        chosen = c.where(c.equal(different, c.constant(1)), chosen)
    return Word(chosen) if isinstance(value, Word) else ratios.settled(chosen, _scores(value).below)


def _longest_run(kept: Kept, value: Single, _settings: Settings) -> Single:
    """How far each row is, in order, from the last before it that was not so."""
    if not isinstance(value, Expression):
        raise NoSetForm("a run of what is no truth")
    below, most = kept.rows.below.below, kept.rows.most
    order = tuple((below.column(one), is_last_first) for one, is_last_first in kept.rows.order)
    within = (*kept.rows.below.within, below.column(kept.present))
    place = c.plus(below.number("number", within, order, high=most), c.constant(1))
    broken = below.column(c.choose(value, c.constant(0), place))
    last = below.number("running max", within, order, broken, high=most)
    run = below.column(c.minus(place, last))
    longest = kept.rows.below.measure("max", run, kept.present, low=0, high=most, default=c.constant(0))
    return ratios.settled(longest)


FORMULAS: Mapping[str, Formula] = {
    "average": _average,
    "median": _median,
    "mode": _mode,
    "highest": _extreme("max"),
    "lowest": _extreme("min"),
    "weighted recent average": _weighted_recent_average,
    "decaying average": _decaying_average,
    "n mastery": _n_mastery,
    "longest run": _longest_run,
}
