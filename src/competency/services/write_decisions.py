"""Decisions to rows of CSV or Parquet, one after the other as they are made; the file is there whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from competency.model.decisions import Decision, DecisionValue
from competency.rules.interpreter.indicate import Indicated
from competency.rules.interpreter.reasons import Explained
from competency.rules.interpreter.wording import text_of
from competency.rules.program import ir
from competency.rules.program.operators import Interval
from competency.rules.program.rounding import as_decimal_text
from competency.services.replace_file import replace_file

DECISION_COLUMNS = (
    "learner",
    "rule",
    "kind",
    "item",
    "outcome",
    "value",
    "determining_clauses",
    "as_of",
    "known_on",
    "policy",
    "policy_version",
    "fingerprint",
)
EXCEPTION_COLUMNS = (
    "learner",
    "rule",
    "kind",
    "item",
    "outcome",
    "reported",
    "words",
    "source",
    "error",
    "as_of",
    "known_on",
)
ASSIGNED_COLUMNS = ("learner", "rule", "kind", "item", "place", "assigned", "as_of", "known_on")
INDICATOR_COLUMNS = (
    "indicator",
    "group",
    "learner",
    "value",
    "at_least",
    "at_most",
    "counted",
    "of",
    "hidden",
    "as_of",
    "known_on",
    "policy",
    "policy_version",
    "fingerprint",
)
# What stands in the place of an outcome where no decision could be made.
FAILED = "error"
SUFFIXES = (".csv", ".parquet")

Row: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """What every row says besides the decision: which rules made it."""

    policy: str
    policy_version: str
    fingerprint: str


def decided_by(program: ir.Program, fingerprint: str) -> DecidedBy:
    """The policy of a program with its fingerprint."""
    return DecidedBy(program.policy.name, program.policy.version, fingerprint)


def decision_row(decision: Decision, by: DecidedBy) -> Row:
    """One row in the order of DECISION_COLUMNS; a text that is empty says that there is nothing.

    An item of two codes reads `A at B`. A value is exact: decimal where that ends, else `n/d`. A decision that could not
    be made has the outcome `error`.
    """
    return (
        decision.learner,
        decision.rule,
        decision.kind,
        " at ".join(decision.item),
        outcome_text(decision),
        value_text(decision.value),
        "; ".join(decision.determining),
        decision.as_of.isoformat(),
        moment_text(decision.known_on),
        by.policy,
        decision.policy_version or by.policy_version,
        by.fingerprint,
    )


def exception_rows(explained: Explained) -> Iterator[Row]:
    """A row in the order of EXCEPTION_COLUMNS for each thing that is reported, with its words and source; or the error."""
    decision = explained.decision
    for label in decision.reported or (("",) if decision.error else ()):
        words, source = _reported(explained, label)
        yield (
            decision.learner,
            decision.rule,
            decision.kind,
            " at ".join(decision.item),
            outcome_text(decision),
            label,
            words,
            source,
            decision.error,
            decision.as_of.isoformat(),
            moment_text(decision.known_on),
        )


def assigned_rows(decision: Decision) -> Iterator[Row]:
    """A row in the order of ASSIGNED_COLUMNS for each item that is assigned; `place` counts from 1, the first to be done."""
    for place, code in enumerate(decision.assigned, start=1):
        yield (
            decision.learner,
            decision.rule,
            decision.kind,
            " at ".join(decision.item),
            str(place),
            code,
            decision.as_of.isoformat(),
            moment_text(decision.known_on),
        )


def _reported(explained: Explained, label: str) -> tuple[str, str]:
    """What is reported under a label in the rule's words, and the documents that ask for it."""
    if explained.award is not None and label in {ir.NO_LONGER_SUPPORTED, ir.SUPPORTED_AGAIN}:
        return explained.award.words, "; ".join(citation.words for citation in explained.rule.citations)
    clause = next((reason.clause for reason in explained.clauses if reason.clause.label == label), None)
    if clause is None:
        return "", ""
    return text_of(clause.condition), "; ".join(c.words for c in clause.citations or explained.rule.citations)


def indicator_row(indicated: Indicated, by: DecidedBy, as_of: date, known_on: datetime | None) -> Row:
    """One row in the order of INDICATOR_COLUMNS. A group of two reads `A at B`; a place is the value of a learner's row.

    Where only bounds are known, `value` is empty and `at_least` and `at_most` hold them. A hidden row has no numbers.
    """
    value: DecisionValue = None
    low = high = ""
    if isinstance(indicated.value, Interval):
        low, high = value_text(indicated.value.low), value_text(indicated.value.high)
    else:
        value = indicated.value
    return (
        indicated.indicator,
        " at ".join(indicated.group),
        indicated.learner,
        value_text(value),
        low,
        high,
        "" if indicated.counted is None else str(indicated.counted),
        "" if indicated.of is None else str(indicated.of),
        "yes" if indicated.is_hidden else "no",
        as_of.isoformat(),
        moment_text(known_on),
        by.policy,
        by.policy_version,
        by.fingerprint,
    )


def outcome_text(decision: Decision) -> str:
    """The outcome's word, or FAILED."""
    return decision.outcome.value if decision.outcome is not None else FAILED


def value_text(value: DecisionValue) -> str:
    """A value as text that can be read back exactly; an empty text for none."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Fraction():
            return as_decimal_text(value)
        case date():
            return value.isoformat()
        case str():
            return value


def moment_text(moment: datetime | None) -> str:
    """A moment as it is written; an empty text for none."""
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")


@contextmanager
def row_writer(path: Path, columns: tuple[str, ...]) -> Iterator[Callable[[Row], None]]:
    """Gives a function that takes rows; `path` is there, complete, when the block ends well, and else is not touched.

    The ending of `path` says the format, one of SUFFIXES. OSError where the disk refuses.
    """
    write = _parquet if path.suffix.lower() == ".parquet" else _csv
    with replace_file(path) as unfinished, write(unfinished, columns) as add:
        yield add


@contextmanager
def _csv(path: Path, columns: tuple[str, ...]) -> Iterator[Callable[[Row], None]]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        yield writer.writerow


@contextmanager
def _parquet(path: Path, columns: tuple[str, ...]) -> Iterator[Callable[[Row], None]]:
    from competency.services.text_tables import table_of
    from competency.services.write_tables import ROWS_A_GROUP, parquet_writer

    waiting: list[Row] = []

    with parquet_writer(path, columns) as add_table:

        def flush() -> None:
            add_table(table_of(columns, waiting))
            waiting.clear()

        def add(row: Row) -> None:
            waiting.append(row)
            if len(waiting) == ROWS_A_GROUP:
                flush()

        yield add
        flush()
