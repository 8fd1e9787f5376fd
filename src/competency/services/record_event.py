"""Takes a row of facts as it happens: the row, the decisions it changes and their announcement in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from marshmallow import ValidationError

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.cells import CellContext
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import learner_column
from competency.interchange.references import UNCHECKED, References
from competency.model.facts import LEARNERS, FactType
from competency.records.append import Appender
from competency.records.database import Records
from competency.records.read import subjects_of
from competency.services.record_act import Acted, ActReport, BookInForce, record_act
from competency.services.row_recorder import RowRecorder


def record_event(
    records: Records,
    fact_type: FactType,
    cells: Mapping[str, str],
    *,
    book: BookInForce | None,
    by: str,
    now: Callable[[], datetime],
    references: References = UNCHECKED,
    context: CellContext,
    as_of: date | None = None,
) -> ActReport:
    """Record a row, and decide anew the learner it is about; a row that stands already changes nothing.

    A row at fault, or about a learner who is not in the records, is refused.
    """
    schema = fact_schema(fact_type, references=references, context=context)
    try:
        values = schema.load(dict(cells))
    except ValidationError as error:
        name, messages = next(iter(error.messages_dict.items()))
        return ActReport(False, diagnostics=(_refused(f"{name}: {messages[0]}"),))
    row = tuple(values.get(column.name) for column in fact_type.columns)
    own = learner_column(fact_type)

    def act(appender: Appender) -> Acted:
        if own is not None and fact_type.plural != LEARNERS.plural:
            learner = str(row[own])
            if learner not in subjects_of(appender.connection, [learner]):
                return Acted(refused=(_refused(f"`{learner}` is not a learner of the records"),))
        recorder = RowRecorder(appender, {"by": by})
        recorder.put(fact_type, [row])
        if appender.head.position == appender.position_at_start:
            appender.discard()
        return Acted(tuple(recorder.touched), "recorded" if recorder.touched or own is None else "unchanged")

    return record_act(records, act, book=book, by=by, now=now, as_of=as_of)


def _refused(reason: str) -> Diagnostic:
    return Diagnostic(
        kinds.FACTS_ROW,
        f"{reason}; the row was not taken",
        fixes=(Fix("correct the row, and send it again"),),
    )
