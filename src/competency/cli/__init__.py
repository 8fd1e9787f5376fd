"""The command line: reads arguments, calls a service, renders. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main", "run"]


def main() -> None:
    """The console script `competency`; ends with the exit status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out a command. 0: fine. 1: something was found. 2: the arguments cannot be used."""
    from competency.cli.application import run_application

    return run_application(arguments)
