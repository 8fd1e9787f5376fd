"""Phrases: a noun with its window and modifiers to rows, items or one value. The vocabulary says what nouns mean.

Reading order: the whole phrase as a name; then the longest noun at its end, the words before it being adjectives;
then modifiers, each taken by the nearest noun before it that can; last the window. `it` is the rule's item.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from competency.diagnostics import Fix, Label, kinds
from competency.model.facts import Column, ColumnType, FactType
from competency.rules.language import syntax
from competency.rules.language.findings import Findings, Unresolved
from competency.rules.language.resolved import Declared, Signature
from competency.rules.language.syntax import Name
from competency.rules.language.vocabulary import (
    COLUMN_TYPES,
    COLUMN_UNITS,
    COLUMN_WORDS,
    ITEM_COLUMNS,
    RELATION_NOUNS,
    ROW_NOUNS,
    STATES,
    TOTAL_NOUNS,
    RowNoun,
    singular,
)
from competency.rules.program import ir, types
from competency.rules.program.types import Kind, Type
from competency.source import Span


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows or items that a phrase names.

    `variable` stands for one of them; `value` is what is meant of each (a column), none for the row or item itself;
    `single` when a window without a number asks for one.
    """

    node: ir.Node
    variable: str
    row_type: Type
    value: ir.Node | None
    single: bool = False


Found: TypeAlias = Rows | ir.Node


@dataclass(frozen=True, slots=True)
class Env:
    """The names in reach: variables of the rule, `it`, and the row of which a condition speaks."""

    names: dict[str, ir.Node | None]
    """none for a named value that could not be read"""
    it: ir.Node | None
    row: ir.Node | None = None

    def with_row(self, rows: Rows) -> Env:
        """Inside a condition about rows, their columns are names."""
        return replace(self, row=ir.Variable(rows.variable, rows.row_type))

    def with_item(self, name: str, item: ir.Node) -> Env:
        """Inside `for each NAME of ..., `, the name and `it` are that item."""
        return Env({**self.names, name: item}, item, self.row)


