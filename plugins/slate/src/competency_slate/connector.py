"""From Slate's tables to rows of learners, evidence and placements. Carries every figure as it stands; judges none.

Which ratings count, and what a level 0 or an override means for an average, is for the policy to say.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from competency.plugin_api import FactType, Place, RawRow, RejectedRow
from competency_slate.tables import TableRow, check_tables, rows

# The digits of the largest identifier that Slate's database can give (an unsigned whole number of 32 bits): with so
# many, the order of evidence by its identifier's text is the order of Slate's numbers, in this import and in later ones.
IDENTIFIER_DIGITS = 10

_EVIDENCE_FIELDS = {
    "evidence_id": "ID",
    "learner": "DemonstrationID",
    "competency": "SkillID",
    "score": "DemonstratedLevel",
    "assessed_on": "DemonstrationID",
    "method": "Override",
    "level": "TargetLevel",
    "external_id": "ID",
}
_PLACEMENT_FIELDS = {
    "learner": "StudentID",
    "competency": "CompetencyID",
    "level": "Level",
    "baseline": "BaselineRating",
    "entered_by": "EnteredVia",
}


@dataclass(frozen=True, slots=True)
class SlateConnector:
    """The connector `slate`."""

    name: str = "slate"
    title: str = "Slate CBL"
    source_help: str = (
        "A folder with the tables of Slate CBL as CSV files, named as in Slate: cbl_skills.csv and so on."
    )
    fact_types: tuple[FactType, ...] = ()

    def read(self, source: Path | str) -> Iterator[RawRow | RejectedRow]:
        """Learners in the order of their numbers, then evidence and placements in the order of the tables.

        Raises SourceUnusable when a table or a column is missing.
        """
        folder = Path(source)
        check_tables(folder)
        yield from _learners(folder)
        yield from _evidence(folder)
        yield from _placements(folder)


def _learners(folder: Path) -> Iterator[RawRow]:
    """Whoever a table speaks of; a row without a proper student is rejected where it is read for its own sake."""
    places: dict[str, Place] = {}
    for name in ("cbl_demonstrations", "cbl_student_competencies"):
        for row in rows(folder, name):
            student = row.cells.get("StudentID", "")
            if row.has_all_cells and _is_number(student):
                places.setdefault(student, row.at("StudentID"))
    for student in sorted(places, key=lambda student: (int(student), student)):
        yield RawRow("learners", {"learner": student}, places[student], {"learner": "StudentID"})


def _evidence(folder: Path) -> Iterator[RawRow | RejectedRow]:
    skills = yield from _codes(folder, "cbl_skills", "evidence")
    demonstrations: dict[str, TableRow] = {}
    for row in rows(folder, "cbl_demonstrations"):
        fault = _fault(row, "ID", "StudentID") or _repeated(row, demonstrations)
        if fault:
            yield _rejected("evidence", row, *fault)
        else:
            demonstrations[row.cells["ID"]] = row
    for row in rows(folder, "cbl_demonstration_skills"):
        fault = (
            _fault(row, "ID", "TargetLevel")
            or _unknown(row, "DemonstrationID", demonstrations, "cbl_demonstrations.csv")
            or _unknown(row, "SkillID", skills, "cbl_skills.csv")
            or _unclear_override(row)
        )
        if fault:
            yield _rejected("evidence", row, *fault)
        else:
            yield _rating(row, demonstrations[row.cells["DemonstrationID"]], skills[row.cells["SkillID"]])


def _rating(row: TableRow, demonstration: TableRow, skill: str) -> RawRow:
    cells = row.cells
    is_override = cells["Override"] == "1"
    # An override is stored without a rating: it says that the learner has done what the target level asks.
    score = cells["DemonstratedLevel"] or (cells["TargetLevel"] if is_override else "")
    values = {
        "evidence_id": f"slate-{int(cells['ID']):0{IDENTIFIER_DIGITS}d}",
        "learner": demonstration.cells["StudentID"],
        "competency": skill,
        "score": score,
        "assessed_on": demonstration.cells["Demonstrated"],
        "method": "override" if is_override else "demonstration",
        "level": cells["TargetLevel"],
        "source": "slate",
        "external_id": cells["ID"],
    }
    return RawRow("evidence", values, row.place, _EVIDENCE_FIELDS)


def _placements(folder: Path) -> Iterator[RawRow | RejectedRow]:
    competencies = yield from _codes(folder, "cbl_competencies", "placements")
    for row in rows(folder, "cbl_student_competencies"):
        fault = _fault(row, "StudentID", "Level") or _unknown(row, "CompetencyID", competencies, "cbl_competencies.csv")
        if fault:
            yield _rejected("placements", row, *fault)
            continue
        values = {column: row.cells[field] for column, field in _PLACEMENT_FIELDS.items()}
        values["competency"] = competencies[row.cells["CompetencyID"]]
        yield RawRow("placements", values, row.place, _PLACEMENT_FIELDS)


def _codes(folder: Path, name: str, table: str) -> Generator[RejectedRow, None, dict[str, str]]:
    """Code by identifier, returned at the end; rows without either, and repeated identifiers, are rejected."""
    codes: dict[str, str] = {}
    for row in rows(folder, name):
        fault = _fault(row, "ID") or _repeated(row, codes)
        if fault is None and not row.cells["Code"]:
            fault = ("Code", "the code is blank")
        if fault:
            yield _rejected(table, row, *fault)
        else:
            codes[row.cells["ID"]] = row.cells["Code"]
    return codes


# The field at fault and the reason; None where nothing is wrong.
Fault: TypeAlias = tuple[str, str] | None


def _fault(row: TableRow, *numbers: str) -> Fault:
    if not row.has_all_cells:
        return "", "the row has more or fewer cells than the header"
    for field in numbers:
        if not _is_number(row.cells[field]):
            return field, "a whole number is expected here"
    return None


def _repeated(row: TableRow, known: Mapping[str, object]) -> Fault:
    return ("ID", "an earlier row of the table has this ID; that one was taken") if row.cells["ID"] in known else None


def _unknown(row: TableRow, field: str, known: Mapping[str, object], file: str) -> Fault:
    return None if row.cells[field] in known else (field, f"no usable row of {file} has this ID")


def _unclear_override(row: TableRow) -> Fault:
    return None if row.cells["Override"] in ("", "0", "1") else ("Override", "0 or 1 is expected here")


def _rejected(table: str, row: TableRow, field: str, reason: str) -> RejectedRow:
    return RejectedRow(table, row.at(field), reason, row.cells.get(field, ""))


def _is_number(text: str) -> bool:
    return re.fullmatch(rf"\d{{1,{IDENTIFIER_DIGITS}}}", text, re.ASCII) is not None
