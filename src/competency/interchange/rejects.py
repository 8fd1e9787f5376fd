"""Rows that were not taken: each stands in a CSV file with file, line, field, value and reason; the first are shown."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from competency.diagnostics import Diagnostic, Fix, Label
from competency.diagnostics.kinds import FACTS_REFERENCE, FACTS_ROW
from competency.interchange.replace_file import replace_file
from competency.source import Place

# The name of the rejects file in a folder of facts; it is never read as a table.
REJECTS_NAME = "rejected.csv"
REJECTS_COLUMNS = ("file", "line", "field", "value", "reason")

# More messages than this are not read; the file holds them all.
REJECTS_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken, where it stands, and why. `is_reference`: it speaks of something unknown."""

    table: str
    place: Place
    value: str
    reason: str
    is_reference: bool = False


class RejectLog:
    """Takes rejects one after the other: every one into the file (if there is one), the first as diagnostics."""

    def __init__(self, file: TextIO | None) -> None:
        self.count = 0
        self._diagnostics: list[Diagnostic] = []
        self._writer = csv.writer(file, lineterminator="\n") if file is not None else None
        if self._writer is not None:
            self._writer.writerow(REJECTS_COLUMNS)

    def add(self, reject: Reject) -> None:
        """Keep a reject."""
        self.count += 1
        place = reject.place
        if self._writer is not None:
            line = "" if place.line is None else place.line
            self._writer.writerow((place.name, line, place.field or "", reject.value, reject.reason))
        if len(self._diagnostics) < REJECTS_SHOWN_MAX:
            self._diagnostics.append(_diagnostic(reject))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The first rejects as messages; the last of them says how many more there are."""
        hidden = self.count - len(self._diagnostics)
        if not hidden:
            return tuple(self._diagnostics)
        last = self._diagnostics[-1]
        note = f"{hidden:,} more rows were not taken" + (
            "; the rejects file lists them all" if self._writer is not None else ""
        )
        ended = Diagnostic(last.kind, last.message, last.labels, (*last.notes, note), last.fixes, last.data)
        return (*self._diagnostics[:-1], ended)


@contextmanager
def reject_log(path: Path | None) -> Iterator[RejectLog]:
    """A log that writes to a file; the file is there, complete, when the block ends well, and else is not touched."""
    if path is None:
        yield RejectLog(None)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        replace_file(path) as unfinished,
        # A value that is no valid text is still shown, escaped.
        unfinished.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        yield RejectLog(file)


def _diagnostic(reject: Reject) -> Diagnostic:
    data: dict[str, Any] = {"table": reject.table, "value": reject.value, "reason": reject.reason}
    return Diagnostic(
        FACTS_REFERENCE if reject.is_reference else FACTS_ROW,
        f"This row of {reject.table} was not taken: {reject.reason}.",
        (Label(reject.place, "here"),),
        ("The other rows were read; no decision takes this one into account.",),
        (Fix("Put the row right in the system it comes from, and read it again."),),
        data,
    )
