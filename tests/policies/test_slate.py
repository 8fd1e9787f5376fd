"""The rules of Slate CBL give, on Slate's own data, every figure that Slate's own tests expect."""

import json
from datetime import date
from pathlib import Path

import pytest

from competency.interchange.read_facts import read_facts
from competency.model.decisions import Decision, Outcome
from competency.plugin_api.loading import find_connector
from competency.rules.interpreter.decide import decide
from competency.rules.program.rounding import as_decimal_text
from competency.services.import_facts import import_facts
from competency.services.read_book import read_book

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "slate"

Decisions = dict[tuple[str, str, tuple[str, ...]], Decision]


@pytest.fixture(scope="module")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> Decisions:
    if not DATA.is_dir():
        pytest.skip(f"Slate's tables are not in {DATA}")
    connector, problems = find_connector("slate")
    if connector is None:
        pytest.skip("the plugin competency-slate is not installed")
    assert not problems
    facts_folder = tmp_path_factory.mktemp("facts")
    assert import_facts(connector, DATA, facts_folder).is_written
    book, _ = read_book(ROOT / "policies" / "slate")
    assert book is not None
    program = book.rules.program
    assert program is not None
    facts, _, _ = read_facts(facts_folder, program.fact_types)
    assert facts is not None
    decided: Decisions = {}
    for learner in facts.learners:
        for one in decide(program, facts.for_learner(learner), date(2030, 1, 1)):
            decided[learner, one.decision.rule, one.decision.item] = one.decision
    return decided


def test_all_116_figures_are_exact(decisions: Decisions) -> None:
    expected = json.loads((DATA / "expected.json").read_text())
    compared, wrong = 0, []
    for learner, competencies in expected.items():
        for code, figures in competencies.items():
            for name, figure in figures.items():
                value = decisions[learner, name, (code,)].value
                found = None if value is None else as_decimal_text(value)  # type: ignore[arg-type]
                compared += 1
                if found != figure:
                    wrong.append((learner, code, name, figure, found))
    assert wrong == []
    assert compared == 116


def test_a_level_below_the_learner_s_is_complete_and_one_above_is_not(decisions: Decisions) -> None:
    assert decisions["4", "level", ("HW.1", "9")].outcome is Outcome.MET
    assert decisions["4", "level", ("HW.1", "11")].outcome is Outcome.NOT_MET


def test_an_override_counts_as_every_required_rating(decisions: Decisions) -> None:
    assert decisions["4", "progress", ("HW.1",)].value == 100
    assert decisions["4", "average", ("HW.1",)].value is None
