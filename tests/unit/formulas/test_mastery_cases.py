"""The published reference cases: each one is computed here, or listed with the reason why formulas alone cannot."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from competency.rules.program import formulas
from competency.rules.program.formulas import check_settings
from competency.rules.program.rounding import rounded

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "mastery_cases"
if not FOLDER.is_dir():
    pytest.skip("the reference cases (../shared/data/mastery_cases) are not here", allow_module_level=True)

Case = dict[str, Any]
CENT, TENTH, MILLIONTH = Fraction(1, 100), Fraction(1, 10), Fraction(1, 10**6)


def read(name: str) -> dict[str, Any]:
    """A file of cases, its numbers exact."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text, parse_float=Fraction, parse_int=Fraction)
    return content


def cases(name: str) -> dict[str, Case]:
    return {case["id"]: case for case in read(name)["cases"]}


CANVAS, POWER_LAW = cases("canvas_outcomes.json"), cases("power_law.json")
TRACING, GRADEBOOK = cases("bkt.json"), cases("sis_gradebook_methods.json")

# --- what is left to others, and why ----------------------------------------------------------------------------------

WHOLE_FILES_OF_RULES = {
    "moodle_competency_rules.json": "counts over children and points are rules, not formulas of scores",
    "policy_threshold_cases.json": "boundaries of policies are rules, not formulas of scores",
    "gpa_crosswalks.json": "crosswalks of grades are tables of a rule book, and the file gives no results of formulas",
}
CANVAS_LEFT = {
    "rating-percents-67": "the levels of the five-level scale are not in the case",
}
GRADEBOOK_LEFT = {
    "otus-latest": "`latest` is a window of the language: no formula takes part",
    "otus-date-order": "the order of evidence is settled before a formula sees it",
    "easygradepro": "a score as a share of its maximum: no formula takes part",
    "powerteacher-parent": "names methods and gives no figures",
}


def test_every_file_of_cases_is_computed_here_or_left_with_a_reason() -> None:
    here = {"canvas_outcomes.json", "power_law.json", "bkt.json", "sis_gradebook_methods.json"}
    assert {path.name for path in FOLDER.iterdir()} == here | set(WHOLE_FILES_OF_RULES)


@pytest.mark.parametrize("name", ["canvas_outcomes.json", "sis_gradebook_methods.json", "power_law.json", "bkt.json"])
def test_no_two_cases_of_a_file_share_an_id(name: str) -> None:
    assert len(cases(name)) == len(read(name)["cases"])


# --- Canvas outcomes --------------------------------------------------------------------------------------------------


def scores_of(given: Any) -> list[Fraction]:
    """Scores, oldest first, without blanks: what the windows of a rule give a formula."""
    return [one["score"] if isinstance(one, dict) else one for one in given if one is not None]


def of_scores(formula: Callable[[list[Fraction]], Fraction | None]) -> Callable[[Case], Fraction | None]:
    return lambda case: formula(scores_of(case["scores"]))


def weighted(case: Case) -> Fraction | None:
    return formulas.weighted_recent_average(scores_of(case["scores"]), (case["param"] or 65) / Fraction(100))


def decaying(case: Case) -> Fraction | None:
    return formulas.decaying_average(scores_of(case["scores"]), case["param"] / Fraction(100))


def n_mastery(case: Case) -> Fraction | None:
    return formulas.n_mastery(scores_of(case["scores"]), case["param"], case["mastery_points"])


def newest(scores: Sequence[Fraction]) -> Fraction | None:
    return formulas.average(scores[-1:])


BY_METHOD: dict[str, Callable[[Case], Fraction | None]] = {
    "highest": of_scores(formulas.highest),
    "(unset)": of_scores(formulas.highest),
    "average": of_scores(formulas.average),
    "latest": of_scores(newest),
    "n_mastery": n_mastery,
    "decaying_average_legacy(=weighted_average)": weighted,
    "standard_decaying_average": decaying,
}


def quizzes(case: Case) -> tuple[list[Fraction], list[Fraction]]:
    """The items of the older and of the newer quiz, in points."""
    older, newer = (value for value in case["scores"].values() if isinstance(value, list))
    points = case["scores"]["points_possible"]
    return [share * points for share in older], [share * points for share in newer]


