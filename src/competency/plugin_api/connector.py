"""What a connector is and what it gives: rows in the neutral columns, as text, each with the place it came from.

A connector carries data and judges none: the door checks every cell and counts every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from competency.model.facts import FactType
from competency.source import Place


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as the source has it, under neutral names.

    `table`: the plural of a fact type, as `evidence`. `values`: text by column name; None or blank where there is
    nothing, and columns that the source does not know left out. `place`: file and line in the source. `source_fields`:
    what a column is called there, by our column name, so that a rejected cell is named in the words of its keeper.
    """

    table: str
    values: Mapping[str, str | None]
    place: Place
    source_fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of the source out of which no row of a table can be made, and why.

    It is counted and listed with the rows that the door rejects. `place.field` and `value` name the cell at fault.
    `reason` is the middle of a sentence: no capital, no full stop.
    """

    table: str
    place: Place
    reason: str
    value: str = ""


SourceRow: TypeAlias = RawRow | RejectedRow


class SourceUnusable(Exception):
    """The source as a whole cannot be read: a file is missing, a header is another one. Nothing is imported.

    `reason` is a sentence without its full stop; `remedy` a whole sentence that says what to do.
    """

    def __init__(self, place: Place, reason: str, remedy: str) -> None:
        super().__init__(f"{place.described}: {reason}")
        self.place = place
        self.reason = reason
        self.remedy = remedy


@runtime_checkable
class Connector(Protocol):
    """A way from one platform to the fact tables. Any object with these members is one."""

    @property
    def name(self) -> str:
        """The word after `competency import`: lower case, no spaces."""

    @property
    def title(self) -> str:
        """The platform's name as people know it."""

    @property
    def source_help(self) -> str:
        """One sentence on what SOURCE is: a folder of which files, an address."""

    @property
    def fact_types(self) -> Sequence[FactType]:
        """Fact types that the connector brings along, besides the built-in ones; mostly none."""

    def read(self, source: Path | str) -> Iterator[SourceRow]:
        """The rows of a source, in any order, the same every time.

        Raise SourceUnusable when the source as a whole cannot be read. Any other exception also ends the import with a
        message that names the connector. In both cases nothing has been written.
        """
