"""Collects what a book declares from its texts and attached files: names, items, facts, tables, calendar.

In: syntax and attachments. Out: Declared, with a diagnostic for every name declared twice or never.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar
from zoneinfo import available_timezones

from competency.diagnostics import Fix, Label, kinds
from competency.model.facts import BUILT_IN, Column, ColumnType, FactType
from competency.model.items import Catalog, Framework, Item, ItemValue
from competency.model.order import find_cycle, topological_order
from competency.model.scales import Scale, ScaleLevel
from competency.rules.language import syntax
from competency.rules.language.attached import AttachedItems, AttachedRows, Attachment
from competency.rules.language.decision_tables import resolve_table
from competency.rules.language.findings import Findings, Unresolved
from competency.rules.language.periods import SCHOOL_DAYS, school_day_table
from competency.rules.language.resolved import Declared
from competency.rules.language.syntax import Name
from competency.rules.language.vocabulary import CLOCKS, TYPE_WORDS
from competency.rules.program import ir, types
from competency.rules.program.types import Type
from competency.source import Span

T = TypeVar("T")

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def declare(
    texts: Sequence[syntax.RuleText],
    attachments: Mapping[str, Attachment],
    fact_types: Sequence[FactType],
    findings: Findings,
) -> Declared:
    """Everything that the texts declare besides rules and examples. `fact_types` are those that plugins bring."""
    collector = _Collector(attachments, findings)
    for fact_type in (*BUILT_IN, *fact_types):
        collector.fact_types[fact_type.plural] = fact_type
    declarations = [declaration for text in texts for declaration in text.declarations]
    for declaration in declarations:
        collector.first(declaration)
    # items before what leads to them, whatever their order in the texts
    for frameworks in (True, False):
        for declaration in declarations:
            if isinstance(declaration, syntax.FrameworkDeclaration) is frameworks:
                collector.second(declaration)
        if frameworks:
            collector.framework_links(tuple(_of(declarations, syntax.FrameworkDeclaration)))
    return collector.declared(next(_of(declarations, syntax.Policy), None))


class _Collector:
    """The state of one collection; every method takes one declaration."""

    def __init__(self, attachments: Mapping[str, Attachment], findings: Findings) -> None:
        self.attachments = attachments
        self.findings = findings
        self.spans: dict[tuple[str, str], Span] = {}
        self.sources: dict[str, str] = {}
        self.scales: dict[str, Scale] = {}
        self.scored_on: dict[str, str] = {}
        self.words: dict[str, list[str]] = {"roles": [], "methods": [], "programs": []}
        self.items: dict[str, dict[str, Item]] = {"competency": {}, "skill": {}, "course": {}, "level": {}}
        self.collections: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.relations: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.item_fields: dict[tuple[str, str], Type] = {
            ("course", "credits"): types.unit("credit"),
            ("course", "subject"): types.TEXT,
            ("level", "rank"): types.PLAIN,
            # the competency of which a skill or competency is a part
            ("skill", "competency"): types.item("competency"),
            ("competency", "whole"): types.item("competency"),
        }
        self.item_spans: dict[tuple[str, str], Span] = {}
        self.fact_types: dict[str, FactType] = {}
        self.parameters: dict[str, syntax.Parameter] = {}
        self.tables: dict[str, ir.TableRows] = {}
        self.populations: dict[str, syntax.Population] = {}
        self.panels: dict[str, syntax.Panel] = {}
        self.overlays: dict[str, syntax.Overlay] = {}
        self.order = ir.Order("assessed_on")
        self.missing = ""
        self.months_round = ""
        self.time_zone = "UTC"
        self.year_begins = (7, 1)
        self.periods: list[tuple[str, int, int]] = []

    # --- names ---

    def name(self, what: str, name: Name) -> bool:
        """Enters a name of a kind; a second one of the kind is reported."""
        before = self.spans.get((what, name.text))
        if before is not None:
            self.findings.add(
                kinds.DUPLICATE_NAME,
                f"the {what} `{name.text}` is declared twice",
                Label(name.span, "the second time"),
                Label(before, "the first time"),
                fixes=(Fix("give one of them another name, or remove it"),),
                name=name.text,
            )
            return False
        self.spans[what, name.text] = name.span
        return True

    def first(self, declaration: syntax.Declaration) -> None:
        """Names that others build on."""
        match declaration:
            case syntax.Policy():
                self.policy(declaration)
            case syntax.ScaleDeclaration():
                self.scale(declaration)
            case syntax.Vocabulary():
                for name in declaration.names:
                    if self.name(declaration.what.removesuffix("s"), name):
                        self.words[declaration.what].append(name.text)
            case syntax.Calendar():
                self.calendar(declaration)
            case syntax.FactDeclaration():
                self.fact_type(declaration)
            case syntax.Parameter() | syntax.Population() | syntax.Panel() | syntax.Overlay():
                self._named(declaration)
            case _:
                pass

    def _named(self, declaration: syntax.Parameter | syntax.Population | syntax.Panel | syntax.Overlay) -> None:
        """What is read when its name is used."""
        what = type(declaration).__name__.lower()
        if not self.name(what, declaration.name):
            return
        match declaration:
            case syntax.Parameter():
                self.parameters[declaration.name.text] = declaration
            case syntax.Population():
                self.populations[declaration.name.text] = declaration
            case syntax.Panel():
                self.panels[declaration.name.text] = declaration
            case syntax.Overlay():
                self.overlays[declaration.name.text] = declaration

    def second(self, declaration: syntax.Declaration) -> None:
        """Items, and tables that speak of them."""
        try:
            match declaration:
                case syntax.FrameworkDeclaration():
                    self.framework(declaration)
                case syntax.CatalogDeclaration():
                    self.catalog(declaration)
                case syntax.Continuum():
                    self.continuum(declaration)
                case syntax.Table():
                    if self.name("table", declaration.name):
                        table = resolve_table(declaration, self.attachments, self.scales, self.findings)
                        self.tables[declaration.name.text] = table
                case _:
                    pass
        except Unresolved:
            pass

    # --- declarations, one method each ---

    def policy(self, policy: syntax.Policy) -> None:
        if not self.name("policy", policy.name):
            return
        others = [span for (what, name), span in self.spans.items() if what == "policy" and name != policy.name.text]
        if others:
            self.findings.add(
                kinds.POLICY_MISSING,
                "a book carries out one policy, and here is a second",
                Label(policy.name.span, "the second"),
                Label(others[0], "the first"),
                fixes=(Fix("make a book of its own for it, or give the rules versions"),),
            )
            return
        for line in policy.lines:
            match line:
                case syntax.SourceLine():
                    if self.name("source", line.name):
                        self.sources[line.name.text] = line.title
                case syntax.Ordering():
                    self.order = resolve_order(line, self.findings) or self.order
                case syntax.WhenMissing():
                    self.missing = line.outcome
                case syntax.MonthRounding():
                    if line.direction.text in {"up", "down"}:
                        self.months_round = line.direction.text
                    else:
                        self._unknown_word("way to round months", line.direction, ("up", "down"))
                case _:
                    pass

    def _unknown_word(self, what: str, name: Name, known: Iterable[str]) -> None:
        with contextlib.suppress(Unresolved):
            self.findings.unknown(kinds.UNKNOWN_NAME, what, name.text, name.span, known)

    def scale(self, scale: syntax.ScaleDeclaration) -> None:
        if not self.name("scale", scale.name):
            return
        if scale.range is not None:
            low, high = scale.range[0].value, scale.range[1].value
            self.scales[scale.name.text] = Scale(scale.name.text, (), low, high)
            return
        numbered = [number for _, number in scale.levels if number is not None]
        if numbered and len(numbered) != len(scale.levels):
            bare = next(name for name, number in scale.levels if number is None)
            self.findings.add(
                kinds.NEEDS_NUMBERS,
                f"the level `{bare.text}` has no number, and others of the scale have",
                Label(bare.span, "give it a number"),
                fixes=(Fix("give every level of the scale a number, or none"),),
            )
        levels = []
        for rank, (name, number) in enumerate(scale.levels, start=1):
            if self.name(f"level of the scale {scale.name.text}", name):
                self.spans.setdefault(("level of a scale", name.text), name.span)
                levels.append(ScaleLevel(name.text, rank, number.value if number else None))
        values = [level.number for level in levels if level.number is not None]
        if values != sorted(set(values)):
            self.findings.add(
                kinds.DUPLICATE_NAME,
                f"the levels of the scale `{scale.name.text}` do not rise",
                Label(scale.name.span, "the lowest level stands first"),
                fixes=(Fix("order the levels from the lowest to the highest, with a number of its own each"),),
            )
        lowest, highest = (min(values), max(values)) if values else (None, None)
        self.scales[scale.name.text] = Scale(scale.name.text, tuple(levels), lowest, highest)

    def calendar(self, calendar: syntax.Calendar) -> None:
        if calendar.time_zone is not None:
            if calendar.time_zone.value in available_timezones():
                self.time_zone = calendar.time_zone.value
            else:
                name = Name(calendar.time_zone.span, calendar.time_zone.value)
                self._unknown_word("time zone", name, available_timezones())
        if calendar.year_begins is not None:
            month, day = calendar.year_begins
            if month.text not in MONTHS:
                self._unknown_word("month", month, MONTHS)
            else:
                self._year_begins(MONTHS.index(month.text) + 1, day)

        for period in calendar.periods:
            self._period(period)
        if calendar.school_days is not None:
            self.spans["table", SCHOOL_DAYS] = calendar.school_days.span
            with contextlib.suppress(Unresolved):
                rows = self.attachment(calendar.school_days, AttachedRows)
                self.tables[SCHOOL_DAYS] = school_day_table(rows, calendar.school_days.span, self.findings)

    def _period(self, period: syntax.Period) -> None:
        """A part of each year, as month and day of its first day and of the first day no longer."""
        bounds = []
        for month, day in (period.begins, period.ends):
            if month.text not in MONTHS:
                self._unknown_word("month", month, MONTHS)
                return
            bounds.append((MONTHS.index(month.text) + 1) * 100 + int(day.value))
        days = _days_of(bounds[0], bounds[1])
        for name, begins, ends in self.periods:
            shared = days & _days_of(begins, ends)
            if shared:
                last = max(shared)
                self.findings.add(
                    kinds.OVERLAPPING_PERIODS,
                    f"{MONTHS[last // 100 - 1]} {last % 100} lies in both `{name}` and `{period.name.value}`",
                    Label(period.name.span, "this period"),
                    fixes=(Fix("let one end on the day on which the other begins: `until` is the first day after"),),
                )
                return
        self.periods.append((period.name.value, bounds[0], bounds[1]))

    def _year_begins(self, month: int, day: syntax.NumberLiteral) -> None:
        """The day on which each school year begins: one that every year has."""
        last = 28 if month == 2 else 30 if month in {4, 6, 9, 11} else 31
        if day.value.denominator == 1 and 1 <= day.value <= last:
            self.year_begins = (month, int(day.value))
            return
        self.findings.add(
            kinds.IMPOSSIBLE_DATE,
            f"{MONTHS[month - 1]} has no day {day.span.text} in every year",
            Label(day.span, "this day"),
            fixes=(Fix(f"write a day from 1 to {last}"),),
        )

    def fact_type(self, declaration: syntax.FactDeclaration) -> None:
        if not self.name("fact type", declaration.plural) or not self._is_new(declaration.singular):
            return
        columns = [Column("learner", ColumnType.LEARNER, "Whom it is about.", required=True)]
        if declaration.about_schools:
            columns = [Column("school", ColumnType.SCHOOL, "The school that it is about.", required=True)]
        for column in declaration.columns:
            column_type = TYPE_WORDS.get(column.type.text)
            if column_type is None:
                self._unknown_word("type", column.type, TYPE_WORDS)
                continue
            columns.append(Column(column.name.text, column_type, column.meaning, column.required))
        columns.append(Column("recorded_at", ColumnType.INSTANT, "When the system learnt of it."))
        dates = [column.name for column in columns if column.type is ColumnType.DATE]
        key = tuple(column.name for column in columns if column.name != "recorded_at")
        self.fact_types[declaration.plural.text] = FactType(
            declaration.plural.text,
            declaration.singular.text,
            declaration.meaning,
            tuple(columns),
            key,
            happened=dates[0] if dates else None,
        )

    def _is_new(self, singular: Name) -> bool:
        """Whether no other fact type has that singular; what rules say of one row must mean one table."""
        other = next((table for table in self.fact_types.values() if table.singular == singular.text), None)
        if other is None:
            return True
        self.findings.add(
            kinds.DUPLICATE_NAME,
            f"one row of `{other.plural}` is called `{singular.text}` already",
            Label(singular.span, "the second time"),
            fixes=(Fix("give the fact type another singular"),),
            name=singular.text,
        )
        return False

    # --- items ---

    def add_item(self, item: Item, span: Span) -> bool:
        """Enters an item; competencies and skills share one space of codes."""
        space = "competency" if item.kind == "skill" else item.kind
        before = self.item_spans.get((space, item.code))
        if before is not None:
            self.findings.add(
                kinds.DUPLICATE_NAME,
                f"the {item.kind} `{item.code}` is declared twice",
                Label(span, "the second time"),
                Label(before, "the first time"),
                fixes=(Fix("give one of them another code, or remove it"),),
                name=item.code,
            )
            return False
        self.item_spans[space, item.code] = span
        self.items[item.kind][item.code] = item
        return True

    def relate(self, kind: str, relation: str, code: str, to: str) -> None:
        """Enters that a relation leads from one item to another."""
        codes = self.relations.setdefault((kind, relation), {}).setdefault(code, [])
        if to not in codes:
            codes.append(to)

    def attachment(self, path: syntax.TextLiteral, wanted: type[T]) -> T:
        found = self.attachments.get(path.value)
        if not isinstance(found, wanted):
            raise Unresolved  # the reader of the file has said why
        return found

    def framework(self, declaration: syntax.FrameworkDeclaration) -> None:
        if not self.name("framework", declaration.name):
            return
        name = declaration.name.text
        if declaration.scored_on is not None:
            if declaration.scored_on.text not in self.scales:
                self._unknown_word("scale", declaration.scored_on, self.scales)
            else:
                self.scored_on[name] = declaration.scored_on.text
        elif len(self.scales) == 1:
            self.scored_on[name] = next(iter(self.scales))
        codes = self._framework_file(declaration.path) if declaration.path is not None else []
        codes += [line.code.text for line in declaration.lines if self.item(line, ("competency", "skill"))]
        self.collections[name] = (
            "competency",
            tuple(code for code in codes if code in self.items["competency"]),
        )
        skills = tuple(code for code in codes if code in self.items["skill"])
        if skills:
            self.collections[f"{name} skills"] = ("skill", skills)

    def framework_links(self, declarations: Sequence[syntax.FrameworkDeclaration]) -> None:
        """Enters prerequisites and parts once the items of every framework are known."""
        lines = [line for declaration in declarations for line in declaration.lines]
        for line in lines:
            self.links(line)
        self._no_circle(lines, "competency", "prerequisites", "must come before")
        self._no_circle(lines, "competency", "parts", "is a part of")

    def _framework_file(self, path: syntax.TextLiteral) -> list[str]:
        """Enters the items of a file with their parts and prerequisites; their codes."""
        framework = self.attachment(path, Framework)
        codes = []
        for item in framework.items:
            if self.add_item(item, path.span):
                codes.append(item.code)
                for field, value in item.data.items():
                    self.item_fields.setdefault((item.kind, field), _type_of(value))
        kinds_by_code = {item.code: item.kind for item in framework.items}
        for parent, children in framework.children.items():
            for child in children:
                self._part_of(child, kinds_by_code[child], parent, kinds_by_code[parent])
        for code, before in framework.prerequisites.items():
            for prerequisite in before:
                self.relate(kinds_by_code[code], "prerequisites", code, prerequisite)
        return codes

    def _part_of(self, child: str, child_kind: str, parent: str, parent_kind: str) -> None:
        self.relate(parent_kind, "skills" if child_kind == "skill" else "parts", parent, child)
        item = self.items[child_kind].get(child)
        if item is not None:
            self.items[child_kind][child] = replace(
                item, data={**item.data, "competency" if child_kind == "skill" else "whole": parent}
            )

    def item(self, line: syntax.ItemLine, allowed: tuple[str, ...]) -> bool:
        """Enters an item that is written in the book."""
        if line.kind not in allowed:
            self.findings.add(
                kinds.MISPLACED_CLAUSE,
                f"a {line.kind} does not belong into this block",
                Label(line.span, f"here stand {' and '.join(allowed)} lines"),
                fixes=(Fix(f"move it, or write {allowed[0]}"),),
            )
            return False
        data: dict[str, ItemValue] = {}
        for assignment in line.data:
            value = _literal(assignment.value)
            data[assignment.name.text] = value
            self.item_fields.setdefault((line.kind, assignment.name.text), _type_of(value))
        if line.worth is not None:
            data["credits"] = line.worth.value
        return self.add_item(Item(line.kind, line.code.text, line.title, data), line.code.span)

    def links(self, line: syntax.ItemLine) -> None:
        """Enters what an item leads to, once all items are known."""
        for word, codes in line.parts:
            for code in codes:
                kinds_of = {"requires": line.kind, "after": "level", "of": "competency", "equivalent": "course"}
                to_kind = kinds_of.get(word, "competency")
                if not self._known(code, to_kind):
                    continue
                match word:
                    case "requires":
                        self.relate(line.kind, "prerequisites", line.code.text, code.text)
                    case "after":
                        self.relate("level", "levels directly before", line.code.text, code.text)
                    case "of":
                        self._part_of(line.code.text, line.kind, code.text, "competency")
                    case "equivalent":
                        self.relate("course", "equivalents", line.code.text, code.text)
                    case "covers":
                        self.relate(line.kind, "competencies", line.code.text, code.text)
                    case "core":
                        self.relate(line.kind, "competencies", line.code.text, code.text)
                        self.relate(line.kind, "core competencies", line.code.text, code.text)

    def _known(self, code: Name, kind: str) -> bool:
        spaces = ("competency", "skill") if kind in {"competency", "skill"} else (kind,)
        if any(code.text in self.items[space] for space in spaces):
            return True
        known = [known for space in spaces for known in self.items[space]]
        diagnostic = kinds.UNKNOWN_COMPETENCY if kind == "competency" else kinds.UNKNOWN_NAME
        try:
            self.findings.unknown(diagnostic, kind, code.text, code.span, known)
        except Unresolved:
            return False

    def catalog(self, declaration: syntax.CatalogDeclaration) -> None:
        for line in declaration.lines:
            if isinstance(line, syntax.CatalogColumns):
                for column in line.columns:
                    column_type = TYPE_WORDS.get(column.type.text)
                    if column_type is None:
                        self._unknown_word("type", column.type, TYPE_WORDS)
                    elif column_type in {ColumnType.NUMBER, ColumnType.TEXT}:
                        wanted = types.PLAIN if column_type is ColumnType.NUMBER else types.TEXT
                        self.item_fields["course", column.name.text] = wanted
        self._lines(declaration.lines, "course", "catalog")
        self._no_circle(declaration.lines, "course", "prerequisites", "must come before")

    def continuum(self, declaration: syntax.Continuum) -> None:
        if not self.name("continuum", declaration.name):
            return
        self._lines(declaration.lines, "level", declaration.name.text)
        before = self.relations.get(("level", "levels directly before"), {})
        if not self._no_circle(declaration.lines, "level", "levels directly before", "comes before"):
            return
        _, codes = self.collections[declaration.name.text]
        ordered = topological_order(codes, before)
        for rank, code in enumerate(ordered, start=1):
            item = self.items["level"][code]
            self.items["level"][code] = replace(item, data={**item.data, "rank": Fraction(rank)})
            for direct in before.get(code, ()):
                for earlier in (*self.relations.get(("level", "levels before"), {}).get(direct, ()), direct):
                    self.relate("level", "levels before", code, earlier)
        self.collections[declaration.name.text] = ("level", ordered)

    def _lines(self, lines: Sequence[Any], kind: str, collection: str) -> None:
        codes: list[str] = list(self.collections.get(collection, (kind, ()))[1])
        for line in lines:
            if isinstance(line, syntax.ItemLine) and self.item(line, (kind,)):
                codes.append(line.code.text)
            elif isinstance(line, syntax.Load):
                codes.extend(self._load_items(line, kind))
        self.collections[collection] = (kind, tuple(codes))
        for line in lines:
            if isinstance(line, syntax.ItemLine):
                self.links(line)
            elif isinstance(line, syntax.Load):
                self._load_relations(line)

    def _load_items(self, line: syntax.Load, kind: str) -> list[str]:
        try:
            attached = self.attachment(line.path, AttachedItems)
        except Unresolved:
            return []
        codes = []
        for item in attached.items:
            data = {name: self._typed(item.kind, name, value, line) for name, value in item.data.items()}
            if item.kind == kind and self.add_item(replace(item, data=data), line.path.span):
                codes.append(item.code)
                for field, value in data.items():
                    self.item_fields.setdefault((kind, field), _type_of(value))
        return codes

    def _typed(self, kind: str, field: str, value: ItemValue, line: syntax.Load) -> ItemValue:
        """A cell of an extra column in the type that the catalog declares for it."""
        if not isinstance(value, str) or self.item_fields.get((kind, field)) != types.PLAIN:
            return value
        try:
            return Fraction(value)
        except ValueError:
            self.findings.add(
                kinds.CATALOG_ROW,
                f"`{value}` in column {field} of {line.path.value} is not a number",
                Label(line.path.span, "in this table"),
                fixes=(Fix("write a number, or declare the column as text"),),
            )
            return None

    def _load_relations(self, line: syntax.Load) -> None:
        try:
            attached = self.attachment(line.path, AttachedItems)
        except Unresolved:
            return
        for relation, code, to in attached.relations:
            from_kind = "level" if "level" in line.what else "course"
            to_kind = "level" if relation == "levels directly before" else "competency"
            if relation == "equivalents" or (relation == "prerequisites" and from_kind == "course"):
                to_kind = "course"
            if self._known(Name(line.path.span, code), from_kind) and self._known(Name(line.path.span, to), to_kind):
                self.relate(from_kind, relation, code, to)

    def _no_circle(self, lines: Sequence[Any], kind: str, relation: str, words: str) -> bool:
        """Reports a circle in a relation, in words; says whether there is none."""
        before = {code: tuple(to) for code, to in self.relations.get((kind, relation), {}).items()}
        cycle = find_cycle(before)
        if cycle is None:
            return True
        ring = [*cycle, cycle[0]]
        told = ", ".join(f"{later} {words} {earlier}" for earlier, later in itertools.pairwise(ring))
        span = (
            next((line.span for line in lines if isinstance(line, syntax.ItemLine) and line.code.text in cycle), None)
            or self.item_spans[kind, cycle[0]]
        )
        for code in cycle:  # the circle is cut, so that later stages see an order
            self.relations[kind, relation].pop(code, None)
        self.findings.add(
            kinds.PREREQUISITE_CYCLE,
            f"the order goes in a circle: {told}",
            Label(span, "part of the circle"),
            fixes=(Fix("remove one of these steps"),),
            cycle=list(cycle),
        )
        return False

    def _sequences(self) -> None:
        """All courses before and after each course by their prerequisites, and the whole group of its equivalents."""
        before = {code: tuple(to) for code, to in self.relations.get(("course", "prerequisites"), {}).items()}
        for code in topological_order(tuple(self.items["course"]), before):
            for direct in before.get(code, ()):
                earlier = self.relations.get(("course", "earlier courses"), {}).get(direct, ())
                for one in (*earlier, direct):
                    self.relate("course", "earlier courses", code, one)
                    self.relate("course", "later courses", one, code)
        named = {code: tuple(to) for code, to in self.relations.get(("course", "equivalents"), {}).items()}
        groups = [{code, *to} for code, to in named.items()]
        for code in named:
            group = set().union(*(each for each in groups if code in each))
            while any(each & group and not each <= group for each in groups):
                group = group.union(*(each for each in groups if each & group))
            for one in sorted(group):
                for other in sorted(group - {one}):
                    self.relate("course", "equivalents", one, other)

    def declared(self, policy: syntax.Policy | None) -> Declared:
        """What was collected."""
        for name, (kind, codes) in self.collections.items():
            if kind == "course":  # courses have no order of their own, and may stand in several texts
                self.collections[name] = (kind, tuple(sorted(codes)))
        self._sequences()
        relations = {key: {code: tuple(to) for code, to in leads.items()} for key, leads in self.relations.items()}
        words = {what: tuple(names) for what, names in self.words.items()}
        return Declared(
            policy=policy,
            sources=self.sources,
            scales=self.scales,
            scored_on=self.scored_on,
            words=words,
            catalog=Catalog(self.items, self.collections, relations),
            item_fields=self.item_fields,
            fact_types=self.fact_types,
            parameters=self.parameters,
            tables=self.tables,
            populations=self.populations,
            panels=self.panels,
            overlays=self.overlays,
            order=self.order,
            missing=self.missing,
            months_round=self.months_round,
            time_zone=self.time_zone,
            year_begins=self.year_begins,
            periods=tuple(self.periods),
            spans=self.spans,
        )


def _days_of(begins: int, ends: int) -> set[int]:
    """The days of a part of each year, as month * 100 + day; February has 29."""
    lengths = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    year = [month * 100 + day for month, length in enumerate(lengths, start=1) for day in range(1, length + 1)]
    if begins < ends:
        return {day for day in year if begins <= day < ends}
    return {day for day in year if day >= begins or day < ends}


def resolve_order(line: syntax.Ordering, findings: Findings) -> ir.Order | None:
    """The order of evidence that a line states."""
    try:
        if line.clock.text not in CLOCKS:
            findings.unknown(kinds.UNKNOWN_NAME, "clock", line.clock.text, line.clock.span, CLOCKS)
        ties = line.ties.text if line.ties else ""
        if line.ties and ties not in {"highest", "lowest"}:
            findings.unknown(kinds.UNKNOWN_NAME, "tie rule", ties, line.ties.span, ("highest", "lowest"))
    except Unresolved:
        return None
    return ir.Order(CLOCKS[line.clock.text], ties)  # type: ignore[arg-type]


def _literal(value: syntax.NumberLiteral | syntax.DateLiteral | syntax.TextLiteral | Name) -> ItemValue:
    if isinstance(value, syntax.NumberLiteral):
        return value.value / 100 if value.unit == "%" else value.value
    return value.text if isinstance(value, Name) else value.value


def _type_of(value: ItemValue) -> Type:
    if isinstance(value, Fraction):
        return types.PLAIN
    return types.TEXT


def _of(declarations: Iterable[Any], wanted: type[T]) -> Iterator[T]:
    return (declaration for declaration in declarations if isinstance(declaration, wanted))
