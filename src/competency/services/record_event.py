"""Takes a row of facts as it happens: the row, the decisions it changes and their announcement in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from marshmallow import Schema, ValidationError

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.cells import PLAIN, CellContext
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import Row, learner_column
from competency.interchange.references import UNCHECKED
from competency.model.facts import BUILT_IN, LEARNERS, FactType
from competency.records.append import Appender
from competency.records.database import Records
from competency.rules.program.reach import Reach, Touched
from competency.services.read_book_facts import references_of, single_scale, zone_of
from competency.services.record_act import Acted, ActReport, BookInForce, record_act
from competency.services.row_recorder import RowRecorder


class Intake:
    """Takes rows as they happen, by the book in force: what a row may hold, and what follows from it."""

    def __init__(self, book: BookInForce | None) -> None:
        self.book = book
        declared = book.declared if book is not None else None
        self.fact_types: Mapping[str, FactType] = (
            declared.fact_types if declared is not None else {each.plural: each for each in BUILT_IN}
        )
        self._references = references_of(declared) if declared is not None else UNCHECKED
        self._context = CellContext(single_scale(declared), zone_of(declared)) if declared is not None else PLAIN
        self._schemas: dict[str, Schema] = {}
        self._reach: Reach | None = None

    def row(self, table: str, cells: Mapping[str, str]) -> Row | Diagnostic:
        """The row that cells make, or what is wrong with them."""
        fact_type = self.fact_types.get(table)
        if fact_type is None:
            return _refused(f"there is no table of facts `{table}`")
        if table not in self._schemas:
            self._schemas[table] = fact_schema(fact_type, references=self._references, context=self._context)
        try:
            values = self._schemas[table].load(dict(cells))
        except ValidationError as error:
            name, messages = next(iter(error.messages_dict.items()))
            return _refused(f"{name}: {messages[0]}")
        return tuple(values.get(column.name) for column in fact_type.columns)

    def touched(self, fact_type: FactType, row: Row) -> Touched | None:
        """The decisions that a new row can change; none: any."""
        if self.book is None:
            return None
        if self._reach is None:
            self._reach = Reach(self.book.program)
        values = dict(zip((column.name for column in fact_type.columns), row, strict=True))
        return self._reach.touched(fact_type.plural, values)


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
    row = intake.row(table, cells)
    if isinstance(row, Diagnostic):
        return ActReport(False, diagnostics=(row,))
    fact_type = intake.fact_types[table]
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
