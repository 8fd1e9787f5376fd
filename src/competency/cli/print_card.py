"""`competency card`: the whole rule language on two pages, from the grammar that is installed."""

from __future__ import annotations

from competency.cli.exit_status import ExitStatus
from competency.cli.render import write


def card() -> int:
    """Print the whole rule language on two pages, made from the grammar that is installed."""
    from competency.services.reference_card import reference_card

    write(reference_card())
    return ExitStatus.FINE
