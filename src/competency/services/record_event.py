"""Takes a row of facts as it happens: the row, the decisions it changes and their announcement in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.fact_set import learner_column
from competency.model.facts import LEARNERS
from competency.records.append import Appender
from competency.records.database import Records
from competency.services.intake import Intake
from competency.services.record_act import Acted, ActReport, record_act
from competency.services.row_recorder import RowRecorder


def record_event(
    records: Records,
    intake: Intake,
    table: str,
    cells: Mapping[str, str],
    *,
    by: str,
    now: Callable[[], datetime],
    as_of: date | None = None,
) -> ActReport:
    """Record a row, and decide anew the learner it is about; a row that stands already changes nothing.

    A row at fault, or about a learner who is not in the records, is refused.
    """
    fact_type = intake.fact_types.get(table)
    if fact_type is None:
        return ActReport(False, diagnostics=(_refused(f"there is no table of facts `{table}`"),))
    row = intake.row(fact_type, cells)
    if isinstance(row, str):
        return ActReport(False, diagnostics=(_refused(row),))
    own = learner_column(fact_type)

    def act(appender: Appender) -> Acted:
        recorder = RowRecorder(appender, {"by": by})
        if own is not None and table != LEARNERS.plural and not recorder.knows(str(row[own])):
            return Acted(refused=(_refused(f"`{row[own]}` is not a learner of the records"),))
        counts = recorder.put(fact_type, [row])
        if appender.head.position == appender.position_at_start:
            appender.discard()
            return Acted(name="unchanged")
        # what was replaced may have touched others than what is there now
        touched = intake.touched(fact_type, row) if not counts["replaced"] else None
        return Acted(tuple(recorder.touched), "recorded", touched)

    return record_act(records, act, book=intake.book, by=by, now=now, as_of=as_of)


def _refused(reason: str) -> Diagnostic:
    return Diagnostic(
        kinds.FACTS_ROW,
        f"{reason}; the row was not taken",
        fixes=(Fix("correct the row, and send it again"),),
    )
