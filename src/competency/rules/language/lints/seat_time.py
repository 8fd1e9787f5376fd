"""A rule in which time alone suffices: seat time."""

from __future__ import annotations

from collections.abc import Iterator

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir

_GRANTING = {"mastery", "credit", "progression"}


def seat_time(book: ResolvedBook) -> Iterator[Diagnostic]:
    """Rules that grant something and read nothing but attendance."""
    for rule in book.rules:
        if rule.kind not in _GRANTING or rule.span is None or not rule.clauses:
            continue
        read = {
            node.table for clause in rule.clauses for node in ir.walk(clause.condition) if isinstance(node, ir.Facts)
        }
        concludes = any(
            isinstance(node, ir.Conclusion) for clause in rule.clauses for node in ir.walk(clause.condition)
        )
        if read and read <= {"attendance", "enrolments"} and not concludes:
            yield Diagnostic(
                kinds.SEAT_TIME,
                f"{rule.reference} is met by time alone: it is seat time",
                (Label(rule.span, "this rule"),),
                notes=("Time is an audited fact; in a competency-based system it grants nothing by itself.",),
                fixes=(Fix("require evidence or mastery as well"),),
                data={"rule": rule.reference},
            )
