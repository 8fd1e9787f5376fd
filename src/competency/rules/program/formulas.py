"""The named formulas, each once: exact functions of scores in order, oldest first, blanks already left out.

A formula answers None where there is too little to say anything. The power law and knowledge tracing are rounded half up
to 6 places at once; both are computed so that every machine agrees, the one with 40 decimal digits, the other exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from math import lcm
from typing import Any, Literal

from competency.rules.program.rounding import rounded

DIGITS = (
    40  # working precision of the power law; the decimal module's ln and exp are correctly rounded, a float's are not
)
SAFE_DIGITS = 30  # what is kept of them before rounding, so that 2.4999...9 from a true 2.5 does not round down
PLACES = Fraction(1, 10**6)
CUT_MAX = Fraction(10**6)  # no scale reaches so far: a cut beyond it is a slip of the keyboard

Scores = Sequence[Fraction]
Ties = Literal["newest", "highest", "lowest", "none"]


def average(scores: Scores) -> Fraction | None:
    """The mean."""
    return sum(scores, Fraction(0)) / len(scores) if scores else None


def median(scores: Scores) -> Fraction | None:
    """The middle score; of an even number, the mean of the two in the middle."""
    if not scores:
        return None
    ranked = sorted(scores)
    middle = len(ranked) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def highest(scores: Sequence[Any]) -> Any:
    """The highest score, or the last of dates."""
    return max(_of_one_kind(scores), default=None)


def lowest(scores: Sequence[Any]) -> Any:
    """The lowest score, or the first of dates."""
    return min(_of_one_kind(scores), default=None)


def _of_one_kind(values: Sequence[Any]) -> Sequence[Any]:
    """Values that can be compared: dates beside local times or times with a zone are all taken by their dates."""
    kinds = {(type(value), isinstance(value, datetime) and value.tzinfo is None) for value in values}
    if len(kinds) < 2 or not all(isinstance(value, date) for value in values):
        return values
    return [value.date() if isinstance(value, datetime) else value for value in values]


def total(scores: Scores) -> Fraction:
    """The scores added up; of no scores, 0."""
    return sum(scores, Fraction(0))


def mode(scores: Sequence[Any], ties: Ties) -> Any:
    """The most frequent value, of anything that can be compared; ties choose among several most frequent ones."""
    if not scores:
        return None
    counts = Counter(scores)
    most = max(counts.values())
    tied = [value for value, count in counts.items() if count == most]
    if len(tied) == 1:
        return tied[0]
    match ties:
        case "highest":
            return max(tied)
        case "lowest":
            return min(tied)
        case "newest":
            return next(value for value in reversed(scores) if value in tied)
        case "none":
            return None
    raise ValueError(f"no such way to break a tie: {ties}")


def weighted_recent_average(scores: Scores, share: Fraction) -> Fraction | None:
    """The newest score by its share, and the mean of all earlier ones by the rest; one score is itself."""
    if len(scores) < 2:
        return scores[0] if scores else None
    earlier = sum(scores[:-1], Fraction(0)) / (len(scores) - 1)
    return scores[-1] * share + earlier * (1 - share)


def decaying_average(scores: Scores, share: Fraction) -> Fraction | None:
    """From the oldest on, each new score by its share and what there was by the rest."""
    if not scores:
        return None
    result = scores[0]
    for score in scores[1:]:
        result = result * (1 - share) + score * share
    return result


def n_mastery(scores: Scores, n: Fraction | int, cut: Fraction) -> Fraction | None:
    """The mean of every score at or above the cut; none with fewer than n of them."""
    reaching = [score for score in scores if score >= cut]
    return average(reaching) if len(reaching) >= n else None


def power_law(scores: Scores) -> Fraction | None:
    """The fitted value at the newest score of y = a * x^b (least squares of ln y on ln x, x = 1, 2, ... in order).

    One score is itself. A score of 0 or less has no logarithm: nothing is known then. Not clamped to the scale.
    Rounded half up to 6 places, that of one score too; the same on every machine, as no binary float takes part.
    Source: R. Marzano, Transforming Classroom Grading (2000).
    """
    if not scores or any(score <= 0 for score in scores):
        return None
    if len(scores) == 1:
        return rounded(scores[0], PLACES, "half up")
    with localcontext(Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)):
        xs = [Decimal(index).ln() for index in range(1, len(scores) + 1)]
        ys = [(Decimal(score.numerator) / Decimal(score.denominator)).ln() for score in scores]
        none = Decimal(0)
        mean_x, mean_y = sum(xs, none) / len(xs), sum(ys, none) / len(ys)
        above = sum(((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)), none)
        below = sum(((x - mean_x) * (x - mean_x) for x in xs), none)
        fitted = (mean_y + above / below * (xs[-1] - mean_x)).exp()
    safe = Context(prec=SAFE_DIGITS, rounding=ROUND_HALF_EVEN).create_decimal(fitted)
    return rounded(Fraction(safe), PLACES, "half up")


def knowledge_tracing(
    answers: Sequence[bool | None],
    prior: Fraction,
    learn: Fraction,
    slip: Fraction,
    guess: Fraction,
    forget: Fraction = Fraction(0),
) -> Fraction | None:
    """How likely it is that the skill is known after the last answer, rounded half up to 6 places.

    As `chance_known`, whose arguments it takes.
    """
    known = chance_known(answers, prior, learn, slip, guess, forget)
    return None if known is None else rounded(known, PLACES, "half up")


def chance_known(
    answers: Sequence[bool | None],
    prior: Fraction,
    learn: Fraction,
    slip: Fraction,
    guess: Fraction,
    forget: Fraction = Fraction(0),
) -> Fraction | None:
    """How likely it is that the skill is known after the last answer, right or wrong, exactly; all chances in 0..1.

    An answer that was not given (None) is no evidence, and learning goes on. Answers that the chances rule out (a right
    one where neither knowing nor guessing is possible) leave nothing known. Source: Corbett and Anderson (1995); a
    chance of forgetting is a later addition. Raises ValueError where guess + slip >= 1: a right answer would then lower
    what is known.
    """
    if guess + slip >= 1:
        raise ValueError("guess and slip together must stay below 1")
    # Bayes' rule without its division: two whole numbers in the proportion of known to not known. With decimals of any
    # length thirty right answers come to a certain 1, from which no wrong answer leads back.
    whole = lcm(*(chance.denominator for chance in (prior, learn, slip, guess, forget)))
    begin, gain, miss, luck, loss = (int(chance * whole) for chance in (prior, learn, slip, guess, forget))
    known, unknown = begin, whole - begin
    for answer in answers:
        if answer is True:
            known, unknown = known * (whole - miss), unknown * luck
        elif answer is False:
            known, unknown = known * miss, unknown * (whole - luck)
        known, unknown = known * (whole - loss) + unknown * gain, known * loss + unknown * (whole - gain)
    return Fraction(known, known + unknown) if known + unknown else None


def longest_run(flags: Sequence[bool]) -> Fraction:
    """How many in a row at most were so."""
    best = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        best = max(best, run)
    return Fraction(best)


def weighted_average(pairs: Sequence[tuple[Fraction | None, Fraction]]) -> Fraction | None:
    """The mean of values by their weights; what is missing is left out and the other weights count for more."""
    present = [(value, weight) for value, weight in pairs if value is not None]
    weights = sum((weight for _, weight in present), Fraction(0))
    if weights == 0:
        return None
    return sum((value * weight for value, weight in present), Fraction(0)) / weights


# --- the table of formulas --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a formula: its name in rules, its range (both ends included), its meaning in words.

    `unit` is `%` for a share or chance (held as a Fraction of 1), `score` for a point of the scale, empty for a count,
    which must be a whole number.
    """

    name: str
    lowest: Fraction
    highest: Fraction
    meaning: str
    unit: str = "%"


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: the words by which rules name it, its settings, what it does in a sentence, and its function.

    `needs` says how much evidence it takes, `source` where it comes from.
    """

    words: str
    settings: tuple[Setting, ...]
    meaning: str
    of: Callable[[Sequence[Any], Mapping[str, Any]], Any]
    needs: str = "one score"
    source: str = "arithmetic"


def _chance(name: str, meaning: str) -> Setting:
    return Setting(name, Fraction(0), Fraction(1), meaning)


def _traced(scores: Sequence[Any], given: Mapping[str, Any]) -> Fraction | None:
    answers = [None if score is None else score >= given["correct"] for score in scores]
    prior, learn, slip, guess = (given[name] for name in _CHANCES_NEEDED)
    return knowledge_tracing(answers, prior, learn, slip, guess, given.get("forget", Fraction(0)))


_CHANCES_NEEDED = ("prior", "learn", "slip", "guess")
_SHARE = Setting("at", Fraction(1, 100), Fraction(99, 100), "the share of the newest score")

_ALL = (
    Formula("average", (), "the mean of the scores", lambda s, _: average(s)),
    Formula("median", (), "the middle score", lambda s, _: median(s)),
    Formula(
        "mode",
        (),
        "the most frequent score",
        lambda s, given: mode(s, given["ties"]),
        needs="one score, and with `ties none` one that is more frequent than all others",
    ),
    Formula("highest", (), "the highest score", lambda s, _: highest(s)),
    Formula("lowest", (), "the lowest score", lambda s, _: lowest(s)),
    Formula("sum", (), "the scores added up", lambda s, _: total(s), needs="nothing: of no scores it is 0"),
    Formula(
        "weighted recent average",
        (_SHARE,),
        "the newest score by its share, the mean of all earlier ones by the rest",
        lambda s, given: weighted_recent_average(s, given["at"]),
        source="outcome roll-ups of Canvas LMS, where it has stood under two names",
    ),
    Formula(
        "decaying average",
        (_SHARE,),
        "from the oldest on, each new score by its share and what there was by the rest",
        lambda s, given: decaying_average(s, given["at"]),
        source="exponential smoothing; the published settings of Otus and Canvas LMS",
    ),
    Formula(
        "n mastery",
        (
            Setting("n", Fraction(1), Fraction(10), "how many scores must reach the cut", unit=""),
            Setting("at", -CUT_MAX, CUT_MAX, "the cut", unit="score"),
        ),
        "the mean of every score at or above a cut, if there are n of them",
        lambda s, given: n_mastery(s, given["n"], given["at"]),
        needs="n scores at or above the cut",
        source="outcome roll-ups of Canvas LMS",
    ),
    Formula(
        "power law",
        (),
        "where a power curve through the scores stands now",
        lambda s, _: power_law(s),
        needs="one score, and every score above 0",
        source="R. Marzano, Transforming Classroom Grading (2000)",
    ),
    Formula(
        "knowledge tracing",
        (
            _chance("prior", "the chance that the skill was known before"),
            _chance("learn", "the chance of learning it from one answer to the next"),
            _chance("slip", "the chance of a wrong answer though it is known"),
            _chance("guess", "the chance of a right answer though it is not known"),
            _chance("forget", "the chance of forgetting it"),
            Setting("correct", -CUT_MAX, CUT_MAX, "the score from which an answer is right", unit="score"),
        ),
        "how likely it is that the skill is known, by Bayes' rule from right and wrong answers",
        _traced,
        needs="one answer, and no answer that the chances rule out",
        source="A. T. Corbett and J. R. Anderson, Knowledge tracing (1995)",
    ),
    Formula("longest run", (), "how many in a row", lambda s, _: longest_run(s)),
)

FORMULAS: dict[str, Formula] = {formula.words: formula for formula in _ALL}


def apply(words: str, scores: Sequence[Any], settings: Mapping[str, Any]) -> Any:
    """A formula by its words on at least one score; nothing is known where a setting is not yet known."""
    if None in settings.values():
        return None
    return FORMULAS[words].of(scores, settings)


def check_settings(words: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    """What is wrong with the settings of a formula, each in a sentence; `given` are those known without any facts."""
    faults = []
    formula = FORMULAS[words]
    known = {setting.name: setting for setting in formula.settings}
    for name, value in given.items():
        setting = known.get(name)
        if name == "ties" and words == "mode":
            if value not in {"newest", "highest", "lowest", "none"}:
                faults.append(f"ties of a mode go to the newest, the highest, the lowest or none, not to `{value}`")
        elif setting is None:
            faults.append(f"the {words} has no setting `{name}`; it has {', '.join(known) or 'none'}")
        else:
            faults.extend(_out_of_range(words, setting, value))
    if words == "knowledge tracing" and not faults:
        faults.extend(_degenerate(given))
    return tuple(faults)


def _out_of_range(words: str, setting: Setting, value: Any) -> list[str]:
    subject = f"`{setting.name}` of the {words} ({setting.meaning})"
    if not isinstance(value, Fraction):
        return [f"{subject} is a number"]
    if not setting.lowest <= value <= setting.highest:
        low, high = _shown(setting.lowest, setting.unit), _shown(setting.highest, setting.unit)
        return [f"{subject} lies between {low} and {high}"]
    if setting.unit == "" and value.denominator != 1:
        return [f"{subject} is a whole number"]
    return []


def _shown(value: Fraction, unit: str) -> str:
    return f"{value * 100}%" if unit == "%" else str(value)


def _degenerate(given: Mapping[str, Any]) -> list[str]:
    missing = [name for name in (*_CHANCES_NEEDED, "correct") if name not in given]
    if missing:
        return [f"knowledge tracing needs {', '.join(missing)}"]
    if given["slip"] + given["guess"] >= 1:
        return ["with slip and guess of 100% or more together a right answer would lower what is known"]
    return []
