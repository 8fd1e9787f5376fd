"""Modifiers and windows: what narrows rows, and which of them are kept."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from competency.diagnostics import kinds
from competency.rules.language import syntax
from competency.rules.language.conclusions import ConclusionReading
from competency.rules.language.periods import period_key
from competency.rules.language.reading import Env, Rows
from competency.rules.language.syntax import Name
from competency.rules.language.vocabulary import (
    STATES,
)
from competency.rules.program import ir, types
from competency.rules.program.types import Kind
from competency.source import Span


@dataclass
class ModifierReading(ConclusionReading, ABC):
    """The part of the resolver that reads modifiers and windows."""

    def _modified(self, found: Rows, modifier: syntax.Modifier, env: Env) -> Rows:
        """The rows that a modifier leaves."""
        row = ir.Variable(found.variable, found.row_type, modifier.span)
        condition = self._modifier_condition(found, row, modifier, env)
        return replace(found, node=ir.Where(found.node, found.variable, condition, found.node.type, found.node.span))

    def _modifier_condition(self, found: Rows, row: ir.Node, modifier: syntax.Modifier, env: Env) -> ir.Node:
        span = modifier.span
        inner = env.with_row(found)
        match modifier.kind:
            case "by":
                return self._listed(row, modifier, ("method", "way"))
            case "from":
                return self._listed(row, modifier, ("role",))
            case "attempt":
                return self._of_attempt(found, row, modifier)
            case "within":
                duration = modifier.operands[0]
                assert isinstance(duration, syntax.NumberLiteral)  # the grammar allows nothing else
                begins = self.moved(self.as_of(span), duration, "before", span)
                return self.cut(self.happened(row, span), "after", begins, span)
            case "since":
                return self.cut(self.happened(row, span), "on or after", self._point(modifier, 0, env), span)
            case "before" | "after" | "on":
                return self.cut(self.happened(row, span), modifier.kind, self._point(modifier, 0, env), span)
            case "between":
                when = self.happened(row, span)
                low = self.cut(when, "on or after", self._point(modifier, 0, env), span)
                high = self.cut(when, "before", self._point(modifier, 1, env), span)
                return ir.Apply("and", (low, high), types.TRUTH, span)
            case "in":
                return self._in(row, modifier)
            case "with":
                return self._with(row, modifier, inner)
            case "that":
                assert modifier.predicate is not None
                subject = found.value if found.value is not None else row
                if isinstance(modifier.predicate, syntax.State) and row.type.kind is Kind.ROW:
                    subject = row
                if subject.type.kind is Kind.ITEM and isinstance(modifier.predicate, syntax.State):
                    words = " ".join(word.text for word in modifier.predicate.words)
                    if words in STATES:
                        known = self.conclusion(STATES[words], subject, env, span)
                        negated = modifier.predicate.negated
                        return ir.Apply("not", (known,), types.TRUTH, span) if negated else known
                return self.predicate(subject, modifier.predicate, inner, span)
            case _:
                return self.condition(modifier.operands[0], inner)

    def _point(self, modifier: syntax.Modifier, index: int, env: Env) -> ir.Node:
        return self.expression(modifier.operands[index], env)

    def happened(self, row: ir.Node, span: Span) -> ir.Node:
        """When a row happened, by the clock of its table."""
        if row.type.kind is not Kind.ROW:
            self.misplaced(span, f"dates cannot be asked of {row.type.described}")
        clock = self.order_for(self.declared.fact_types[row.type.of]).clock
        if not clock:
            self.misplaced(span, f"{row.type.of} have no date")
        return self.column(row, clock, span)

    def _listed(self, row: ir.Node, modifier: syntax.Modifier, columns: Sequence[str]) -> ir.Node:
        table = self.declared.fact_types.get(row.type.of)
        column = next((table.column(name) for name in columns if table and table.column(name)), None)
        if column is None:
            self.misplaced(modifier.span, f"`{modifier.kind}` cannot be said of {row.type.described}")
            raise AssertionError
        field_node = self.column(row, column.name, modifier.span)
        values = tuple(self.word_value(field_node, name) for name in modifier.names)
        condition: ir.Node = ir.Apply("one of", (field_node, *values), types.TRUTH, modifier.span)
        return ir.Apply("not", (condition,), types.TRUTH, modifier.span) if modifier.negated else condition

    def _of_attempt(self, found: Rows, row: ir.Node, modifier: syntax.Modifier) -> ir.Node:
        which = modifier.names[0].text
        if row.type.of != "evidence":
            self.misplaced(modifier.span, f"attempts cannot be asked of {row.type.described}")
        variable = self.fresh()
        other = ir.Variable(variable, row.type, modifier.span)
        one = ir.Constant(Fraction(1), types.PLAIN, modifier.span)
        by = self.column(other, "score", modifier.span) if which == "best" else None
        window = ir.Window(
            found.node,
            which,  # type: ignore[arg-type]
            variable,
            by,
            one,
            up_to=False,
            type=found.node.type,
            span=modifier.span,
        )
        attempt = self.column(other, "attempt", modifier.span)
        chosen = ir.Aggregate("the", window, variable, attempt, (), types.TEXT, modifier.span)
        mine = self.column(row, "attempt", modifier.span)
        return ir.Apply("exactly", (mine, chosen), types.TRUTH, modifier.span)

    def year_of(self, row: ir.Node, span: Span) -> ir.Node:
        """The school year that a row names, else that of the day on which it happened."""
        when = self.school_year(self.happened(row, span), span)
        table = self.declared.fact_types.get(row.type.of)
        if table is None or table.column("school_year") is None:
            return when
        named = self.column(row, "school_year", span)
        is_named = ir.Apply("known", (named,), types.TRUTH, span)
        return ir.Choose(((is_named, named),), when, named.type, span)

    def key_of(self, row: ir.Node, words: str, span: Span) -> ir.Node:
        """By what rows are told apart: the school year or the period in which they happened, or a column."""
        if words == "school year":
            return self.year_of(row, span)
        if words == "period" and self.declared.periods:
            return period_key(self.declared.periods, self.happened(row, span), span)
        return self.column(row, words.replace(" ", "_"), span)

    def _in(self, row: ir.Node, modifier: syntax.Modifier) -> ir.Node:
        words = " ".join(name.text for name in modifier.names)
        if words == "school year":
            this_year = self.school_year(self.as_of(modifier.span), modifier.span)
            year = self.year_of(row, modifier.span)
            return ir.Apply("exactly", (year, this_year), types.TRUTH, modifier.span)
        if words == "period" and self.declared.periods:
            keys = (
                self.key_of(row, words, modifier.span),
                period_key(self.declared.periods, self.as_of(modifier.span), modifier.span),
            )
            return ir.Apply("exactly", keys, types.TRUTH, modifier.span)
        if row.type.kind is Kind.ITEM and words in self.declared.catalog.collections:
            _, codes = self.declared.catalog.collections[words]
            values = tuple(ir.Constant(code, row.type, modifier.span) for code in codes)
            return ir.Apply("one of", (row, *values), types.TRUTH, modifier.span)
        self.findings.unknown(kinds.UNKNOWN_PHRASE, "period", words, modifier.span, ("school year",))

    def _with(self, row: ir.Node, modifier: syntax.Modifier, inner: Env) -> ir.Node:
        words = modifier.names
        for length in range(len(words), 0, -1):
            noun = " ".join(word.text for word in words[:length])
            value = self._field_of(noun, row, words[0].span.through(words[length - 1].span), None)
            if value is None:
                continue
            rest = words[length:]
            if modifier.predicate is not None and not rest:
                return self.predicate(value, modifier.predicate, replace(inner, row=None), modifier.span)
            if modifier.predicate is None and rest:
                wanted = Name(rest[0].span.through(rest[-1].span), " ".join(word.text for word in rest))
                return self.cut(value, "exactly", self.word_value(value, wanted), modifier.span)
            break
        known = [name for kind, name in self.declared.item_fields if kind == row.type.of]
        if row.type.kind is Kind.ROW:
            known = [column.name for column in self.declared.fact_types[row.type.of].columns]
        text = " ".join(word.text for word in words)
        self.findings.unknown(kinds.UNKNOWN_PHRASE, f"column of {row.type.of}", text, modifier.span, known)

    def _windowed(self, found: Rows, window: syntax.WindowWords, env: Env) -> Rows:
        if window.count is None:
            count: ir.Node = ir.Constant(Fraction(1), types.PLAIN, window.span)
        else:
            count = self.expression(window.count, env)
            if count.type.kind is not Kind.NUMBER or count.type.of not in {"", "ratio"}:
                self.misplaced(window.span, "a window takes a plain number")
        by = None
        if window.which == "best":
            if found.value is None or found.value.type.kind is not Kind.NUMBER:
                self.misplaced(window.span, f"it is not said what makes {found.node.type.described} best")
            by = found.value
        elif found.row_type.kind is not Kind.ROW:
            self.misplaced(window.span, f"{found.node.type.described} have no order in time")
        node = ir.Window(
            found.node,
            window.which,  # type: ignore[arg-type]
            found.variable,
            by,
            count,
            window.up_to,
            found.node.type,
            span=window.span.through(found.node.span) if found.node.span else window.span,
        )
        return replace(found, node=node, single=window.count is None)
