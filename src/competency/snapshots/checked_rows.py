"""A table of facts to checked rows as columns. A row at fault goes through the door of its table, which says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow
import pyarrow.compute

from competency.interchange.cells import CellContext
from competency.interchange.door import TableDoor
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import escaped, learner_column
from competency.interchange.read_table_columns import TableColumns, read_table_columns
from competency.interchange.references import References
from competency.interchange.rejects import Reject
from competency.model.facts import EVIDENCE, LEARNERS, ColumnType
from competency.rules.population import facts as f
from competency.rules.population.number_columns import Seen, Texts
from competency.snapshots.cell_columns import CellColumn, ReadColumn
from competency.snapshots.helping_database import HelpingDatabase
from competency.snapshots.kept_columns import KeptColumns, is_digested
from competency.snapshots.row_digests import digests_of_rows
from competency.source import Place

# The columns of checked rows beside those that are kept: see `CheckedTable.rows`. No column of facts begins so.
NUMBER, LEARNER, ID, AT = "__row", "__learner", "__id", "__place"
DIGEST, IDENTITY, CORRECTED = "__digest", "__identity", "__corrected"


def told_name(column: str) -> str:
    """A column that is kept as text."""
    return f"{column}__told"


@dataclass(frozen=True, slots=True)
class Reading:
    """How cells are read: the names that are known, what else a cell depends on, and the database that helps."""

    references: References
    context: CellContext
    database: HelpingDatabase


@dataclass(slots=True)
class CheckedTable:
    """The reading of one table. `learners`: their numbers by their names; none while it is read who they are."""

    kept: KeptColumns
    reading: Reading
    texts: Texts
    learners: Mapping[str, int] | None
    seen: dict[str, Seen] = field(init=False)
    read: int = 0
    rejected: int = 0
    _columns: dict[str, CellColumn] = field(init=False)
    _door: TableDoor = field(init=False)

    def __post_init__(self) -> None:
        fact_type, numbered = self.kept.fact_type, {column.name for column in self.kept.numbered}
        told = {column.name for column in self.kept.told}
        owner = fact_type.columns[learner_column(fact_type) or 0].name
        told.update(fact_type.key, [owner])
        told.update(["supersedes"] if fact_type.plural == EVIDENCE.plural else [])
        self.seen = {column.name: Seen(column.name, f.holds(column.type)) for column in self.kept.numbered}
        self._columns = {
            column.name: CellColumn(
                column,
                self.reading.context,
                self.reading.references.known(column.type),
                self.reading.database,
                self.texts,
                self.seen.get(column.name) or Seen(column.name, f.holds(column.type)),
                is_numbered=column.name in numbered,
                is_told=column.name in told or column.type is ColumnType.LEARNER,
                is_digested=is_digested(fact_type, column.name),
            )
            for column in fact_type.columns
        }
        self._door = self.door()

    def door(self) -> TableDoor:
        """A door that takes and rejects rows as the reading row by row does."""
        fact_type = self.kept.fact_type
        schema = fact_schema(fact_type, references=self.reading.references, context=self.reading.context)
        about = None if self.learners is None or fact_type.plural == LEARNERS.plural else self.learners.keys()
        return TableDoor(fact_type, schema, learners=about)

    def rows(self, path: Path, reject: Callable[[int, Reject], None]) -> Iterator[pyarrow.Table]:
        """The rows that are well by themselves, and the number of each in the file. Raises TableFault, also in mid-file.

        `reject` is told the others, in the order of the file. Columns beside those that are kept: the row's number in the
        file, that of its learner, its id, a digest of its cells, its identity (of equal ids one number), and of evidence
        the id of the row that it corrects.
        """
        for batch in read_table_columns(path, self.kept.fact_type):
            columns = {
                name: column.read(batch.columns[name]) if name in batch.columns else column.blank(len(batch.numbers))
                for name, column in self._columns.items()
            }
            learner, unknown = self._learner_numbers(columns)
            faults = [
                column.faults for name, column in columns.items() if name in batch.columns and column.faults is not None
            ]
            at_fault = _any([*faults, *unknown])
            self.read += batch.read
            self._reject(path, batch, at_fault, reject)
            rows = self._as_table(batch, columns, learner)
            yield rows if at_fault is None else rows.filter(pyarrow.compute.invert(at_fault))

    def _learner_numbers(self, columns: Mapping[str, ReadColumn]) -> tuple[pyarrow.Array, list[pyarrow.Array]]:
        """The number of the learner of each row, and for each column of learners where it names nobody who is known."""
        found: list[pyarrow.Array] = []
        unknown = []
        for column in self.kept.fact_type.columns:
            if column.type is not ColumnType.LEARNER:
                continue
            encoded = columns[column.name].texts.dictionary_encode()  # type: ignore[union-attr]
            names = encoded.dictionary.to_pylist()
            numbers = [0 if self.learners is None else self.learners.get(name) for name in names]
            found.append(pyarrow.array(numbers, pyarrow.int64()).take(encoded.indices))
            if None in numbers and self.kept.fact_type.plural != LEARNERS.plural:
                is_unknown = pyarrow.array([number is None for number in numbers], pyarrow.bool_())
                unknown.append(pyarrow.compute.fill_null(is_unknown.take(encoded.indices), False))
        return found[0], unknown

    def _reject(
        self, path: Path, batch: TableColumns, at_fault: pyarrow.Array | None, reject: Callable[[int, Reject], None]
    ) -> None:
        indices = [] if at_fault is None else pyarrow.compute.indices_nonzero(at_fault).to_pylist()
        if not indices and not batch.faults:
            return
        odd = dict(batch.faults)
        wrong = {batch.numbers[index].as_py(): index for index in indices}
        for number in sorted([*odd, *wrong]):
            if number in odd:
                reject(number, self._door.reject(place_of(path, odd[number].line), odd[number].fault))
                continue
            index = wrong[number]
            rejected = self._door.offer(batch.cells(index), place_of(path, batch.lines[index].as_py()))
            if rejected is None:
                raise AssertionError(f"row {number} of {path} is at fault for its columns and well for its door")
            reject(number, rejected)
        self.rejected += len(odd) + len(wrong)

    def _as_table(
        self, batch: TableColumns, columns: Mapping[str, ReadColumn], learner: pyarrow.Array
    ) -> pyarrow.Table:
        plural = self.kept.fact_type.plural
        cells = pyarrow.array([0] * len(learner), pyarrow.uint64())
        for column in columns.values():
            cells = pyarrow.compute.add(cells, column.digests)
        ids = _ids([columns[name].texts for name in self.kept.fact_type.key])
        digests = digests_of_rows(self.reading.database, plural, ids, cells)
        arrays = {
            NUMBER: batch.numbers,
            LEARNER: learner,
            ID: ids,
            DIGEST: digests.column("digest"),
            IDENTITY: digests.column("identity"),
        }
        if plural == EVIDENCE.plural:
            arrays[CORRECTED] = columns["supersedes"].texts
        for kept in self.kept.numbered:
            arrays.update(columns[kept.name].numbers)
        for kept in self.kept.told:
            arrays[told_name(kept.name)] = columns[kept.name].texts
        return pyarrow.table(arrays)


def _any(masks: list[pyarrow.Array]) -> pyarrow.Array | None:
    found = None
    for mask in masks:
        found = mask if found is None else pyarrow.compute.or_(found, mask)
    return found


def _ids(key: list[pyarrow.Array | None]) -> pyarrow.Array:
    """What names the rows, as `fact_id` does; of rows at fault anything."""
    parts = [pyarrow.compute.fill_null(part, "") for part in key]
    if len(parts) == 1:
        return parts[0]
    return pyarrow.compute.binary_join_element_wise(*[_escaped(part) for part in parts], "|")


def _escaped(part: pyarrow.Array) -> pyarrow.Array:
    encoded = part.dictionary_encode()
    found = pyarrow.array([escaped(text) for text in encoded.dictionary.to_pylist()], pyarrow.string())
    return found.take(encoded.indices)


def place_of(path: Path, line: int) -> Place:
    """Where a row stands."""
    return Place(str(path), line)
