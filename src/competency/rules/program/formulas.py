"""The named formulas, each once: exact functions of scores in order, oldest first, blanks already left out.

A formula answers None where there is too little to say anything. Only the power law and knowledge tracing are not
rational: they are computed with 40 decimal digits and rounded half up to 6 places at once, so that every machine agrees.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

from competency.rules.program.rounding import rounded

DIGITS = 40  # working precision of the two formulas that are not rational; 6 places are kept
PLACES = Fraction(1, 10**6)

Scores = Sequence[Fraction]


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


def mode(scores: Sequence[Any], ties: str) -> Any:
    """The most frequent value; where several are, the newest, the highest, the lowest, or none of them."""
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
        case _:
            return None


def weighted_recent_average(scores: Scores, share: Fraction) -> Fraction | None:
    """The newest score by its share, and the mean of all earlier ones by the rest; one score is itself."""
    if len(scores) < 2:
        return scores[0] if scores else None
    earlier = average(scores[:-1])
    assert earlier is not None  # noqa: S101 - there is at least one earlier score
    return scores[-1] * share + earlier * (1 - share)


def decaying_average(scores: Scores, share: Fraction) -> Fraction | None:
    """From the oldest on, each new score by its share and what there was by the rest."""
    if not scores:
        return None
    result = scores[0]
    for score in scores[1:]:
        result = result * (1 - share) + score * share
    return result


def n_mastery(scores: Scores, n: Fraction, cut: Fraction) -> Fraction | None:
    """The mean of every score at or above the cut; none with fewer than n of them."""
    reaching = [score for score in scores if score >= cut]
    return average(reaching) if len(reaching) >= n else None


def power_law(scores: Scores) -> Fraction | None:
    """The fitted value at the newest score of y = a * x^b (least squares of ln y on ln x, x = 1, 2, ... in order).

    One score is itself. A score of 0 or less has no logarithm: nothing is known then. Not clamped to the scale.
    Source: R. Marzano, Transforming Classroom Grading (2000).
    """
    if not scores or any(score <= 0 for score in scores):
        return None
    if len(scores) == 1:
        return scores[0]
    with localcontext(Context(prec=DIGITS)):
        xs = [Decimal(index).ln() for index in range(1, len(scores) + 1)]
        ys = [(Decimal(score.numerator) / Decimal(score.denominator)).ln() for score in scores]
        mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
        above = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
        below = sum((x - mean_x) ** 2 for x in xs)
        fitted = (mean_y + above / below * (xs[-1] - mean_x)).exp()
        return rounded(Fraction(fitted), PLACES, "half up")


def knowledge_tracing(
    answers: Sequence[bool | None],
    prior: Fraction,
    learn: Fraction,
    slip: Fraction,
    guess: Fraction,
    forget: Fraction = Fraction(0),
) -> Fraction:
    """How likely it is that the skill is known after the last answer, right or wrong.

    An answer that was not given is no evidence, and learning goes on. Source: Corbett and Anderson (1995).
    """
    with localcontext(Context(prec=DIGITS)):
        p_learn, p_slip, p_guess, p_forget, known = (
            Decimal(part.numerator) / Decimal(part.denominator) for part in (learn, slip, guess, forget, prior)
        )
        for answer in answers:
            if answer is True:
                right = known * (1 - p_slip)
                known = right / (right + (1 - known) * p_guess)
            elif answer is False:
                wrong = known * p_slip
                known = wrong / (wrong + (1 - known) * (1 - p_guess))
            known = known * (1 - p_forget) + (1 - known) * p_learn
        return rounded(Fraction(known), PLACES, "half up")


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
    total = sum((weight for _, weight in present), Fraction(0))
    if total == 0:
        return None
    return sum((value * weight for value, weight in present), Fraction(0)) / total


# --- the table of formulas --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a formula: its name in rules, the range it must lie in (both ends included), in words."""

    name: str
    lowest: Fraction
    highest: Fraction
    meaning: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: the words by which rules name it, its settings, what it does in a sentence, and its function."""

    words: str
    settings: tuple[Setting, ...]
    meaning: str
    of: Callable[[Sequence[Any], Mapping[str, Any]], Any]


def _share(lowest: int = 1, highest: int = 99) -> Setting:
    return Setting("at", Fraction(lowest, 100), Fraction(highest, 100), "the share of the newest score")


def _chance(name: str, meaning: str) -> Setting:
    return Setting(name, Fraction(0), Fraction(1), meaning)


def _traced(scores: Sequence[Any], given: Mapping[str, Any]) -> Fraction:
    cut = given.get("correct", Fraction(1))
    answers = [None if score is None else score >= cut for score in scores]
    chances = (given[name] for name in ("prior", "learn", "slip", "guess"))
    return knowledge_tracing(answers, *chances, given.get("forget", Fraction(0)))


_ANY = Setting("correct", Fraction(-(10**6)), Fraction(10**6), "the score from which an answer is right")

_ALL = (
    Formula("average", (), "the mean of the scores", lambda s, _: average(s)),
    Formula("median", (), "the middle score", lambda s, _: median(s)),
    Formula("mode", (), "the most frequent score", lambda s, given: mode(s, given["ties"])),
    Formula("highest", (), "the highest score", lambda s, _: max(s)),
    Formula("lowest", (), "the lowest score", lambda s, _: min(s)),
    Formula("sum", (), "the scores added up", lambda s, _: sum(s, Fraction(0))),
    Formula(
        "weighted recent average",
        (_share(),),
        "the newest score by its share, the mean of all earlier ones by the rest",
        lambda s, given: weighted_recent_average(s, given["at"]),
    ),
    Formula(
        "decaying average",
        (_share(),),
        "from the oldest on, each new score by its share and what there was by the rest",
        lambda s, given: decaying_average(s, given["at"]),
    ),
    Formula(
        "n mastery",
        (
            Setting("n", Fraction(1), Fraction(10), "how many scores must reach the cut"),
            Setting("at", Fraction(-(10**6)), Fraction(10**6), "the cut"),
        ),
        "the mean of every score at or above a cut, if there are n of them",
        lambda s, given: n_mastery(s, given["n"], given["at"]),
    ),
    Formula("power law", (), "where a power curve through the scores stands now", lambda s, _: power_law(s)),
    Formula(
        "knowledge tracing",
        (
            _chance("prior", "the chance that the skill was known before"),
            _chance("learn", "the chance of learning it from one answer to the next"),
            _chance("slip", "the chance of a wrong answer though it is known"),
            _chance("guess", "the chance of a right answer though it is not known"),
            _chance("forget", "the chance of forgetting it"),
            _ANY,
        ),
        "how likely it is that the skill is known, by Bayes' rule from right and wrong answers",
        _traced,
    ),
    Formula("longest run", (), "how many in a row", lambda s, _: longest_run(s)),
)

FORMULAS: dict[str, Formula] = {formula.words: formula for formula in _ALL}


def apply(words: str, scores: Sequence[Any], settings: Mapping[str, Any]) -> Any:
    """A formula by its words on at least one score."""
    return FORMULAS[words].of(scores, settings)


def check_settings(words: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    """What is wrong with the settings of a formula, each in a sentence."""
    faults = []
    formula = FORMULAS[words]
    known = {setting.name: setting for setting in formula.settings}
    for name, value in given.items():
        setting = known.get(name)
        if name == "ties":
            if value not in {"newest", "highest", "lowest", "none"}:
                faults.append(f"ties of a mode go to the newest, the highest, the lowest or none, not to `{value}`")
        elif setting is None:
            faults.append(f"the {words} has no setting `{name}`; it has {', '.join(known) or 'none'}")
        elif isinstance(value, Fraction) and not setting.lowest <= value <= setting.highest:
            low, high = _ends(setting)
            faults.append(f"`{name}` of the {words} ({setting.meaning}) lies between {low} and {high}")
    if words == "knowledge tracing":
        faults.extend(_degenerate(given))
    return tuple(faults)


def _ends(setting: Setting) -> tuple[str, str]:
    if setting.name == "n":
        return str(setting.lowest), str(setting.highest)
    return f"{setting.lowest * 100}%", f"{setting.highest * 100}%"


def _degenerate(given: Mapping[str, Any]) -> list[str]:
    missing = [name for name in ("prior", "learn", "slip", "guess") if name not in given]
    if missing:
        return [f"knowledge tracing needs {', '.join(missing)}"]
    if given["slip"] + given["guess"] >= 1:
        return ["with slip and guess of 100% or more together a right answer would lower what is known"]
    return []
