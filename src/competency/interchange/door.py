"""The door of one table: cells go in row by row; accepted rows stay, and what is not taken comes back as a reject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from marshmallow import Schema, ValidationError

from competency.interchange.cell_fault import CellFault, shown
from competency.interchange.counts import Counts
from competency.interchange.fact_set import Row
from competency.interchange.rejects import Reject
from competency.model.facts import ColumnType, FactType, FactValue
from competency.source import Place

RowKey = tuple[FactValue, ...]


class TableDoor:
    """Checks the rows of one table and keeps those that it takes, one a key.

    `learners`: the learners that rows may be about; None for the table that says who they are. `standing`: rows that
    are there already; a row of another content takes the place of a standing one of its key.
    """

    def __init__(
        self,
        fact_type: FactType,
        schema: Schema,
        *,
        learners: Set[str] | None,
        standing: Iterable[Row] = (),
    ) -> None:
        self.fact_type = fact_type
        self._schema = schema
        self._learners = learners
        self._names = tuple(column.name for column in fact_type.columns)
        self._key = tuple(self._names.index(name) for name in fact_type.key)
        self._learner_columns = tuple(
            index for index, column in enumerate(fact_type.columns) if column.type is ColumnType.LEARNER
        )
        self._standing = {self._key_of(row): row for row in standing}
        self._taken: dict[RowKey, tuple[Row, Place]] = {}
        self._unchanged = self._accepted = self._rejected = self._replaced = 0

    def offer(self, cells: Mapping[str, Any], place: Place) -> Reject | None:
        """Take a row, or say why not. The place is where it stands; a reject adds the field."""
        try:
            values = self._schema.load(cells)
        except ValidationError as error:
            return self._rejected_cells(cells, place, error)
        row: Row = tuple(values.get(name) for name in self._names)
        for index in self._learner_columns:
            learner = row[index]
            if self._learners is not None and learner is not None and learner not in self._learners:
                reason = f"{shown(learner)} is not a learner of the table `learners`"
                return self.reject(place, reason, field=self._names[index], value=str(learner), is_reference=True)
        return self._keep(row, place)

    def reject(
        self, place: Place, reason: str, *, field: str = "", value: str = "", is_reference: bool = False
    ) -> Reject:
        """Count a row that is not taken, for a reason that is known already."""
        self._rejected += 1
        place = Place(place.name, place.line, field or place.field)
        return Reject(self.fact_type.plural, place, value, reason, is_reference)

    @property
    def counts(self) -> Counts:
        """What became of the rows so far."""
        read = self._accepted + self._unchanged + self._rejected
        return Counts(read, self._accepted, self._unchanged, self._rejected, self._replaced)

    def rows(self) -> Iterator[Row]:
        """Every row that now stands: those of before that were not replaced, and those taken."""
        for key, row in self._standing.items():
            if key not in self._taken:
                yield row
        for row, _place in self._taken.values():
            yield row

    def _key_of(self, row: Row) -> RowKey:
        return tuple(row[index] for index in self._key)

    def _keep(self, row: Row, place: Place) -> Reject | None:
        key = self._key_of(row)
        earlier = self._taken.get(key)
        if earlier is not None:
            if earlier[0] != row:
                return self._rejected_repeat(row, place, *earlier)
            self._unchanged += 1
            return None
        self._taken[key] = (row, place)
        before = self._standing.get(key)
        if before == row:
            self._unchanged += 1
        else:
            self._accepted += 1
            self._replaced += before is not None
        return None

    def _rejected_repeat(self, row: Row, place: Place, first: Row, first_place: Place) -> Reject:
        differing = [name for name, new, old in zip(self._names, row, first, strict=True) if new != old]
        where = first_place.described if first_place.name != place.name else f"line {first_place.line}"
        reason = (
            f"the row of line {place.line} has the {', '.join(self.fact_type.key)} of {where} "
            f"and differs from it in {', '.join(differing)}; the earlier row was kept"
        )
        return self.reject(place, reason, field=self.fact_type.key[0], value=str(row[self._key[0]]))

    def _rejected_cells(self, cells: Mapping[str, Any], place: Place, error: ValidationError) -> Reject:
        """One reject a row: the first field at fault in the order of the columns, the others named after it."""
        messages = error.messages_dict
        order = [name for name in (*self._names, *messages) if name in messages]
        faults = [(name, _as_fault(messages[name][0])) for name in dict.fromkeys(order)]
        field, first = faults[0]
        others = "".join(f"; also {name}: {fault.reason}" for name, fault in faults[1:])
        value = cells.get(field)
        return self.reject(
            place,
            first.reason + others,
            field=field,
            value="" if value is None else str(value),
            is_reference=all(fault.is_reference for _name, fault in faults),
        )


def _as_fault(message: object) -> CellFault:
    return message if isinstance(message, CellFault) else CellFault(str(message))