def weighted_quiz_items(case: Case) -> Fraction | None:
    each = [formulas.average(items) for items in quizzes(case) for _ in items]
    return formulas.weighted_recent_average(scores_of(each), case["param"] / Fraction(100))


def scaled_by_mastery(case: Case) -> Fraction | None:
    points = case["points_possible"] or case["mastery_points"]
    return newest([one["percent"] * points for one in case["scores"]])


def cohort(of: Callable[[Sequence[Fraction]], Fraction | None]) -> Callable[[Case], Fraction | None]:
    return lambda case: formulas.average(scores_of([of(scores) for scores in case["scores"].values()]))


BY_ID: dict[str, Callable[[Case], Fraction | None]] = {
    "weighted-same-quiz-items": weighted_quiz_items,
    "latest-same-quiz-items": lambda case: formulas.average(quizzes(case)[1]),
    "highest-same-quiz-items": lambda case: formulas.highest([item for items in quizzes(case) for item in items]),
    "possible-zero-fallback": scaled_by_mastery,
    "cohort-mean": cohort(formulas.highest),
    "cohort-mean-latest": cohort(newest),
    "cohort-mean-2": cohort(newest),
}
SHARES_OF_A_COHORT = "rating-percents-33"
CANVAS_COMPUTED = [
    case for name, case in CANVAS.items() if name in BY_ID or (case["method"] in BY_METHOD and name not in BY_ID)
]


def agrees(value: Fraction, printed: str) -> bool:
    """Whether a value begins as printed: `2.408333..`."""
    text = printed.rstrip(".")
    last_place = Fraction(1, 10 ** len(text.partition(".")[2]))
    return abs(value - Fraction(text)) < last_place


@pytest.mark.parametrize("case", CANVAS_COMPUTED, ids=lambda case: case["id"])
def test_a_canvas_case_gives_its_value_to_two_decimals_half_up(case: Case) -> None:
    value = (BY_ID.get(case["id"]) or BY_METHOD[case["method"]])(case)
    assert (None if value is None else rounded(value, CENT, "half up")) == case["expected"]
    if "exact" in case:
        assert value is not None
        assert agrees(value, case["exact"])


def test_shares_of_a_cohort_are_rounded_each_by_itself() -> None:
    case = CANVAS[SHARES_OF_A_COHORT]
    cuts = [Fraction(5), Fraction(3), Fraction(0)]
    reached = [next(cut for cut in cuts if scores[-1] >= cut) for scores in case["scores"].values()]
    shares = [Fraction(100 * reached.count(cut), len(reached)) for cut in cuts]
    assert [rounded(share, Fraction(1), "half up") for share in shares] == case["expected"]


def test_the_scaled_quiz_cases_start_from_shares_of_five_points() -> None:
    scaled = [Fraction(9, 10) * 5, Fraction(4, 10) * 5]
    assert CANVAS["weighted-quiz-scaled"]["scores"] == scaled
    assert CANVAS["weighted-quiz-mix"]["scores"][2:] == scaled


def test_the_dates_of_the_mixed_case_are_in_order() -> None:
    given = CANVAS["weighted-mixed-dates"]["scores"]
    days = [one.get("submitted") or one["assessed"] for one in given]
    assert days == sorted(days, reverse=True)


def test_every_canvas_case_is_computed_or_left_with_a_reason() -> None:
    computed = {case["id"] for case in CANVAS_COMPUTED} | {SHARES_OF_A_COHORT}
    assert set(CANVAS) - computed == set(CANVAS_LEFT)
    assert set(BY_ID) <= set(CANVAS)


VALID = read("canvas_outcomes.json")["rules"]["param_valid"]
AT = {"weighted recent average": "decaying_average", "decaying average": "standard_decaying_average"}


@pytest.mark.parametrize("words", AT)
@pytest.mark.parametrize("verdict", ["valid", "invalid"])
def test_the_share_of_the_newest_score_has_the_published_range(words: str, verdict: str) -> None:
    for percent in VALID[AT[words]][verdict]:
        faults = check_settings(words, {"at": None if percent is None else percent / Fraction(100)})
        # the language lets the older evidence weigh more than the newest; Canvas's decaying average begins at 50
        allowed_here = words == "decaying average" and percent == 49
        assert bool(faults) == (verdict == "invalid" and not allowed_here), (percent, faults)


