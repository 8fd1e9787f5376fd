"""Names and words: columns of facts, levels of scales, items by their codes, adjectives, declared words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from competency.diagnostics import Fix, Label, kinds
from competency.model.facts import Column, ColumnType, FactType
from competency.rules.language.reading import Env, Found, Reading, Rows
from competency.rules.language.resolved import Signature
from competency.rules.language.syntax import Name, Panel
from competency.rules.language.vocabulary import (
    COLUMN_TYPES,
    COLUMN_UNITS,
    COLUMN_WORDS,
    ITEM_COLUMNS,
    ROW_NOUNS,
    STATES,
    singular,
)
from competency.rules.program import ir, types
from competency.rules.program.types import Kind, Type
from competency.source import Span


@dataclass
class NameReading(Reading, ABC):
    """The part of the resolver that reads names and words."""

    @abstractmethod
    def conclusion(self, kind: str, item: ir.Node, env: Env, span: Span) -> ir.Node:
        """The outcome of the rule of a kind about an item."""

    def order_for(self, table: FactType) -> ir.Order:
        """The clock of a table: evidence has the one the policy states, others the date on which they happened."""
        if table.plural == "evidence":
            return self.order
        return ir.Order(table.happened or table.begins or "")

    def _item_column(self, table: FactType, kind: str) -> Column | None:
        wanted = ITEM_COLUMNS.get(kind)
        return next((column for column in table.columns if column.type is wanted), None)

    def _field_of(self, noun: str, taken: Found | None, span: Span, env: Env | None) -> ir.Node | None:
        """A column of a fact or of an item's data."""
        of: Found | None = taken
        if of is None and env is not None:
            of = env.row
            if of is None or (found := self._field_of(noun, of, span, None)) is None:
                return self._field_of_it(noun, span, env)
            return found
        if isinstance(of, Rows) or of is None:
            return None
        if of.type.kind is Kind.ROW:
            table = self.declared.fact_types[of.type.of]
            column = self._column_named(table, noun)
            return self.column(of, column.name, span) if column is not None else None
        if of.type.kind is Kind.ITEM and of.type.of == "learner":
            column = self._column_named(self.declared.fact_types["learners"], noun)
            return self.column(of, column.name, span, table="learners") if column is not None else None
        if of.type.kind is Kind.ITEM:
            if noun == of.type.of:
                return of
            found_type = self.declared.item_fields.get((of.type.of, noun.replace(" ", "_")))
            if found_type is not None:
                return ir.Field(of, noun.replace(" ", "_"), found_type, span)
        return None

    def _field_of_it(self, noun: str, span: Span, env: Env) -> ir.Node | None:
        """A column of the rule's item, then of the learner."""
        for of in (env.it, self.learner(span)):
            if of is not None and (found := self._field_of(noun, of, span, None)) is not None:
                return found
        return None

    def _column_named(self, table: FactType, noun: str) -> Column | None:
        names = [noun.replace(" ", "_"), COLUMN_WORDS.get(noun, ""), COLUMN_WORDS.get(singular(noun), "")]
        names.append(singular(noun).replace(" ", "_"))
        row_noun = ROW_NOUNS.get(noun) or ROW_NOUNS.get(singular(noun))
        if row_noun is not None and row_noun.table == table.plural:
            names.append(row_noun.column)
        return next((column for name in names if (column := table.column(name)) is not None), None)

    def column(self, row: ir.Node, name: str, span: Span | None, *, table: str = "") -> ir.Node:
        """A column of a row, in its type; a score is on the scale of its framework where only one can be meant."""
        fact_type = self.declared.fact_types[table or row.type.of]
        column = fact_type.column(name)
        assert column is not None, name
        found = COLUMN_TYPES[column.type]
        if column.type is ColumnType.SCORE:
            scales = {self.scale} - {""} or set(self.declared.scored_on.values()) or set(self.declared.scales)
            if len(scales) == 1:
                found = types.unit(f"score:{next(iter(scales))}")
        return ir.Field(row, name, COLUMN_UNITS.get(column.unit, found), span)

    def _with_adjective(self, found: Rows, adjective: Name) -> Rows:
        row = ir.Variable(found.variable, found.row_type, adjective.span)
        condition = self.adjective(row, (adjective,), adjective.span)
        return replace(found, node=ir.Where(found.node, found.variable, condition, found.node.type, found.node.span))

    def adjective(self, row: ir.Node, words: Sequence[Name], span: Span) -> ir.Node:
        """A row that is `failed`, `final`, `excused`: a choice of one of its columns, or a column of yes and no."""
        text = " ".join(word.text for word in words)
        if row.type.kind is not Kind.ROW:
            if row.type.kind is Kind.ITEM and text in STATES:
                return self.conclusion(STATES[text], row, Env({}, None), span)
            self.misplaced(span, f"`{text}` cannot be said of {row.type.described}")
        table = self.declared.fact_types[row.type.of]
        known: list[str] = []
        for column in table.columns:
            if column.type is ColumnType.BOOLEAN:
                known.append(column.name)
                if column.name == text:
                    return self.column(row, column.name, span)
            if text in column.choices:
                value = ir.Constant(text, types.TEXT, span)
                return ir.Apply("exactly", (self.column(row, column.name, span), value), types.TRUTH, span)
            known.extend(column.choices)
        self.findings.unknown(kinds.UNKNOWN_PHRASE, f"word for {table.plural}", text, span, known)

    def scale_level(self, name: Name, wanted: Type | None) -> ir.Node | None:
        """The level of a scale that a word names; with a wanted type, of that scale."""
        if wanted is not None and wanted.kind is not Kind.NUMBER:
            return None
        found = {
            scale.name: scale.value(level)
            for scale in self.declared.scales.values()
            if (level := scale.level(name.text)) is not None
        }
        if wanted is not None and wanted.of.startswith("score:"):
            meant = wanted.of.removeprefix("score:")
            found = {meant: found[meant]} if meant in found else {}
        elif self.scale in found:
            found = {self.scale: found[self.scale]}
        if len(set(found.values())) > 1:
            self.findings.fail(
                kinds.AMBIGUOUS_NAME,
                f"`{name.text}` is a level of more than one scale: {', '.join(found)}",
                Label(name.span, "of which scale?"),
                *(Label(self.declared.spans["scale", scale], "one of them") for scale in found),
                fixes=(Fix("give the level another name on one scale, or say `scored on SCALE` in each framework"),),
                scales=list(found),
            )
        for scale_name, value in found.items():
            self.use("scale", scale_name)
            return ir.Constant(value, types.unit(f"score:{scale_name}"), name.span)
        return None

    def scale_of(self, signature: Signature) -> str:
        """The scale of the framework from which the items of a rule come; empty where it is not one."""
        collections = self.declared.catalog.collections
        about = {code for codes in signature.about for code in codes}
        scales = {
            scale
            for framework, scale in self.declared.scored_on.items()
            for name in (framework, f"{framework} skills")
            if name in collections and about & set(collections[name][1])
        }
        return next(iter(scales)) if len(scales) == 1 else ""

    def word_value(self, left: ir.Node, name: Name) -> ir.Node:
        """A word as a value of the thing it is compared with: a declared role, method or program, or a choice."""
        if left.type.kind is Kind.ITEM:
            return self.item_constant(name, left.type.of)
        if left.type.kind is Kind.TEXT and left.type.of:
            return self.declared_word(left.type.of, name)
        column = self._column_of(left)
        if column is not None and column.choices and name.text not in column.choices:
            self.findings.unknown(kinds.UNKNOWN_NAME, f"value of {column.name}", name.text, name.span, column.choices)
        return ir.Constant(name.text, types.TEXT, name.span)

    def _column_of(self, node: ir.Node) -> Column | None:
        if isinstance(node, ir.Field) and node.of.type.kind is Kind.ROW:
            return self.declared.fact_types[node.of.type.of].column(node.name)
        return None

    def declared_word(self, what: str, name: Name) -> ir.Node:
        """A declared role, method or program."""
        words = self.declared.words[f"{what}s"]
        if name.text not in words:
            self.findings.unknown(
                kinds.UNKNOWN_NAME, what, name.text, name.span, words, f"declare it with `{what}s {name.text}`"
            )
        self.use(what, name.text)
        return ir.Constant(name.text, Type(Kind.TEXT, what), name.span)

    def declared_panel(self, name: Name) -> Panel:
        """A panel of the book."""
        panel = self.declared.panels.get(name.text)
        if panel is None:
            known = self.declared.panels
            remedy = f"declare it with `panel {name.text} ... end`"
            self.findings.unknown(kinds.UNKNOWN_NAME, "panel", name.text, name.span, known, remedy)
        self.use("panel", name.text)
        return panel

    def item_constant(self, name: Name, kind: str) -> ir.Node:
        """An item by its code."""
        if self.declared.catalog.item(kind, name.text) is None:
            spaces: Iterable[str] = ("competency", "skill") if kind in {"competency", "skill"} else (kind,)
            known = [code for space in spaces for code in self.declared.catalog.items.get(space, {})]
            code = kinds.UNKNOWN_COMPETENCY if kind in {"competency", "skill"} else kinds.UNKNOWN_NAME
            self.findings.unknown(code, kind, name.text, name.span, known)
        return ir.Constant(name.text, types.item(kind), name.span)

    def any_item(self, name: Name) -> ir.Node:
        """An item of any kind by its code; an unknown one is taken for a competency."""
        for kind, items in self.declared.catalog.items.items():
            if name.text in items:
                return ir.Constant(name.text, types.item(kind), name.span)
        return self.item_constant(name, "competency")

    def in_program(self, name: Name, span: Span) -> ir.Node:
        """Whether the learner is in a program on the as-of date."""
        program = self.declared_word("program", name)
        row = self.fresh()
        facts = ir.Facts("programs", (("program", program),), ir.Order("begins_on"), types.rows("programs"), span)
        return self.at_least_one(facts, row, span)
