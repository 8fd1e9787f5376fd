"""Verifies records whole: what the database holds, and that every published book is genuine and reads as it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from competency.records.checkpoint import Checkpoint
from competency.records.database import Records
from competency.records.fault import RecordsFault
from competency.records.verify import Fault, Verification, verify_records
from competency.services.published_books import false_books


def verify_everything(
    records: Records, kept: Checkpoint | None = None, progress: Callable[[int], None] | None = None
) -> Verification:
    """Re-hash everything, and read every published book anew. `kept` is a checkpoint of before."""
    with records.reading() as connection:
        verified = verify_records(connection, kept, progress)
        if not verified.is_sound:
            return verified
        try:
            false = tuple(Fault(position, f"its book: {reason}") for position, reason in false_books(connection))
        except RecordsFault as fault:
            false = (Fault(0, fault.diagnostic.message),)
    return replace(verified, faults=false)