@pytest.mark.parametrize("words", AT)
def test_every_whole_percentage_from_1_to_99_is_a_share(words: str) -> None:
    accepted = [percent for percent in range(-5, 106) if not check_settings(words, {"at": Fraction(percent, 100)})]
    assert accepted == list(range(1, 100))


def test_n_mastery_asks_for_1_to_10_scores() -> None:
    cut = Fraction(3)
    assert [n for n in range(-5, 16) if not check_settings("n mastery", {"n": Fraction(n), "at": cut})] == list(
        range(1, 11)
    )


def test_the_number_of_scores_for_n_mastery_has_the_published_range() -> None:
    cut = Fraction(3)
    assert all(check_settings("n mastery", {"n": n, "at": cut}) == () for n in VALID["n_mastery"]["valid"])
    assert all(check_settings("n mastery", {"n": n, "at": cut}) != () for n in VALID["n_mastery"]["invalid"])


@pytest.mark.parametrize("words", ["highest", "average"])
def test_formulas_without_settings_take_none(words: str) -> None:
    assert check_settings(words, {}) == ()
    assert all(check_settings(words, {"at": each}) for each in VALID["latest/highest/average"]["invalid"])


# --- power law --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", POWER_LAW.values(), ids=lambda case: case["id"])
def test_a_power_law_case_gives_all_its_printed_digits(case: Case) -> None:
    value = formulas.power_law(case["scores"])
    assert value == case["computed"]
    if "expected_published" in case:
        assert rounded(value, CENT, "half up") == case["expected_published"]
        assert value != case["value_if_predicting_next(n+1)"]


@pytest.mark.parametrize("case", POWER_LAW.values(), ids=lambda case: case["id"])
def test_the_power_law_is_the_curve_of_the_printed_coefficients(case: Case) -> None:
    fitted = float(case["a"]) * len(case["scores"]) ** float(case["b"])
    assert fitted == pytest.approx(float(case["computed"]), abs=1e-5)


def test_the_power_law_keeps_to_its_stated_edges() -> None:
    assert formulas.power_law([Fraction(0), Fraction(3)]) is None
    assert formulas.power_law([Fraction(7, 2)]) == Fraction(7, 2)
    above_the_scale = formulas.power_law([Fraction(1), Fraction(2), Fraction(4), Fraction(4)])
    assert above_the_scale is not None
    assert above_the_scale > 4


# --- knowledge tracing ------------------------------------------------------------------------------------------------

DEGENERATE = "degenerate-guess"
TRACED = [case for case in TRACING.values() if case["id"] != DEGENERATE]
TEN_PLACES = Fraction(1, 10**10)


def chances(case: Case) -> dict[str, Fraction]:
    return {name: case[name] for name in ("prior", "learn", "slip", "guess", "forget")}


@pytest.mark.parametrize("case", TRACED, ids=lambda case: case["id"])
def test_every_step_of_a_knowledge_tracing_case_gives_all_its_printed_digits(case: Case) -> None:
    given = chances(case)
    answers: list[bool] = []
    before = case["prior"]
    for step in case["steps"]:
        answer = step["obs"] == 1
        answers.append(answer)
        right = before * (1 - case["slip"]) + (1 - before) * case["guess"]
        posterior = formulas.chance_known(
            [answer], before, learn=Fraction(0), slip=case["slip"], guess=case["guess"], forget=Fraction(0)
        )
        after = formulas.chance_known(answers, **given)
        assert posterior is not None
        assert after is not None
        assert rounded(before, TEN_PLACES, "half up") == step["p_known_before"]
        assert rounded(right, TEN_PLACES, "half up") == step["p_correct_before"]
        assert rounded(posterior, TEN_PLACES, "half up") == step["posterior"]
        assert rounded(after, TEN_PLACES, "half up") == step["p_known_after"]
        assert formulas.knowledge_tracing(answers, **given) == rounded(after, MILLIONTH, "half up")
        before = after


def test_the_degenerate_model_is_rejected_by_the_check_and_by_the_formula() -> None:
    case = TRACING[DEGENERATE]
    right = {"correct": Fraction(1)}
    (fault,) = check_settings("knowledge tracing", chances(case) | right)
    assert "would lower what is known" in fault
    assert all(check_settings("knowledge tracing", chances(other) | right) == () for other in TRACED)
    with pytest.raises(ValueError, match="below 1"):
        formulas.knowledge_tracing([True, True], **chances(case))
    assert case["steps"][0]["posterior"] < case["prior"], "a right answer lowers what is known"


