"""docs/facts.md is what the declarations say. To write it anew: pytest tests/meta/test_fact_reference.py --regenerate"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from competency.interchange.cells import CELLS
from competency.interchange.fact_reference import fact_reference
from competency.model.facts import BUILT_IN, ColumnType, FactType

PAGE = Path(__file__).resolve().parents[2] / "docs" / "facts.md"


def test_the_reference_of_facts_is_what_the_generator_gives(regenerates: bool) -> None:
    if regenerates:
        PAGE.write_text(fact_reference(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == fact_reference()


@pytest.mark.parametrize("fact_type", BUILT_IN, ids=lambda each: each.plural)
def test_every_column_of_every_table_stands_in_the_reference(fact_type: FactType) -> None:
    text = fact_reference()
    for column in fact_type.columns:
        assert f"| `{column.name}` | {column.type.value} |" in text


def test_every_column_type_is_read_and_written() -> None:
    assert set(CELLS) == set(ColumnType)


def test_regenerating_is_refused_in_ci() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--regenerate", "-p", "no:cacheprovider", __file__, "-k", "generator_gives"],
        env={**os.environ, "CI": "true"},
        cwd=PAGE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "refused where CI is set" in run.stdout
