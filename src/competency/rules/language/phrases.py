"""Phrases: a noun with its window and modifiers to rows, items or one value. The vocabulary says what nouns mean.

Reading order: the whole phrase as a name; then the longest noun at its end, the words before it being adjectives;
then modifiers, each taken by the nearest noun before it that can; last the window. `it` is the rule's item.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

from competency.diagnostics import Confidence, Edit, Fix, Label, kinds
from competency.model.facts import FactType
from competency.rules.language import syntax
from competency.rules.language.findings import Findings, Unresolved
from competency.rules.language.modifiers import ModifierReading
from competency.rules.language.periods import SCHOOL_DAYS, period_name, school_days_between
from competency.rules.language.reading import Env, Found, Rows
from competency.rules.language.vocabulary import (
    OTHER_NAMES,
    RELATION_NOUNS,
    ROW_NOUNS,
    SUBSTITUTES,
    TOTAL_NOUNS,
    RowNoun,
    singular,
)
from competency.rules.program import ir, types
from competency.rules.program.formulas import FORMULAS
from competency.rules.program.types import Kind, Type
from competency.source import Span


@dataclass
class PhraseReading(ModifierReading, ABC):
    """The part of the resolver that reads phrases; expressions.py adds the rest."""

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

    def _noun(self, node: syntax.Phrase, taken: Found | None, modifiers: list[syntax.Modifier], env: Env) -> Found:
        words = [word.text for word in node.words]
        if taken is None and not _is_days_between(words, modifiers):
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
        if words in {"period", "periods"} and self.declared.periods:
            return self._period(taken, node.span)
        if words == "school days" and between is not None:
            return self._school_days(between, modifiers, node, env)
        by_diploma = next((modifier for modifier in modifiers if modifier.kind == "by diploma"), None)
        if by_diploma is not None and words.endswith(" required"):
            modifiers.remove(by_diploma)
            return self.required_by(by_diploma.names[0], words.removesuffix(" required"), node.span)
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

    def _period(self, taken: Found | None, span: Span) -> Found | None:
        """The period of a date, of each of some rows, or of the as-of date."""
        if isinstance(taken, Rows) and taken.row_type.kind is Kind.ROW:
            day = self.happened(ir.Variable(taken.variable, taken.row_type, span), span)
            return replace(taken, value=period_name(self.declared.periods, day, span))
        if isinstance(taken, Rows) or (taken is not None and taken.type.kind is not Kind.DATE):
            return None
        return period_name(self.declared.periods, taken or self.as_of(span), span)

    def _school_days(
        self, between: syntax.Modifier, modifiers: list[syntax.Modifier], node: syntax.Phrase, env: Env
    ) -> ir.Node:
        """School days between two dates, by the days that the calendar names."""
        modifiers.remove(between)
        if SCHOOL_DAYS not in self.declared.tables:
            if ("table", SCHOOL_DAYS) in self.declared.spans:
                raise Unresolved  # the reader of the file has said why
            self.findings.fail(
                kinds.MISPLACED_PHRASE,
                "the calendar does not say which days are school days",
                Label(node.span, "counted here"),
                fixes=(Fix('write `school days from "calendar/days.csv"` in the calendar'),),
            )
        begins, ends = (self.expression(operand, env) for operand in between.operands)
        return school_days_between(begins, ends, node.span)

    def _total(
        self, words: str, taken: Found | None, node: syntax.Phrase, modifiers: list[syntax.Modifier], env: Env
    ) -> ir.Node:
        total = TOTAL_NOUNS[words]
        found = self._total_rows(words, taken, node.span, env)
        for modifier in modifiers:
            found = self._modified(found, modifier, env)
        modifiers.clear()
        row = ir.Variable(found.variable, found.row_type)
        value = self.column(row, total.column, node.span)
        if total.less:
            less = self.column(row, total.less, node.span)
            value = ir.Apply("-", (value, less), value.type, node.span)
        total_of = ir.Aggregate("sum", found.node, found.variable, value, (), value.type, node.span)
        # no record at all is no total of zero
        recorded = self.at_least_one(found.node, found.variable, node.span)
        return ir.Choose(((recorded, total_of),), ir.Constant(None, value.type, node.span), value.type, node.span)

    def _total_rows(self, words: str, taken: Found | None, span: Span, env: Env) -> Rows:
        """The records of a total: those of a course where one is named, else those of the school as a whole."""
        table = TOTAL_NOUNS[words].table
        if isinstance(taken, Rows):
            if taken.row_type.of == table and taken.row_type.kind is Kind.ROW:
                return taken
            self.misplaced(span, f"`{words}` cannot be asked of {taken.node.type.described}")
        if taken is not None and not (taken.type.kind is Kind.ITEM and taken.type.of in {"learner", "course"}):
            self.misplaced(span, f"`{words}` cannot be asked of {taken.type.described}")
        found = self._facts(RowNoun(table), taken, span, env, implied=False)
        if taken is not None and taken.type.of == "course":
            return found
        course = self.column(ir.Variable(found.variable, found.row_type), "course", span)
        whole = ir.Apply("not", (ir.Apply("known", (course,), types.TRUTH, span),), types.TRUTH, span)
        return replace(found, node=ir.Where(found.node, found.variable, whole, found.node.type, span))

    def _rows_of(
        self, noun: str, taken: Found | None, modifiers: list[syntax.Modifier], span: Span, env: Env
    ) -> Rows | None:
        """Rows or items that a noun means, of what was taken (or of `it`)."""
        if self.is_about_a_group and noun == "learners" and taken is None:
            return Rows(
                ir.Items(ir.MEMBERS, None, types.items("learner"), span), self.fresh(), types.item("learner"), None
            )
        single = singular(noun.rsplit(" ", maxsplit=1)[-1])
        relation = self._relation(noun, taken, span, env) or self._collection(noun, taken, modifiers, span)
        if relation is not None:
            return relation
        if isinstance(taken, Rows):
            return self._projected(noun, taken, span) or self._of_any(noun, taken, span, env)
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

    def _of_any(self, noun: str, items: Rows, span: Span, env: Env) -> Rows | None:
        """Rows that speak of any of some items: `attempts of the equivalents of the course`."""
        if items.row_type.kind is not Kind.ITEM or items.value is not None:
            return None
        found = self._rows_of(noun, None, [], span, replace(env, it=None))
        if found is None or found.row_type.kind is not Kind.ROW:
            return None
        column = self._item_column(self.declared.fact_types[found.row_type.of], items.row_type.of)
        if column is None:
            return None
        spoken_of = self.column(ir.Variable(found.variable, found.row_type, span), column.name, span)
        same = (spoken_of, ir.Variable(items.variable, items.row_type, span))
        equal = ir.Apply("exactly", same, types.TRUTH, span)
        any_of = ir.Quantify("any", None, items.node, items.variable, equal, types.TRUTH, span)
        return replace(found, node=ir.Where(found.node, found.variable, any_of, found.node.type, span))

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
        if (of.type.of, noun) == ("course", SUBSTITUTES):
            return self._substitutes(of, span)
        known = RELATION_NOUNS.get((of.type.of, noun))
        if known is None:
            return None
        relation, kind = known
        found = ir.Items(relation, of, types.items(kind), span)
        return Rows(found, self.fresh(), types.item(kind), None)

    def _substitutes(self, course: ir.Node, span: Span) -> Rows:
        """The courses that stand for a course for the learner on the day, by recorded acts."""
        collections = [name for name, (of, _) in self.declared.catalog.collections.items() if of == "course"]
        items = ir.Items(collections[0], None, types.items("course"), span)
        variable, row = self.fresh(), self.fresh()
        matches = (("course", ir.Variable(variable, types.item("course"), span)), ("instead_of", course))
        acts = ir.Facts("substitutions", matches, ir.Order("begins_on"), types.rows("substitutions"), span)
        stands = ir.Where(items, variable, self.at_least_one(acts, row, span), items.type, span)
        return Rows(stands, variable, types.item("course"), None)

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
        if "school" in self.groups and not table.is_about_a_learner and table.column("school") is not None:
            matches = (*matches, ("school", ir.Variable("school", types.TEXT, span)))
        node = ir.Facts(noun.table, matches, self.order_for(table), types.rows(noun.table), span)
        variable = self.fresh()
        row_type = Type(Kind.ROW, noun.table)
        value = None
        if noun.column:
            value = self.column(ir.Variable(variable, row_type), noun.column, span)
        return Rows(node, variable, row_type, value)

    def _unknown_noun(self, node: syntax.Phrase, taken: Found | None, env: Env) -> None:
        words = " ".join(word.text for word in node.words)
        other = OTHER_NAMES.get(node.words[0].text)
        if other is not None:
            first = node.words[0].span
            self.findings.fail(
                kinds.UNKNOWN_PHRASE,
                f"the language does not say `{node.words[0].text}`",
                Label(first, f"here it says `{other}`"),
                fixes=(Fix(f"write `{other}`", (Edit(first, other),), Confidence.CHANGES_MEANING),),
                name=node.words[0].text,
                nearest=other,
            )
        known = {*ROW_NOUNS, *TOTAL_NOUNS, *self.declared.parameters, *env.names, *self.declared.tables}
        for table in self.declared.fact_types.values():
            known |= {table.plural, table.singular}
        known |= {SUBSTITUTES, *(noun for _, noun in RELATION_NOUNS)}
        known |= {name for _, name in self.declared.item_fields}
        known |= {*FORMULAS, "number", "share", "different"}
        known |= {level.name for scale in self.declared.scales.values() for level in scale.levels}
        what = "noun"
        if isinstance(taken, ir.Node):
            what = f"noun for {taken.type.described}"
        elif isinstance(taken, Rows):
            what = f"column of {taken.row_type.of}"
            if taken.row_type.kind is Kind.ROW:
                known = {column.name for column in self.declared.fact_types[taken.row_type.of].columns}
        self.findings.unknown(kinds.UNKNOWN_PHRASE, what, words, _words_span(node), known)


def _is_days_between(words: Sequence[str], modifiers: Sequence[syntax.Modifier]) -> bool:
    """Whether it is a number of days, and not the day of a row."""
    return list(words) == ["days"] and any(modifier.kind == "between" for modifier in modifiers)


def _is_item(node: ir.Node) -> bool:
    return node.type.kind is Kind.ITEM and node.type.of != "learner"


def _words_span(node: syntax.Phrase) -> Span:
    return node.words[0].span.through(node.words[-1].span)