@dataclass
class PhraseResolver(ABC):
    """The part of the resolver that reads phrases; expressions.py adds the rest."""

    declared: Declared
    findings: Findings
    signatures: Sequence[Signature] = ()
    used: set[tuple[str, str]] = field(default_factory=set)
    order: ir.Order = field(default_factory=lambda: ir.Order("assessed_on"))
    open_populations: list[str] = field(default_factory=list)
    rows_seen: int = 0
    scale: str = ""
    """the scale of the framework that the rule is about; empty where there is none or more than one"""
    named: dict[tuple[str, str], list[Signature]] = field(default_factory=dict)
    """the rules of each kind and name, in order of text"""

    def __post_init__(self) -> None:
        for signature in self.signatures:
            self.named.setdefault((signature.rule.kind, signature.rule.name.text), []).append(signature)

    @abstractmethod
    def expression(self, node: syntax.Expression, env: Env) -> ir.Node:
        """One value."""

    @abstractmethod
    def condition(self, node: syntax.Expression, env: Env) -> ir.Node:
        """Something that is so or not."""

    @abstractmethod
    def predicate(self, left: ir.Node, predicate: syntax.Predicate, env: Env, span: Span) -> ir.Node:
        """What is said of a value."""

    @abstractmethod
    def cut(self, left: ir.Node, comparator: str, right: ir.Node, span: Span) -> ir.Node:
        """A comparison."""

    @abstractmethod
    def measure_type(self, name: Name) -> Type:
        """The type of the value of a measure."""

    # --- small things ---

    def use(self, what: str, name: str) -> None:
        """Notes that a declared name is used."""
        self.used.add((what, name))

    def fresh(self) -> str:
        """A name for the row of a condition; counted within a rule, so that a program does not depend on its file."""
        self.rows_seen += 1
        return f"row {self.rows_seen}"

    def learner(self, span: Span) -> ir.Node:
        """The learner whom a rule decides."""
        return ir.Variable("learner", types.item("learner"), span)

    def as_of(self, span: Span) -> ir.Node:
        """The date as of which a rule decides."""
        return ir.Variable("as of", types.DATE, span)

    def school_year(self, day: ir.Node, span: Span) -> ir.Node:
        """The school year of a date, by the book's calendar."""
        begins = tuple(ir.Constant(Fraction(part), types.PLAIN, span) for part in self.declared.year_begins)
        return ir.Apply("school year", (day, *begins), types.PLAIN, span)

    def one(self, found: Found, span: Span) -> ir.Node:
        """One value, where one is needed."""
        if not isinstance(found, Rows):
            return found
        if found.single and found.value is not None:
            return ir.Aggregate("the", found.node, found.variable, found.value, (), found.value.type, span)
        self.findings.fail(
            kinds.TYPE_MISMATCH,
            "one value is needed, and this may be many",
            Label(span, f"all {found.node.type.described}"),
            fixes=(Fix("say which or how: `the latest score`, `average of ...`, `number of ...`"),),
        )

    def rows(self, node: syntax.PhraseLike, env: Env) -> Rows:
        """Rows or items, where several are needed."""
        found = self.phrase(node, env)
        if isinstance(found, Rows):
            return found
        self.findings.fail(
            kinds.TYPE_MISMATCH,
            f"several things are needed, and this is {found.type.described}",
            Label(node.span, found.type.described),
            fixes=(Fix("name scores, attempts, competencies or other rows"),),
        )

    # --- phrases ---

    def phrase(self, node: syntax.PhraseLike, env: Env) -> Found:
        """What a phrase names."""
        match node:
            case syntax.Pronoun() | syntax.CodePhrase():
                if node.modifiers:
                    self.misplaced(node.modifiers[0].span, "this cannot be said of one item")
                return self.it(node.span, env) if isinstance(node, syntax.Pronoun) else self.any_item(node.code)
            case syntax.RuleValue():
                return self.rule_value(node, env)
            case syntax.Phrase():
                return self._phrase(node, env)

    def it(self, span: Span, env: Env) -> ir.Node:
        """The item that the rule is about."""
        if env.it is None:
            self.findings.fail(
                kinds.MISPLACED_PHRASE,
                "`it` has nothing to stand for: the rule is about the learner alone",
                Label(span, "which item?"),
                fixes=(Fix("add `for each competency in ...` to the rule, or name the item"),),
            )
        return replace(env.it, span=span)

    def _phrase(self, node: syntax.Phrase, env: Env) -> Found:
        modifiers = list(node.modifiers)
        target = node.of
        # modifiers that the last noun cannot take belong to the noun before it
        taken: Found | None = None
        if target is not None:
            inner, outer = self._shared(target, env)
            modifiers += outer
            taken = self.phrase(inner, env)
        found = self._noun(node, taken, modifiers, env)
        if not isinstance(found, Rows):
            if node.window is not None or modifiers:
                where = modifiers[0].span if modifiers else node.window.span if node.window else node.span
                self.misplaced(where, f"this cannot be said of {found.type.described}")
            return found
        for modifier in modifiers:
            found = self._modified(found, modifier, env)
        return self._windowed(found, node.window, env) if node.window is not None else found

    def _shared(self, target: syntax.PhraseLike, env: Env) -> tuple[syntax.PhraseLike, list[syntax.Modifier]]:
        """Splits the modifiers of `A of B ...` between B and A: an item takes none, rows take all."""
        if isinstance(target, syntax.Pronoun | syntax.CodePhrase):
            return replace(target, modifiers=()), list(target.modifiers)
        if not isinstance(target, syntax.Phrase) or not target.modifiers or target.of is not None:
            return target, []
        bare = replace(target, modifiers=())
        probe = Findings()
        kept, self.findings = self.findings, probe
        rows_seen = self.rows_seen
        try:
            found = self.phrase(bare, env)
        except Unresolved:  # the real reading reports what is wrong
            return target, []
        finally:
            self.findings, self.rows_seen = kept, rows_seen
        if isinstance(found, Rows):
            return target, []
        return bare, list(target.modifiers)

    def misplaced(self, span: Span, message: str) -> None:
        """Reports a phrase in the wrong place."""
        self.findings.fail(
            kinds.MISPLACED_PHRASE,
            message,
            Label(span, "this part"),
            fixes=(Fix("remove it, or name the rows that it is about"),),
        )

    # --- nouns ---

    def _noun(self, node: syntax.Phrase, taken: Found | None, modifiers: list[syntax.Modifier], env: Env) -> Found:
        words = [word.text for word in node.words]
        if taken is None:
            named = self._named(node, env)
            if named is not None:
                return named
        special = self._special(node, taken, modifiers, env)
        if special is not None:
            return special
        for length in range(len(words), 0, -1):
            noun = " ".join(words[-length:])
            adjectives = node.words[:-length]
            if isinstance(taken, ir.Node) and (taken.type.of, noun.replace(" ", "_")) in self.declared.item_fields:
                value = self._field_of(noun, taken, node.span, env)
                if value is not None and not adjectives:
                    return value
            found = self._rows_of(noun, taken, modifiers, node.span, env)
            if found is not None:
                for adjective in adjectives:
                    found = self._with_adjective(found, adjective)
                return found
            if not adjectives:
                value = self._field_of(noun, taken, node.span, env)
                if value is not None:
                    return value
        self._unknown_noun(node, taken, env)
        raise AssertionError

    def _named(self, node: syntax.Phrase, env: Env) -> Found | None:
        """A phrase that is a name by itself: a named value, the rule's item, a parameter, a level, an item's code."""
        name = "_".join(word.text for word in node.words)
        span = node.span
        if name in self.declared.parameters and any(modifier.kind == "on" for modifier in node.modifiers):
            return None  # its value on another day
        if name in env.names:
            self.use("let", name)
            known = env.names[name]
            if known is None:
                raise Unresolved  # its `let` could not be read, and says why
            if known.type.kind in {Kind.ROWS, Kind.ITEMS}:
                return self._as_rows(replace(known, span=span))
            return replace(known, span=span)
        if name == "learner":
            return self.learner(span)
        if env.row is not None:
            column = self._field_of(" ".join(word.text for word in node.words), env.row, span, env)
            if column is not None:
                return column
        if name in self.declared.parameters:
            self.use("parameter", name)
            return replace(self.parameter(name), span=span)
        if len(node.words) != 1:
            return None
        level = self.scale_level(node.words[0], None)
        if level is not None:
            return level
        for kind, items in self.declared.catalog.items.items():
            if name in items:
                return ir.Constant(name, types.item(kind), span)
        return None

    @abstractmethod
    def parameter(self, name: str) -> ir.Node:
        """The value of a parameter on the as-of date."""

    @abstractmethod
    def parameter_on(self, name: str, day: ir.Node) -> ir.Node:
        """The value of a parameter on some date."""

    def _as_rows(self, node: ir.Node) -> Rows:
        """Rows that have a name; what is meant of each is what was meant where the name was given."""
        variable = self.fresh()
        if node.type.kind is Kind.ITEMS:
            return Rows(node, variable, types.item(node.type.of), None)
        row_type = Type(Kind.ROW, node.type.of)
        column = next((noun.column for noun in ROW_NOUNS.values() if noun.table == node.type.of), "")
        value = self.column(ir.Variable(variable, row_type), column, node.span) if column else None
        return Rows(node, variable, row_type, value)

    def _special(
        self, node: syntax.Phrase, taken: Found | None, modifiers: list[syntax.Modifier], env: Env
    ) -> Found | None:
        """Nouns for dates and ages, which take their own modifiers."""
        words = " ".join(word.text for word in node.words)
        between = next((modifier for modifier in modifiers if modifier.kind == "between"), None)
        if words == "days" and between is not None:
            modifiers.remove(between)
            begins, ends = (self.expression(operand, env) for operand in between.operands)
            return ir.Apply("days between", (begins, ends), types.unit("day"), node.span)
        if words == "age":
            on = next((modifier for modifier in modifiers if modifier.kind == "on"), None)
            if on is not None:
                modifiers.remove(on)
            when = self.expression(on.operands[0], env) if on is not None else self.as_of(node.span)
            born = ir.Field(self.learner(node.span), "birth_date", types.DATE, node.span)
            return ir.Apply("age", (born, when), types.PLAIN, node.span)
        if words in {"decision date", "as-of date"}:
            return self.as_of(node.span)
        if words == "school year" and taken is None:
            return self.school_year(self.as_of(node.span), node.span)
        before = next((modifier for modifier in modifiers if modifier.kind == "before"), None)
        if words == "levels" and before is not None:
            modifiers.remove(before)
            level = self.expression(before.operands[0], env)
            if level.type != types.item("level"):
                self.misplaced(before.span, f"levels stand before a level, and this is {level.type.described}")
            node_before = ir.Items("levels before", level, types.items("level"), node.span)
            return Rows(node_before, self.fresh(), types.item("level"), None)
        if taken is None and "_".join(words.split()) in self.declared.parameters:
            on = next((modifier for modifier in modifiers if modifier.kind == "on"), None)
            if on is not None:
                modifiers.remove(on)
                day = self.expression(on.operands[0], env)
                return replace(self.parameter_on("_".join(words.split()), day), span=node.span)
        if words in TOTAL_NOUNS:
            return self._total(words, taken, node, modifiers, env)
        return None

    def _total(
        self, words: str, taken: Found | None, node: syntax.Phrase, modifiers: list[syntax.Modifier], env: Env
    ) -> ir.Node:
        total = TOTAL_NOUNS[words]
        found = self._facts(RowNoun(total.table), taken, node.span, env, implied=False)
        for modifier in modifiers:
            found = self._modified(found, modifier, env)
        modifiers.clear()
        row = ir.Variable(found.variable, found.row_type)
        value = self.column(row, total.column, node.span)
        if total.less:
            less = self.column(row, total.less, node.span)
            value = ir.Apply("-", (value, less), value.type, node.span)
        return ir.Aggregate("sum", found.node, found.variable, value, (), value.type, node.span)

    def _rows_of(
        self, noun: str, taken: Found | None, modifiers: list[syntax.Modifier], span: Span, env: Env
    ) -> Rows | None:
        """Rows or items that a noun means, of what was taken (or of `it`)."""
        single = singular(noun.rsplit(" ", maxsplit=1)[-1])
        relation = self._relation(noun, taken, span, env) or self._collection(noun, taken, modifiers, span)
        if relation is not None:
            return relation
        if isinstance(taken, Rows):
            return self._projected(noun, taken, span)
        meaning = ROW_NOUNS.get(noun) or ROW_NOUNS.get(single if " " not in noun else noun)
        if meaning is None:
            table = self._table(noun)
            meaning = RowNoun(table.plural) if table is not None else None
        if meaning is None:
            return None
        table = self.declared.fact_types[meaning.table]
        if isinstance(taken, ir.Node) and _is_item(taken) and self._item_column(table, taken.type.of) is None:
            return None
        return self._facts(meaning, taken, span, env, implied=True)

    def _table(self, noun: str) -> FactType | None:
        wanted = {noun, noun.replace(" ", "_")}
        for fact_type in self.declared.fact_types.values():
            if wanted & {fact_type.plural, fact_type.singular}:
                return fact_type
        return None

    def _collection(self, noun: str, taken: Found | None, modifiers: list[syntax.Modifier], span: Span) -> Rows | None:
        """All items of a collection: `courses in catalog`, or `courses` where there is one collection of them."""
        kind = "competency" if noun == "competencies" else noun.removesuffix("s")
        if taken is not None or kind == noun or kind not in self.declared.catalog.items:
            return None
        known = [name for name, (of, _) in self.declared.catalog.collections.items() if of == kind]
        inside = next((m for m in modifiers if m.kind == "in" and m.names[-1].text in known), None)
        if inside is not None:
            modifiers.remove(inside)
            known = [inside.names[-1].text]
        if len(known) != 1:
            self.findings.unknown(kinds.UNKNOWN_NAME, f"collection of {noun}", noun, span, known)
        return Rows(ir.Items(known[0], None, types.items(kind), span), self.fresh(), types.item(kind), None)

    def _relation(self, noun: str, taken: Found | None, span: Span, env: Env) -> Rows | None:
        """Items to which a relation leads."""
        if isinstance(taken, Rows):
            return None
        of = taken if taken is not None else env.it
        if of is None or of.type.kind is not Kind.ITEM:
            return None
        known = RELATION_NOUNS.get((of.type.of, noun))
        if known is None:
            return None
        relation, kind = known
        found = ir.Items(relation, of, types.items(kind), span)
        return Rows(found, self.fresh(), types.item(kind), None)

    def _projected(self, noun: str, taken: Rows, span: Span) -> Rows | None:
        """A column of rows: `grade of failed attempts`, `roles of raters`, `credits of the courses`."""
        value = self._field_of(noun, ir.Variable(taken.variable, taken.row_type, span), span, None)
        return replace(taken, value=value) if value is not None else None

    def _facts(self, noun: RowNoun, taken: Found | None, span: Span, env: Env, *, implied: bool) -> Rows:
        table = self.declared.fact_types[noun.table]
        of = taken if isinstance(taken, ir.Node) else env.it if implied and taken is None else None
        matches: tuple[tuple[str, ir.Node], ...] = ()
        if of is not None and of.type.kind is Kind.ITEM and of.type.of != "learner":
            column = self._item_column(table, of.type.of)
            if column is not None:
                matches = ((column.name, of),)
        node = ir.Facts(noun.table, matches, self.order_for(table), types.rows(noun.table), span)
        variable = self.fresh()
        row_type = Type(Kind.ROW, noun.table)
        value = None
        if noun.column:
            value = self.column(ir.Variable(variable, row_type), noun.column, span)
        return Rows(node, variable, row_type, value)

    def order_for(self, table: FactType) -> ir.Order:
        """The clock of a table: evidence has the one the policy states, others the date on which they happened."""
        if table.plural == "evidence":
            return self.order
        return ir.Order(table.happened or table.begins or "")

    def _item_column(self, table: FactType, kind: str) -> Column | None:
        wanted = ITEM_COLUMNS.get(kind)
        return next((column for column in table.columns if column.type is wanted), None)

    # --- fields ---

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

    # --- adjectives, words, items ---

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
        number = ir.Aggregate("number", facts, row, None, (), types.PLAIN, span)
        return ir.Apply("at least", (number, ir.Constant(Fraction(1), types.PLAIN, span)), types.TRUTH, span)

    def _unknown_noun(self, node: syntax.Phrase, taken: Found | None, env: Env) -> None:
        words = " ".join(word.text for word in node.words)
        known = {*ROW_NOUNS, *TOTAL_NOUNS, *self.declared.parameters, *env.names, *self.declared.tables}
        for table in self.declared.fact_types.values():
            known |= {table.plural, table.singular}
        known |= {noun for _, noun in RELATION_NOUNS}
        known |= {name for _, name in self.declared.item_fields}
        known |= {level.name for scale in self.declared.scales.values() for level in scale.levels}
        what = "noun"
        if isinstance(taken, ir.Node):
            what = f"noun for {taken.type.described}"
        elif isinstance(taken, Rows):
            what = f"column of {taken.row_type.of}"
            if taken.row_type.kind is Kind.ROW:
                known = {column.name for column in self.declared.fact_types[taken.row_type.of].columns}
        self.findings.unknown(kinds.UNKNOWN_PHRASE, what, words, _words_span(node), known)

    # --- conclusions ---

    def conclusion(self, kind: str, item: ir.Node, env: Env, span: Span) -> ir.Node:
        """The outcome of the rule of a kind about an item; the rule's other items are those of this rule."""
        return ir.Conclusion(kind, "", self._about(kind, "", item, env, span), types.TRUTH, span)

    def _about(self, kind: str, name: str, item: ir.Node | None, env: Env, span: Span) -> tuple[ir.Node, ...]:
        fitting = (
            signature
            for signature in (self.named.get((kind, name), ()) if name else self.signatures)
            if signature.rule.kind == kind
            and (item is None or any(_fits(variable.kind, item.type.of) for variable in signature.scope))
        )
        first = next(fitting, None)
        if first is None:
            what = f"{kind} {name}".strip()
            about = f" about a {item.type.of}" if item is not None else ""
            self.findings.fail(
                kinds.MISSING_RULE,
                f"no {what} rule concludes anything{about}",
                Label(span, "this relies on one"),
                fixes=(Fix(f"write a `{kind}` rule for it"),),
                kind=kind,
            )
        asked: list[ir.Node] = []
        for variable in first.scope:
            if item is not None and _fits(variable.kind, item.type.of):
                asked.append(item)
                continue
            same = [known for known in env.names.values() if known and known.type == types.item(variable.kind)]
            if not same:
                self.findings.fail(
                    kinds.MISPLACED_PHRASE,
                    f"{kind} is concluded about a {variable.kind} too, and this rule is about none",
                    Label(span, f"of which {variable.kind}?"),
                    fixes=(Fix(f"let the rule go `for each {variable.kind} in ...`"),),
                )
            asked.append(same[0])
        return tuple(asked)

    def rule_value(self, node: syntax.RuleValue, env: Env) -> Found:
        """The value of a measure, or whether a flag is raised; of items, the value for each."""
        if (node.kind, node.name.text) not in self.named:
            names = [name for kind, name in self.named if kind == node.kind]
            self.findings.unknown(kinds.UNKNOWN_NAME, node.kind, node.name.text, node.name.span, names)
        value_type = types.TRUTH if node.kind == "flag" else self.measure_type(node.name)
        of = self.phrase(node.of, env) if node.of is not None else None
        if isinstance(of, Rows) and of.value is None and of.row_type.kind is Kind.ITEM:
            each = ir.Variable(of.variable, of.row_type, node.span)
            about = self._about(node.kind, node.name.text, each, env, node.span)
            return replace(of, value=ir.Conclusion(node.kind, node.name.text, about, value_type, node.span))
        item = self.one(of, node.span) if of is not None else None
        about = self._about(node.kind, node.name.text, item, env, node.span)
        return ir.Conclusion(node.kind, node.name.text, about, value_type, node.span)

    # --- modifiers and windows ---

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
                duration = self.expression(modifier.operands[0], env)
                if duration.type.of not in {"day", "month"}:
                    self.misplaced(span, "`within` takes days, weeks, months or years")
                begins = ir.Apply("earlier", (self.as_of(span), duration), types.DATE, span)
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

    def _in(self, row: ir.Node, modifier: syntax.Modifier) -> ir.Node:
        words = " ".join(name.text for name in modifier.names)
        if words == "school year":
            this_year = self.school_year(self.as_of(modifier.span), modifier.span)
            table = self.declared.fact_types.get(row.type.of)
            if table is not None and table.column("school_year") is not None:
                year: ir.Node = self.column(row, "school_year", modifier.span)
            else:
                when = self.happened(row, modifier.span)
                year = self.school_year(when, modifier.span)
            return ir.Apply("exactly", (year, this_year), types.TRUTH, modifier.span)
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


def _is_item(node: ir.Node) -> bool:
    return node.type.kind is Kind.ITEM and node.type.of != "learner"


def _fits(scope_kind: str, item_kind: str) -> bool:
    return scope_kind == item_kind or {scope_kind, item_kind} == {"competency", "skill"}


def _words_span(node: syntax.Phrase) -> Span:
    return node.words[0].span.through(node.words[-1].span)
