"""Options of the whole test suite."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate", action="store_true", help="write generated files anew instead of comparing them; not in CI"
    )


@pytest.fixture
def regenerates(request: pytest.FixtureRequest) -> bool:
    """Whether generated files are to be written; in CI a file that differs is a fault, never a thing to overwrite."""
    is_asked = bool(request.config.getoption("--regenerate"))
    if is_asked and os.environ.get("CI"):
        pytest.fail("--regenerate is refused where CI is set: run it at home and look at the difference")
    return is_asked
