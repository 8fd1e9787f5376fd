"""What a row of recorded facts may hold, by the book in force, and which decisions it can change."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import Schema, ValidationError

from competency.interchange.cells import PLAIN, CellContext
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import Row
from competency.interchange.references import UNCHECKED
from competency.model.facts import BUILT_IN, FactType
from competency.rules.program.reach import Reach, Touched
from competency.services.read_book_facts import references_of, single_scale, zone_of
from competency.services.record_act import BookInForce


class Intake:
    """Takes rows by the book in force, or by the built-in tables of facts where none is."""

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

    def row(self, fact_type: FactType, cells: Mapping[str, str]) -> Row | str:
        """The row that cells make, or what is wrong with them."""
        table = fact_type.plural
        if table not in self._schemas:
            self._schemas[table] = fact_schema(fact_type, references=self._references, context=self._context)
        try:
            values = self._schemas[table].load(dict(cells))
        except ValidationError as error:
            name, messages = next(iter(error.messages_dict.items()))
            return f"{name}: {messages[0]}"
        return tuple(values.get(column.name) for column in fact_type.columns)

    def touched(self, fact_type: FactType, row: Row) -> Touched | None:
        """The decisions that a new row can change; none: any."""
        if self.book is None:
            return None
        if self._reach is None:
            self._reach = Reach(self.book.program)
        values = dict(zip((column.name for column in fact_type.columns), row, strict=True))
        return self._reach.touched(fact_type.plural, values)