def test_an_answer_that_was_not_given_leaves_the_transition() -> None:
    skipped = formulas.chance_known([None], Fraction(1, 2), Fraction(2, 5), Fraction(1, 5), Fraction(1, 5))
    assert skipped == Fraction(1, 2) + Fraction(1, 2) * Fraction(2, 5)


def test_every_knowledge_tracing_case_is_computed_or_rejected() -> None:
    assert {case["id"] for case in TRACED} | {DEGENERATE} == set(TRACING)
    fitted = read("bkt.json")["pybkt_doc_values"]
    assert "not printed" in fitted["skill"], "its chances are not given: it cannot be computed"


# --- gradebooks -------------------------------------------------------------------------------------------------------

SHARE = Fraction(65, 100)
WEIGHTS = (Fraction(10), Fraction(20), Fraction(70))


def gradebook_decaying(case: Case) -> Fraction | None:
    value = formulas.decaying_average(case["input"], SHARE)
    assert value == case["exact"]
    return value


def by_category(case: Case) -> Fraction | None:
    value = formulas.weighted_average(list(zip(case["input"], WEIGHTS, strict=True)))
    assert value is not None
    assert rounded(value, MILLIONTH, "half up") == case.get("exact", value)
    return value


def percents(case: Case) -> Fraction | None:
    return formulas.average([100 * got / possible for got, possible in case["input"]])


GRADEBOOK_COMPUTED: dict[str, tuple[Callable[[Case], Any], Fraction | None]] = {
    "otus-1234": (gradebook_decaying, CENT),
    "otus-234": (gradebook_decaying, TENTH),
    "otus-mode": (lambda case: formulas.mode(case["input"], "none"), None),
    "te-median-9": (lambda case: formulas.median(case["input"][-9:]), None),
    "te-median-7": (lambda case: formulas.median(case["input"][-9:]), None),
    "educate-mode": (lambda case: formulas.mode(case["input"], "none"), None),
    "educate-mean": (lambda case: formulas.average(case["input"]), None),
    "educate-top3": (lambda case: formulas.average(sorted(case["input"])[-3:]), CENT),
    "u46-full": (by_category, TENTH),
    "u46-no-practice": (by_category, TENTH),
    "u46-no-summative": (by_category, TENTH),
    "columbus-percent": (percents, None),
}


@pytest.mark.parametrize("name", GRADEBOOK_COMPUTED)
def test_a_gradebook_case_gives_its_value(name: str) -> None:
    compute, step = GRADEBOOK_COMPUTED[name]
    value = compute(GRADEBOOK[name])
    assert (value if step is None else rounded(value, step, "half up")) == GRADEBOOK[name]["expected"]


def mode_takes_the_most_recent_of_ties_among_the_last_five() -> None:
    scores = [Fraction(each) for each in (1, 1, 1, 2, 4, 2, 3, 4)]
    assert formulas.mode(scores, "newest") == 1
    assert formulas.mode(scores[-5:], "newest") == 4


def mode_of_a_tie_is_left_to_the_teacher() -> None:
    assert formulas.mode([Fraction(2), Fraction(3), Fraction(3), Fraction(2)], "none") is None


def one_category_left_counts_for_all() -> None:
    only = Fraction(5, 2)
    for place in range(3):
        values = [only if index == place else None for index in range(3)]
        assert formulas.weighted_average(list(zip(values, WEIGHTS, strict=True))) == only


GRADEBOOK_STATED: dict[str, Callable[[], None]] = {
    "te-mode-window": mode_takes_the_most_recent_of_ties_among_the_last_five,
    "rediker-mode-tie": mode_of_a_tie_is_left_to_the_teacher,
    "u46-one-left": one_category_left_counts_for_all,
}


@pytest.mark.parametrize("name", GRADEBOOK_STATED)
def test_a_rule_that_a_gradebook_states_in_words_holds(name: str) -> None:
    GRADEBOOK_STATED[name]()


def test_every_gradebook_case_is_computed_or_left_with_a_reason() -> None:
    covered = [*GRADEBOOK_COMPUTED, *GRADEBOOK_STATED, *GRADEBOOK_LEFT]
    assert sorted(covered) == sorted(GRADEBOOK)
