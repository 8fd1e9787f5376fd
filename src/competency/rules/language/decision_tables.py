"""Decision tables: rows to typed ranges, and the proofs that no two rows overlap and no value falls through.

In: a table's syntax, its file if it has one. Out: ir.TableRows. A witness is a value that two rows or no row answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from competency.diagnostics import Fix, Label, kinds
from competency.model.scales import Scale
from competency.rules.language import syntax
from competency.rules.language.attached import AttachedRows, Attachment
from competency.rules.language.findings import Findings, Unresolved
from competency.rules.language.vocabulary import COLUMN_TYPES, TYPE_WORDS
from competency.rules.program import ir, types
from competency.rules.program.ir import Range, Scalar
from competency.rules.program.types import Kind, Type
from competency.source import Place, Span

ROWS_WRITTEN_MAX = 500  # rows in a text; more belong in a file
PROBES_MAX = 200_000  # combinations of boundary values tried in search of a hole; a larger table belongs in a file


def resolve_table(
    table: syntax.Table, attachments: Mapping[str, Attachment], scales: Mapping[str, Scale], findings: Findings
) -> ir.TableRows:
    """The typed rows of a table, proved to answer each question once."""
    if not table.given or table.gives is None:
        missing = "gives" if table.given else "given"
        findings.fail(
            kinds.EMPTY_RULE,
            f"the table `{table.name.text}` does not say what it is {missing}",
            Label(table.name.span, "this table"),
            fixes=(Fix("write `given INPUT TYPE, ...` and `gives TYPE`"),),
        )
    if len(table.rows) > ROWS_WRITTEN_MAX:
        findings.fail(
            kinds.CLAUSE_LIMIT,
            f"the table `{table.name.text}` has {len(table.rows):,} rows in the text; at most {ROWS_WRITTEN_MAX} are read",
            Label(table.rows[ROWS_WRITTEN_MAX].span, "the first row that is too much"),
            fixes=(Fix('keep the rows in a file: `rows from "FILE.csv"`'),),
        )
    inputs = tuple(_type(column.type, findings) for column in table.given)
    result = _type(table.gives, findings)
    rows: list[tuple[tuple[Range, ...], Scalar]] = []
    places: list[Span | Place] = []
    for row in table.rows:
        if len(row.cells) != len(inputs):
            findings.fail(
                kinds.ROW_SHAPE,
                f"the row has {len(row.cells)} cells and the table {len(inputs)}",
                Label(row.span, "this row"),
                Label(table.given[0].span, "the table's inputs"),
                fixes=(Fix("give each input a cell; `any` admits every value"),),
            )
        cells = tuple(
            Range(none_of=_named(table, column, inputs[column], scales, findings))
            if cell.is_other
            else _cell(cell, inputs[column], scales, findings)
            for column, cell in enumerate(row.cells)
        )
        rows.append((cells, _constant(row.result, result, scales, findings)))
        places.append(row.span)
    if table.path is not None:
        _from_file(table, attachments, inputs, result, rows, places, findings)
    _no_overlap(table, rows, places, findings)
    if table.path is None:
        _no_hole(table, inputs, rows, findings)
    return ir.TableRows(table.name.text, inputs, result, tuple(rows))


def _type(name: syntax.Name, findings: Findings) -> Type:
    column = TYPE_WORDS.get(name.text)
    if column is None:
        findings.unknown(kinds.UNKNOWN_NAME, "type", name.text, name.span, TYPE_WORDS)
    return COLUMN_TYPES[column]


def _named(
    table: syntax.Table, column: int, wanted: Type, scales: Mapping[str, Scale], findings: Findings
) -> tuple[Scalar, ...]:
    """The values that rows name in a column; `any other` is what none of them is."""
    named: dict[Scalar, None] = {}
    for row in table.rows:
        if column < len(row.cells):
            cell = _cell(row.cells[column], wanted, scales, findings)
            if cell.exact is not None:
                named[cell.exact] = None
    return tuple(named)


def _cell(cell: syntax.Cell, wanted: Type, scales: Mapping[str, Scale], findings: Findings) -> Range:
    low: Any = None
    high: Any = None
    low_included = high_included = True
    for cut in cell.cuts:
        value = _constant(cut.operand, wanted, scales, findings)
        match cut.comparator:
            case "exactly" | "on":
                return Range(exact=value)
            case "at least" | "on or after":
                low, low_included = value, True
            case "more than" | "after":
                low, low_included = value, False
            case "at most" | "on or before":
                high, high_included = value, True
            case "less than" | "before":
                high, high_included = value, False
            case _:
                findings.fail(
                    kinds.TYPE_MISMATCH,
                    f"`{cut.comparator}` cannot stand in a table",
                    Label(cut.span, "here"),
                    fixes=(Fix("write two rows, one below the value and one above it"),),
                )
    return Range(None, low, low_included, high, high_included)


def _constant(node: syntax.Expression, wanted: Type, scales: Mapping[str, Scale], findings: Findings) -> Scalar:
    """A value that stands in a cell, in the type of its column."""
    value: Scalar
    found: Type
    match node:
        case syntax.Negative(operand=syntax.NumberLiteral() as inner):
            value, found = -inner.value, _unit(inner)
        case syntax.NumberLiteral():
            value, found = (node.value / 100 if node.unit == "%" else node.value), _unit(node)
            if wanted.kind is Kind.ITEM and not node.unit:
                return str(node.value)
        case syntax.DateLiteral():
            value, found = node.value, types.DATE
        case syntax.TextLiteral():
            value, found = node.value, wanted if wanted.kind is Kind.ITEM else types.TEXT
        case syntax.CodePhrase():
            value, found = node.code.text, wanted if wanted.kind is Kind.ITEM else types.TEXT
        case syntax.Phrase(words=words, window=None, modifiers=(), of=None) if len(words) == 1:
            word = words[0].text
            if wanted.kind is Kind.TRUTH and word in {"yes", "no"}:
                return word == "yes"
            level = next((scale.level(word) for scale in scales.values() if scale.level(word)), None)
            if level is not None and wanted.kind is Kind.NUMBER:
                value, found = level.number, types.unit("score")
            else:
                value, found = word, wanted if wanted.kind is Kind.ITEM else types.TEXT
        case _:
            findings.fail(
                kinds.TYPE_MISMATCH,
                "a table holds plain values",
                Label(node.span, "this is worked out"),
                fixes=(Fix("write the value itself"),),
            )
    if not types.comparable(found, wanted) and not (found == types.PLAIN and wanted.of in {"credit", "dollar"}):
        findings.fail(
            kinds.TYPE_MISMATCH,
            f"the table asks for {wanted.described} and the cell holds {found.described}",
            Label(node.span, found.described),
            fixes=(Fix("write a value of the column's type, or change the type of the column"),),
        )
    return value


def _unit(number: syntax.NumberLiteral) -> Type:
    return types.unit(number.unit)


def _from_file(
    table: syntax.Table,
    attachments: Mapping[str, Attachment],
    inputs: tuple[Type, ...],
    result: Type,
    rows: list[tuple[tuple[Range, ...], Scalar]],
    places: list[Span | Place],
    findings: Findings,
) -> None:
    """Adds the rows of a file: each cell one value, the last one the answer."""
    assert table.path is not None
    attached = attachments.get(table.path.value)
    if not isinstance(attached, AttachedRows):
        raise Unresolved
    wanted = (*(column.name.text for column in table.given), attached.header[-1] if attached.header else "")
    if attached.header[:-1] != wanted[:-1]:
        findings.fail(
            kinds.CATALOG_HEADER,
            f"{attached.name} has the columns {', '.join(attached.header)}; the table is given "
            f"{', '.join(column.name.text for column in table.given)}",
            Label(Place(attached.name, 1), "this header"),
            Label(table.path.span, "named here"),
            fixes=(Fix("name the columns of the file as in `given`, with the answer last"),),
        )
    for line, cells in attached.rows:
        typed = []
        for column, cell, wanted_type in zip(attached.header, cells, (*inputs, result), strict=True):
            value = _read_cell(cell, wanted_type)
            if value is None:
                findings.fail(
                    kinds.CATALOG_ROW,
                    f"`{cell}` is not {wanted_type.described}",
                    Label(Place(attached.name, line, column), "this cell"),
                    fixes=(Fix(f"write {wanted_type.described}"),),
                )
            typed.append(value)
        rows.append((tuple(Range(exact=value) for value in typed[:-1]), typed[-1]))
        places.append(Place(attached.name, line))


def _read_cell(cell: str, wanted: Type) -> Scalar:
    try:
        if wanted.kind is Kind.NUMBER:
            return Fraction(cell.removesuffix("%").strip()) / (100 if cell.endswith("%") else 1)
        if wanted.kind is Kind.DATE:
            return date.fromisoformat(cell)
        if wanted.kind is Kind.TRUTH:
            return {"yes": True, "no": False}.get(cell.lower())
    except ValueError:
        return None
    return cell or None


# --- proofs -----------------------------------------------------------------------------------------------------------


def _no_overlap(
    table: syntax.Table,
    rows: Sequence[tuple[tuple[Range, ...], Scalar]],
    places: Sequence[Span | Place],
    findings: Findings,
) -> None:
    """Reports the first pair of rows that answer the same question, with a value that both answer."""
    exact: dict[tuple[Scalar, ...], int] = {}
    ranged: list[int] = []
    for index, (cells, _) in enumerate(rows):
        if all(cell.exact is not None for cell in cells):
            key = tuple(cell.exact for cell in cells)
            if key in exact:
                _overlap(table, places[exact[key]], places[index], key, findings)
            exact[key] = index
        else:
            ranged.append(index)
    for position, index in enumerate(ranged):
        for other in (*ranged[:position], *exact.values()):
            witness = _common(rows[index][0], rows[other][0])
            if witness is not None:
                first, second = sorted((index, other))
                _overlap(table, places[first], places[second], witness, findings)


def _overlap(
    table: syntax.Table, first: Span | Place, second: Span | Place, witness: Sequence[Any], findings: Findings
) -> None:
    named = ", ".join(f"{column.name.text} {_shown(value)}" for column, value in zip(table.given, witness, strict=True))
    findings.fail(
        kinds.OVERLAPPING_ROWS,
        f"two rows of `{table.name.text}` answer the same question: {named}",
        Label(second, "this row"),
        Label(first, "and this one"),
        fixes=(Fix("change a bound so that only one row answers"),),
        witness=[_shown(value) for value in witness],
    )


def _common(left: tuple[Range, ...], right: tuple[Range, ...]) -> list[Any] | None:
    """A value that both rows admit, cell by cell; none if there is none."""
    witness = []
    for one, other in zip(left, right, strict=True):
        for value in _candidates((one, other)):
            if one.admits(value) and other.admits(value):
                witness.append(value)
                break
        else:
            return None
    return witness


def _candidates(cells: Sequence[Range]) -> list[Any]:
    """Values that tell the cells apart: every bound, between neighbours, and beyond the outermost."""
    points = {cell.exact for cell in cells if cell.exact is not None}
    points |= {bound for cell in cells for bound in (cell.low, cell.high, *cell.none_of) if bound is not None}
    if not points:
        return [None] if all(cell.exact is None for cell in cells) else []
    if any(isinstance(point, str | bool) for point in points):
        return [*sorted(str(point) for point in points), "anything else"]
    ordered: list[Any] = sorted(points)
    if isinstance(ordered[0], date):
        day = timedelta(days=1)
        return sorted({moved for point in ordered for moved in (point - day, point, point + day)})
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    return [ordered[0] - 1, *ordered, *between, ordered[-1] + 1]


def _no_hole(
    table: syntax.Table,
    inputs: tuple[Type, ...],
    rows: Sequence[tuple[tuple[Range, ...], Scalar]],
    findings: Findings,
) -> None:
    """Reports a value that no row answers. Columns of exact texts are complete only with a row for `any`."""
    columns = [_candidates([cells[index] for cells, _ in rows]) for index in range(len(inputs))]
    combinations = 1
    for column in columns:
        combinations *= max(1, len(column))
    if combinations > PROBES_MAX:
        findings.fail(
            kinds.CLAUSE_LIMIT,
            f"the table `{table.name.text}` has too many combinations to prove complete ({combinations:,})",
            Label(table.name.span, "this table"),
            fixes=(Fix("split it into tables with fewer inputs, or keep its rows in a file"),),
        )
    for probe in product(*columns):
        if not any(all(cell.admits(value) for cell, value in zip(cells, probe, strict=True)) for cells, _ in rows):
            named = ", ".join(
                f"{column.name.text} {_shown(value)}" for column, value in zip(table.given, probe, strict=True)
            )
            findings.fail(
                kinds.HOLE_IN_TABLE,
                f"no row of `{table.name.text}` answers {named}",
                Label(table.name.span, "this table"),
                fixes=(Fix("add a row for it, or widen a bound"),),
                witness=[_shown(value) for value in probe],
            )


def _shown(value: Any) -> str:
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
    return "any value" if value is None else str(value)
