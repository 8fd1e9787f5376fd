"""Which decisions a fact can touch, and on which others those rely: found in the program alone, whoever the learner is.

It errs on one side only: a decision that is not said to be touched does not depend on the fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, TypeAlias

from competency.model.facts import AWARDS, GOALS, LEARNERS, WAIVERS
from competency.rules.program import ir

Key: TypeAlias = tuple[str, tuple[str, ...]]
"""What a decision concludes: the group of its rule, and the items."""

# Tables that every rule may read without saying so.
_READ_EVERYWHERE = frozenset({AWARDS.plural, GOALS.plural, LEARNERS.plural, WAIVERS.plural})

# Beyond so many combinations of items, a conclusion is taken to rely on all of its kind.
_COMBINATIONS_MAX = 10_000

_Range: TypeAlias = frozenset[Any] | None
"""The values that a node can come to; none: any."""


@dataclass(frozen=True, slots=True)
class Touched:
    """`keys` are the decisions that a fact can touch; `needed` are those and all on which they rely."""

    keys: frozenset[Key]
    needed: frozenset[Key]


@dataclass(frozen=True, slots=True)
class _Reads:
    """What a decision reads: tables with the values that columns must have, and other decisions."""

    facts: tuple[tuple[str, tuple[tuple[str, _Range], ...]], ...]
    keys: frozenset[Key]


class Reach:
    """What the decisions of a program read, worked out once."""

    def __init__(self, program: ir.Program) -> None:
        self._program = program
        self._by_group: dict[str, list[Key]] = {}
        for index, codes in program.schedule:
            key = (program.rules[index].group, codes)
            self._by_group.setdefault(key[0], []).append(key)
        self._reads: dict[Key, list[_Reads]] = {}
        for index, codes in program.schedule:
            rule = program.rules[index]
            self._reads.setdefault((rule.group, codes), []).append(self._read_by(rule, codes))

    def touched(self, table: str, values: Mapping[str, Any]) -> Touched | None:
        """What a row of a table with these values can touch, come or gone; none: everything."""
        if table in _READ_EVERYWHERE or values.get("supersedes") is not None:
            return None
        touched: set[Key] = set()
        for key, versions in self._reads.items():  # in the order of the schedule: what is relied on comes before
            if any(_may_read(each, table, values) or not touched.isdisjoint(each.keys) for each in versions):
                touched.add(key)
        needed, pending = set(touched), list(touched)
        while pending:
            for reads in self._reads[pending.pop()]:
                for key in reads.keys:
                    if key in self._reads and key not in needed:
                        needed.add(key)
                        pending.append(key)
        return Touched(frozenset(touched), frozenset(needed))

    def _read_by(self, rule: ir.Rule, codes: tuple[str, ...]) -> _Reads:
        scope: dict[str, _Range] = {
            variable.name: frozenset((code,)) for variable, code in zip(rule.scope, codes, strict=True)
        }
        facts: list[tuple[str, tuple[tuple[str, _Range], ...]]] = []
        keys: set[Key] = set()
        for root in (*ir.rule_nodes(rule), *rule.evidence):
            for node, env in self._walk(root, scope):
                if isinstance(node, ir.Facts):
                    matches = tuple((column, self._range(value, env)) for column, value in node.matches)
                    facts.append((node.table, matches))
                elif isinstance(node, ir.Conclusion):
                    keys.update(self._concluded(node, env))
        return _Reads(tuple(dict.fromkeys(facts)), frozenset(keys))

    def _walk(self, node: ir.Node, env: Mapping[str, _Range]) -> Iterator[tuple[ir.Node, Mapping[str, _Range]]]:
        """Every node with the values that the names around it can have."""
        yield node, env
        inner = env
        match node:
            case ir.Where() | ir.Window() | ir.Aggregate() | ir.Quantify():
                inner = {**env, node.variable: self._range(node.rows, env)}
            case ir.Pool():
                inner = {**env, node.variable: self._range(node.items, env)}
        for part in ir.parts(node):
            yield from self._walk(part, inner)

    def _range(self, node: ir.Node, env: Mapping[str, _Range]) -> _Range:
        match node:
            case ir.Constant():
                return frozenset((node.value,))
            case ir.Variable():
                return env.get(node.name)
            case ir.Items(of=None):
                found = self._program.catalog.collections.get(node.relation)
                return frozenset(found[1]) if found is not None else None
            case ir.Items(of=of) if of is not None:
                codes = self._range(of, env)
                if codes is None:
                    return None
                related = self._program.catalog.related
                return frozenset(one for code in codes for one in related(of.type.of, node.relation, code))
            case ir.Where() | ir.Window():
                return self._range(node.rows, env)
            case _:
                return None

    def _concluded(self, node: ir.Conclusion, env: Mapping[str, _Range]) -> Iterator[Key]:
        ranges = [self._range(item, env) for item in node.items]
        known = [each for each in ranges if each is not None]
        if len(known) < len(ranges) or prod(map(len, known)) > _COMBINATIONS_MAX:
            yield from self._by_group.get(node.group, ())
            return
        for codes in product(*known):
            yield node.group, codes


def _may_read(reads: _Reads, table: str, values: Mapping[str, Any]) -> bool:
    return any(
        here == table and all(within is None or values.get(column) in within for column, within in matches)
        for here, matches in reads.facts
    )
