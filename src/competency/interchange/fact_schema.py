"""The marshmallow schema of a fact type, derived from its columns: the declaration is the only list of them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields

from competency.interchange.cell_fault import CellFault
from competency.interchange.cells import PLAIN, CellContext, cell_text, read_cell
from competency.interchange.references import UNCHECKED, KnownNames, References
from competency.model.facts import Column, ColumnType, FactType, FactValue

# Dates, codes and scores repeat: equal cells share one value. The limit keeps a column of free text from growing it.
SHARED_VALUES_MAX = 50_000

_MISSING = {
    "required": "the column is missing, and every row needs a value here",
    "null": "the cell is blank, and every row needs a value here",
}


class CellField(fields.Field[FactValue]):
    """A cell as a marshmallow field. Its error messages are CellFaults, so that their kind is not lost."""

    def __init__(self, column: Column, context: CellContext, known: KnownNames | None) -> None:
        super().__init__(required=column.required, allow_none=not column.required, error_messages=dict(_MISSING))
        self.column = column
        self._context = context
        self._known = known
        # Identifiers differ from row to row: keeping them would cost memory and save nothing.
        self._is_shared = column.type is not ColumnType.IDENTIFIER
        self._shared: dict[str, FactValue] = {}

    def _deserialize(self, value: Any, *_arguments: Any, **_options: Any) -> FactValue:
        is_text = isinstance(value, str)
        if is_text and value in self._shared:
            return self._shared[value]
        try:
            found = read_cell(self.column, value, self._context)
            if self._known is not None and isinstance(found, str):
                self._known.check(found)
        except CellFault as fault:
            raise ValidationError([fault]) from fault
        if is_text and self._is_shared and len(self._shared) < SHARED_VALUES_MAX:
            self._shared[value] = found
        return found

    def _serialize(self, value: FactValue, *_arguments: Any, **_options: Any) -> str:
        return cell_text(self.column, value)


def fact_schema(fact_type: FactType, *, references: References = UNCHECKED, context: CellContext = PLAIN) -> Schema:
    """A schema that loads a row of cells into FactValues by column name, and dumps values into texts.

    A blank cell loads as None. `load` raises ValidationError whose messages are CellFaults or texts, by column.
    """
    columns: dict[str, fields.Field[Any]] = {}
    for column in fact_type.columns:
        names = references.known(column.type)
        known = KnownNames(column.type.value, names) if names is not None else None
        columns[column.name] = CellField(column, context, known)
    schema = Schema.from_dict(columns, name=f"Schema of {fact_type.plural}")()
    schema.error_messages["unknown"] = f"{fact_type.plural} have no such column"
    return schema
