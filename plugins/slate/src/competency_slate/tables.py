"""Slate's tables as they are: rows of text by Slate's column names, each with its place. Judges no value."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from competency.plugin_api import Place, SourceUnusable

# The tables that are read, with the columns that are needed of each.
TABLES: Mapping[str, tuple[str, ...]] = {
    "cbl_skills": ("ID", "Code"),
    "cbl_competencies": ("ID", "Code"),
    "cbl_demonstrations": ("ID", "StudentID", "Demonstrated"),
    "cbl_demonstration_skills": ("ID", "DemonstrationID", "SkillID", "TargetLevel", "DemonstratedLevel", "Override"),
    "cbl_student_competencies": ("StudentID", "CompetencyID", "Level", "EnteredVia", "BaselineRating"),
}


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table of Slate: its place, and its cells by column without the spaces around them.

    `has_all_cells`: whether it has as many cells as the header, without which no cell can be relied on.
    """

    place: Place
    cells: Mapping[str, str]
    has_all_cells: bool

    def at(self, field: str) -> Place:
        """The place of one of its cells."""
        return Place(self.place.name, self.place.line, field)


def check_tables(folder: Path) -> None:
    """Raises SourceUnusable where a table is missing or lacks a column, before any row is read."""
    for name in TABLES:
        next(rows(folder, name), None)


def rows(folder: Path, name: str) -> Iterator[TableRow]:
    """The rows of a table. Raises SourceUnusable where it is missing, lacks a column, or is not CSV in UTF-8."""
    path = folder / f"{name}.csv"
    if not path.is_file():
        raise SourceUnusable(
            Place(str(path)),
            f"`{path.name}` is missing in `{folder}`",
            "Export every table that the connector reads into one folder.",
        )
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        line = 1
        try:
            header = [cell.strip() for cell in next(reader, [])]
            for column in TABLES[name]:
                if header.count(column) != 1:
                    what = "has no column" if column not in header else "has more than one column"
                    raise SourceUnusable(
                        Place(str(path), 1, column),
                        f"`{path.name}` {what} `{column}`",
                        f"Export the table with its columns, among them {', '.join(TABLES[name])}.",
                    )
            line = reader.line_num + 1
            for cells in reader:
                if cells:
                    named = dict(zip(header, (cell.strip() for cell in cells), strict=False))
                    yield TableRow(Place(str(path), line), named, len(cells) == len(header))
                line = reader.line_num + 1
        except (csv.Error, UnicodeDecodeError) as error:
            raise SourceUnusable(
                Place(str(path), line),
                f"`{path.name}` cannot be read as CSV in UTF-8: {error}",
                "Export the table again as CSV in UTF-8.",
            ) from error
