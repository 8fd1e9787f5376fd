"""Tables of facts and of expected decisions in a document: cells go through the door of all facts, decisions are compared.

In: a section and its rule book. Out: findings. Where a table leaves out identifiers, the lines of the document stand in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from competency.interchange.cell_fault import CellFault
from competency.interchange.cells import CellContext
from competency.interchange.door import TableDoor
from competency.interchange.exact_numbers import read_number
from competency.interchange.fact_schema import fact_schema
from competency.interchange.fact_set import FactSet, fact_set
from competency.interchange.read_table import TableRow, read_table
from competency.interchange.references import References
from competency.interchange.table_fault import TableFault
from competency.model.decisions import Decision, Outcome
from competency.model.facts import LEARNERS, Column, ColumnType, FactType
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.reasons import Explained
from competency.rules.interpreter.wording import sentence, shown_value
from competency.rules.language.resolved import Declared
from competency.rules.program import ir
from competency.rules.read_rules import RuleBook
from competency.rules.run_examples import end_of_day
from competency.source import Place
from competency.testing.documents import Block, BlockKind, Finding, Section

EXPECTED = FactType(
    "decisions",
    "decision",
    "What a document expects of the rules, one row a learner, rule and item.",
    (
        Column("learner", ColumnType.LEARNER, "Whom it is about.", required=True),
        Column("rule", ColumnType.TEXT, "The rule, as `mastery standard`.", required=True),
        Column("item", ColumnType.TEXT, "The item; several are joined by ` at `; blank: the learner alone."),
        Column(
            "outcome",
            ColumnType.CHOICE,
            "What is decided; blank: not compared.",
            choices=tuple(outcome.value for outcome in Outcome),
        ),
        Column("because", ColumnType.TEXT, "The labels of exactly the clauses that made it; blank: not compared."),
        Column("value", ColumnType.TEXT, "The value of a measure; `none` for none; blank: not compared."),
        Column("assigned", ColumnType.TEXT, "The items assigned; `none` for none; blank: not compared."),
        Column("reported", ColumnType.TEXT, "The caps that were passed; `none` for none; blank: not compared."),
    ),
    key=("learner", "rule", "item"),
)
"""The columns of a `decisions` block: checked at the same door as facts."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A section while its tables are read."""

    section: Section
    findings: list[Finding]

    def tell(self, block: Block, line: int, message: str) -> None:
        self.findings.append(Finding(block.file, line, self.section.title, message))


def compare_decisions(section: Section, book: RuleBook) -> list[Finding]:
    """Every row of the section's `decisions` blocks that the rules decide otherwise, and every row that cannot be read."""
    assert book.resolved is not None
    assert book.program is not None
    reading = _Reading(section, [])
    facts = _facts(section.of(BlockKind.FACTS), book.resolved.declared, section.of(BlockKind.DECISIONS), reading)
    if facts is not None and not reading.findings:
        for block in section.of(BlockKind.DECISIONS):
            _compare_block(block, facts, book.program, reading)
    return reading.findings


def facts_of_section(section: Section, book: RuleBook) -> FactSet | None:
    """The facts in the tables of a section; none where one cannot be read."""
    assert book.resolved is not None
    reading = _Reading(section, [])
    blocks, decisions = section.of(BlockKind.FACTS), section.of(BlockKind.DECISIONS)
    facts = _facts(blocks, book.resolved.declared, decisions, reading)
    return None if reading.findings else facts


# --- reading ----------------------------------------------------------------------------------------------------------


def _facts(
    blocks: Sequence[Block], declared: Declared, decisions: Sequence[Block], reading: _Reading
) -> FactSet | None:
    """The facts of the blocks. Where no table says who the learners are, all who are named are learners."""
    types = declared.fact_types
    rows: dict[str, list[tuple[Block, TableRow]]] = {}
    for block in blocks:
        if block.table not in types:
            reading.tell(block, block.line, f"there is no table `{block.table}`; there are {', '.join(sorted(types))}")
            return None
        rows.setdefault(block.table, []).extend((block, row) for row in _rows(block, types[block.table], reading))
    if LEARNERS.plural not in rows:
        expected = (row for block in decisions for row in _rows(block, EXPECTED, reading))
        every = [*(row for table in rows.values() for _, row in table), *expected]
        named = dict.fromkeys(str(row.cells["learner"]).strip() for row in every if "learner" in row.cells)
        place = (*blocks, *decisions)[0]
        rows[LEARNERS.plural] = [(place, TableRow(place.line, {"learner": name})) for name in named if name]
    doors: dict[str, TableDoor] = {}
    learners: frozenset[str] | None = None
    for plural in sorted(rows, key=lambda each: each != LEARNERS.plural):
        schema = fact_schema(types[plural], references=_references(declared), context=_context(declared))
        doors[plural] = TableDoor(types[plural], schema, learners=learners)
        for block, row in rows[plural]:
            _offer(doors[plural], block, row, reading)
        if learners is None:
            learners = frozenset(str(row[0]) for row in doors[plural].rows())
    return fact_set(types.values(), {plural: door.rows() for plural, door in doors.items()})


