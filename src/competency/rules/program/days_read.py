"""How a program looks at the day for which it decides, beyond which facts count by then."""

from __future__ import annotations

from datetime import date

from competency.rules.program import ir

_COMPARISONS = frozenset({"at least", "more than", "at most", "less than", "exactly", "not exactly"})


def days_read(program: ir.Program) -> frozenset[date] | None:
    """The days with which rules compare the day itself; none where they read it in another way, as a school year or an age.

    Between two days that have none of these between them, a program decides alike about a learner of whom no fact has a
    date in between.
    """
    found: set[date] = set()
    for rule in program.rules:
        if rule.awards is not None and rule.awards.length is not None:
            return None
        for root in (*ir.rule_nodes(rule), *rule.evidence):
            if _is_day(root):
                return None
            for node in ir.walk(root):
                parts = ir.parts(node)
                if not any(map(_is_day, parts)):
                    continue
                days = [part.value for part in parts if isinstance(part, ir.Constant) and isinstance(part.value, date)]
                is_comparison = isinstance(node, ir.Apply) and node.operator in _COMPARISONS
                if not is_comparison or len(parts) != 2 or len(days) != 1:
                    return None
                found.update(days)
    return frozenset(found)


def _is_day(node: ir.Node) -> bool:
    return isinstance(node, ir.Variable) and node.name == "as of"
