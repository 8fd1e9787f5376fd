"""Relations over columns: what there is to read, and how one comes from others. Frozen; no engine is named here.

A relation that is used twice is one object, so that whoever carries it out computes it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from competency.rules.population.columns import Expression, Kind


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A table by its name, with those of its columns that are read."""

    table: str
    columns: tuple[tuple[str, Kind], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The rows that the lists of a table hold, in their order.

    A row of the table has `keys` and one list of rows with `columns`, of at least one; no two have the same keys. Of the keys
    named in `only` those alone are opened that the relation beside it has in its one column. `number` and `size` are further
    columns: which row it is of its list, from 0, and how many there are in it.
    """

    table: str
    keys: tuple[str, ...]
    columns: tuple[tuple[str, Kind], ...]
    number: str
    size: str
    only: tuple[tuple[str, Relation], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One row for each list, with its keys and what is measured of its rows.

    Measures are over the columns of the rows in the lists, their number and the size; one `at greatest` goes by one of these
    two ways: by the number, or by how many rows follow.
    """

    of: Opened
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Extend:
    """Further columns; none of them reads another of them."""

    of: Relation
    columns: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Keep:
    """These columns alone, under these names."""

    of: Relation
    columns: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """The rows for which a condition certainly holds."""

    of: Relation
    condition: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """Rows of two relations whose columns are equal; `on` and `taken` are pairs of names.

    `taken` are columns of the right side under new names. `left` keeps rows that find none; `without` keeps only those.
    """

    left: Relation
    right: Relation
    on: tuple[tuple[str, str], ...]
    taken: tuple[tuple[str, str], ...]
    how: Literal["inner", "left", "without"]


@dataclass(frozen=True, slots=True, eq=False)
class Numbered:
    """A further column over the rows that share `within`: their number in an order, or a running or whole aggregate.

    `order` are (expression, whether the largest comes first), and it tells any two rows apart where it matters;
    `function` is `number` (0, 1, ... in the order), `count` (of rows where `of_value` holds), `running max` or `max`.
    """

    of: Relation
    name: str
    function: Literal["number", "count", "running max", "max"]
    of_value: Expression | None
    within: tuple[Expression, ...]
    order: tuple[tuple[Expression, bool], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """An aggregate of a group over the rows where `where` holds.

    `count` (rows), `sum`, `max`, `min`, `different`, or the value `at greatest` of `by`, which differs from row to row.
    `high`: it is not below 0 and at most so much, if that is known. A sum of no rows may be blank or 0.
    """

    name: str
    function: Literal["count", "sum", "max", "min", "different", "at greatest"]
    value: Expression | None
    where: Expression
    kind: Kind
    by: Expression | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One row for each combination of the keys."""

    of: Relation
    keys: tuple[str, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Union:
    """The rows of several relations that have the same columns."""

    parts: tuple[Relation, ...]


Relation: TypeAlias = Scan | Opened | Measured | Extend | Keep | Filter | Join | Numbered | Group | Union