def _offer(door: TableDoor, block: Block, row: TableRow, reading: _Reading) -> None:
    fact_type = door.fact_type
    numbered = {
        column.name: f"{fact_type.singular} of line {row.line}"
        for column in fact_type.columns
        if column.type is ColumnType.IDENTIFIER and column.required
    }
    place = Place(block.file, row.line)
    reject = door.reject(place, row.fault) if row.fault else door.offer({**numbered, **row.cells}, place)
    if reject is not None:
        field = f"{reject.place.field}: " if reject.place.field else ""
        reading.tell(block, row.line, f"{field}{reject.reason}")


def _rows(block: Block, fact_type: FactType, reading: _Reading) -> Iterator[TableRow]:
    """The rows of a block, with lines of the document. A table in a document may leave out identifiers."""
    relaxed = tuple(
        replace(column, required=column.required and column.type is not ColumnType.IDENTIFIER)
        for column in fact_type.columns
    )
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{fact_type.plural}.csv")
        path.write_text(block.text, encoding="utf-8")
        try:
            for row in read_table(path, replace(fact_type, columns=relaxed)):
                yield replace(row, line=block.line + row.line - 1)
        except TableFault as fault:
            where = fault.diagnostic.labels[0].where
            line = where.line if isinstance(where, Place) and where.line else 1
            remedy = " ".join(fix.text for fix in fault.diagnostic.fixes)
            reading.tell(block, block.line + line - 1, f"{fault.diagnostic.message} {remedy}")


def _references(declared: Declared) -> References:
    items = {kind: frozenset(by_code) for kind, by_code in declared.catalog.items.items()}
    return References(
        competencies=items["competency"] | items["skill"],
        courses=items["course"],
        levels=items["level"],
        methods=frozenset(declared.words["methods"]),
        roles=frozenset(declared.words["roles"]),
        programs=frozenset(declared.words["programs"]),
        panels=frozenset(declared.panels) or None,
    )


def _context(declared: Declared) -> CellContext:
    """The scale by which scores are checked, where there is only one."""
    scale = next(iter(declared.scales.values())) if len(declared.scales) == 1 else None
    return CellContext(scale, ZoneInfo(declared.time_zone))


# --- comparing --------------------------------------------------------------------------------------------------------


def _compare_block(block: Block, facts: FactSet, program: ir.Program, reading: _Reading) -> None:
    assert block.as_of is not None
    door = TableDoor(EXPECTED, fact_schema(EXPECTED), learners=frozenset(facts.learners))
    decided: dict[str, dict[tuple[str, str], Explained]] = {}
    for row in _rows(block, EXPECTED, reading):
        told = len(reading.findings)
        _offer(door, block, row, reading)
        if len(reading.findings) > told:
            continue
        cells = {name: str(cell).strip() for name, cell in row.cells.items()}
        learner = cells["learner"]
        if learner not in decided:
            decided[learner] = _decided(facts, learner, program, block.as_of, block.known_on)
        item = cells.get("item", "")
        explained = decided[learner].get((cells["rule"], item))
        if explained is None:
            about = f" about {item}" if item else ""
            reading.tell(block, row.line, f"no rule `{cells['rule']}` decides anything{about}")
            continue
        for message in _differences(cells, explained.decision):
            reading.tell(block, row.line, f"{message}: {sentence(explained)}")


def _decided(
    facts: FactSet, learner: str, program: ir.Program, as_of: date, known_on: date | None
) -> dict[tuple[str, str], Explained]:
    """What is decided about a learner, by rule and item."""
    known = end_of_day(known_on) if known_on is not None else None
    explained = decide(program, facts.for_learner(learner), as_of, known)
    return {(one.rule.reference, " at ".join(one.decision.item)): one for one in explained}


def _differences(cells: Mapping[str, str], decision: Decision) -> Iterator[str]:
    outcome = decision.outcome.value if decision.outcome else f"an error ({decision.error})"
    if cells.get("outcome", "") not in {"", outcome}:
        yield f"expected {cells['outcome']}, and the rules say {outcome}"
    for name, found in (
        ("because", decision.determining),
        ("assigned", decision.assigned),
        ("reported", decision.reported),
    ):
        wanted = cells.get(name, "")
        if wanted and set(() if wanted == "none" else _labels(wanted)) != set(found):
            yield f"expected {name} {wanted}, and it is {', '.join(found) or 'none'}"
    wanted = cells.get("value", "")
    if wanted and not _is_value(wanted, decision.value):
        yield f"expected the value {wanted}, and it is {shown_value(decision.value)}"


def _labels(cell: str) -> list[str]:
    """Labels and codes in a cell, between spaces, commas or semicolons."""
    return cell.replace(",", " ").replace(";", " ").split()


def _is_value(wanted: str, found: Any) -> bool:
    if wanted == "none" or found is None:
        return (wanted == "none") is (found is None)
    try:
        return bool(read_number(wanted) == found)
    except CellFault:
        return wanted == shown_value(found)
