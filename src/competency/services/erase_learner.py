"""Erases what is kept of a learner, where the law demands it: the payloads go, the chain still verifies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from competency.diagnostics import Diagnostic
from competency.records.database import Records
from competency.records.entries import Kind
from competency.records.read import subjects_of
from competency.services.record_award import refusal


def erase_learner(
    records: Records, learner: str, *, by: str, authority: str, now: Callable[[], datetime]
) -> tuple[int, tuple[Diagnostic, ...]]:
    """Remove every payload about a learner, and record that it was done and by whose authority: how many there were.

    What stays is that there were entries, when they were made, and of which kind; nobody can tell whom they were about.
    Backups made before still hold the payloads.
    """
    with records.writing(now) as appender:
        subject = subjects_of(appender.connection, [learner]).get(learner)
        if subject is None:
            appender.discard()
            remedy = "correct the identifier; it is the one in `learners`"
            return 0, (refusal(f"there is no learner `{learner}` in the records", remedy),)
        appender.append(Kind.ERASURE, {"authority": authority, "by": by}, subject=subject)
        number = appender.erase_payloads(subject)
    return number, ()
