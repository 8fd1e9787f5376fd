"""`competency watch`: rows of facts as they happen, one line of JSON each; what they change, one line of JSON each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from competency.cli.over_records import By, actor, change_records, clock, in_force, opened, over_records
from competency.cli.render import records as plain_diagnostics
from competency.cli.render import write

if TYPE_CHECKING:
    from competency.records.database import Records
    from competency.services.record_act import ActReport

_PLAIN: dict[bool | None, str] = {True: "yes", False: "no", None: ""}

# A row of facts has at most a page of text.
LINE_CHARACTERS_MAX = 100_000


@over_records
def watch(*, at: By = By()) -> int:  # noqa: B008 - frozen
    """Take rows of facts from the standard input as they happen, and decide anew whom each is about, at once.

    A line is an object of JSON: {"table": "evidence", "row": {"evidence_id": "e-1", ...}}. Each is answered by one line: what
    became of the row, and the decisions that changed. Row, decisions and announcements are recorded together.

    """
    who = actor(at.by)
    refused = 0
    with opened(at.db, at.book) as records:
        for answer in _answers(records, sys.stdin, who):
            refused += answer["outcome"] == "refused"
            write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    return 1 if refused else 0


def _answers(records: Records, lines: Iterable[str], by: str) -> Iterable[dict[str, Any]]:
    from competency.services.intake import Intake
    from competency.services.record_event import record_event

    moment, intake = _moment(records), Intake(in_force(records))
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if _moment(records) != moment:
            moment, intake = _moment(records), Intake(in_force(records))
        table, row, wrong = _row(line)
        if wrong:
            yield {"line": number, "outcome": "refused", "reason": wrong}
            continue
        yield _answer(number, record_event(records, intake, table, row, by=by, now=clock))


def _moment(records: Records) -> tuple[int, date]:
    """What decides which book is in force: the newest publication, and the day."""
    from competency.records.entries import Kind
    from competency.records.read import newest_entry

    with records.reading() as connection:
        newest = newest_entry(connection, Kind.PUBLICATION)
    return newest.position if newest is not None else 0, clock().date()


def _answer(number: int, acted: ActReport) -> dict[str, Any]:
    if acted.diagnostics:
        told = plain_diagnostics(acted.diagnostics)
        return {"line": number, "outcome": "refused", "reason": acted.diagnostics[0].message, "diagnostics": told}
    return {"line": number, "outcome": acted.name, "changes": change_records(acted)}


def _row(line: str) -> tuple[str, Mapping[str, str], str]:
    """The table and the cells of a line, or what is wrong with it."""
    if len(line) > LINE_CHARACTERS_MAX:
        return "", {}, f"the line holds more than {LINE_CHARACTERS_MAX:,} characters"
    try:
        # numbers as they are written: none of them may become a binary one
        value = json.loads(line, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        return "", {}, f"the line is no JSON: {error}"
    if not isinstance(value, dict) or set(value) != {"table", "row"} or not isinstance(value["row"], dict):
        return "", {}, 'the line is no object {"table": ..., "row": {...}}'
    if not isinstance(value["table"], str):
        return "", {}, "the table is no text"
    cells: dict[str, str] = {}
    for name, cell in value["row"].items():
        text = _PLAIN[cell] if cell is None or isinstance(cell, bool) else cell
        if not isinstance(text, str):
            return "", {}, f"{name}: the cell is neither text, number, yes or no, nor null"
        cells[name] = text
    return value["table"], cells, ""
