"""What a command ends with, for shells and CI."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit status of every command."""

    FINE = 0
    FINDINGS = 1
    USAGE = 2
    INTERRUPTED = 130  # what shells report after Ctrl-C
