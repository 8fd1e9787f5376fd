"""Options of the whole test suite."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from competency.testing.database_server import empty_schema

# A book takes longer to draw than Hypothesis expects of one value; what a run may cost is said by the profile.
_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
# A book that fails can take minutes to make small: the long profile does that, the default one shows it as it is.
_QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
settings.register_profile("default", max_examples=100, deadline=None, suppress_health_check=_SLOW, phases=_QUICK)
settings.register_profile("long", max_examples=2_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


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


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The address of an empty schema on a real server."""
    with empty_schema() as address:
        yield address
