"""A whole book: declarations, then rules to nodes, then examples to facts. One diagnostic for one root cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.model.facts import FactType
from competency.rules.language import syntax
from competency.rules.language.attached import Attachment
from competency.rules.language.declare import declare, resolve_order
from competency.rules.language.effect import acts_of, check_period, conditions_of, effective, governing, with_period
from competency.rules.language.examples import resolve_example
from competency.rules.language.exceptions import check_overlay, read_exception, read_overlay
from competency.rules.language.expressions import Resolver
from competency.rules.language.findings import Findings, Unresolved
from competency.rules.language.indicators import read_indicator, read_indicator_example
from competency.rules.language.panels import check_panel
from competency.rules.language.parameters import resolve_parameter
from competency.rules.language.reading import Env, Rows
from competency.rules.language.resolved import (
    Declared,
    ResolvedBook,
    ResolvedExample,
    ResolvedIndicatorExample,
    Signature,
)
from competency.rules.language.signatures import sign
from competency.rules.language.slots import SlotLines, drawn_of, read_allotment, read_slot, required
from competency.rules.language.syntax import Name
from competency.rules.program import ir, types
from competency.rules.program.types import Kind, Type
from competency.source import Span

# Lines that only some kinds of rules have.
_LINES_OF_KINDS: dict[type[syntax.Node], tuple[str, ...]] = {
    syntax.Worth: ("credit",),
    syntax.CarnegieUnits: ("credit",),
    syntax.ValueLine: ("measure",),
    syntax.Assign: ("recovery", "pathway"),
    syntax.AssignMost: ("pathway",),
    syntax.Limit: ("recovery",),
    syntax.TranscriptMark: ("credit", "recovery", "diploma"),
    syntax.Reach: ("progression",),
    syntax.Standing: ("mastery", "credit", "progression", "diploma"),
    syntax.CountsPool: ("diploma",),
    syntax.CountsOnce: ("diploma",),
    syntax.CountsTwice: ("diploma",),
}
CLAUSES_MAX = 200  # clauses in a rule: no board reads more, and reasons stay printable


def resolve(
    texts: Sequence[syntax.RuleText],
    attachments: Mapping[str, Attachment],
    fact_types: Sequence[FactType] = (),
) -> tuple[ResolvedBook | None, tuple[Diagnostic, ...]]:
    """The resolved book, or none where no policy holds it together; and everything that is wrong with it."""
    findings = Findings()
    declared = declare(texts, attachments, fact_types, findings)
    rules = [item for text in texts for item in text.declarations if isinstance(item, syntax.Rule)]
    examples = [item for text in texts for item in text.declarations if isinstance(item, syntax.Example)]
    if declared.policy is None:
        place = Span(texts[0].source, 0, 0) if texts else None
        labels = (Label(place, "at the top of the book"),) if place else ()
        findings.add(
            kinds.POLICY_MISSING,
            "the book has no policy",
            *labels,
            notes=("A policy says whom the rules govern, from when, and which documents they carry out.",),
            fixes=(Fix('write `policy NAME "Title" ... end`'),),
        )
        return None, tuple(findings.diagnostics)
    signatures = tuple(signature for rule in rules if (signature := sign(rule, declared, findings)) is not None)
    signed = {(signature.rule.kind, signature.rule.name.text) for signature in signatures}
    unsigned = frozenset((rule.kind, rule.name.text) for rule in rules) - signed
    resolver = BookResolver(declared, findings, signatures, order=declared.order, unsigned=unsigned)
    header = resolver.policy(declared.policy)
    resolver.declarations()
    for item in (item for text in texts for item in text.declarations if not isinstance(item, syntax.Rule)):
        for cites in syntax.parts_of(item, syntax.Cites):
            with suppress(Unresolved):
                resolver.citation(cites)
    resolved = tuple(resolver.rule(signature) for signature in signatures)
    shown: list[ResolvedExample] = []
    for example in examples:
        try:
            shown.append(resolve_example(example, resolver))
        except Unresolved:
            continue
    indicators, indicator_examples = resolver.indicators(texts)
    book = ResolvedBook(
        declared,
        header,
        resolved,
        signatures,
        tuple(shown),
        frozenset(resolver.used),
        indicators,
        indicator_examples,
    )
    return book, tuple(findings.diagnostics)


@dataclass
class BookResolver(Resolver):
    """The resolver with what it knows of the whole book: parameters and types of measures, each found once."""

    parameter_nodes: dict[str, ir.Node | None] = field(default_factory=dict)
    measure_types: dict[str, Type | None] = field(default_factory=dict)
    circles: set[frozenset[str]] = field(default_factory=set)

    def parameter(self, name: str) -> ir.Node:
        """The value of a parameter on the as-of date."""
        if name not in self.parameter_nodes:
            self.parameter_nodes[name] = None  # what is wrong with it is told once
            self.parameter_nodes[name] = resolve_parameter(self.declared.parameters[name], self)
        node = self.parameter_nodes[name]
        if node is None:
            raise Unresolved
        return node

    def parameter_on(self, name: str, day: ir.Node) -> ir.Node:
        """The value of a parameter on some date."""
        self.use("parameter", name)
        return resolve_parameter(self.declared.parameters[name], self, day)

    def indicators(
        self, texts: Sequence[syntax.RuleText]
    ) -> tuple[tuple[ir.Indicator, ...], tuple[ResolvedIndicatorExample, ...]]:
        """The indicators of a book, and their examples."""
        declarations = [item for text in texts for item in text.declarations]
        found: list[ir.Indicator] = []
        shown: list[ResolvedIndicatorExample] = []
        for item in declarations:
            if isinstance(item, syntax.Indicator):
                with suppress(Unresolved):
                    found.append(read_indicator(item, self))
        self.groups = frozenset()
        for item in declarations:
            if isinstance(item, syntax.IndicatorExample):
                with suppress(Unresolved):
                    shown.append(read_indicator_example(item, found, self))
        return tuple(found), tuple(shown)

    def measure_type(self, name: Name) -> Type:
        """The type of a measure's value; measures that need each other's are a circle."""
        known = self.measure_types.get(name.text)
        if known is not None:
            return known
        if name.text in self.measure_types:
            circle = frozenset(one for one, found in self.measure_types.items() if found is None)
            if circle in self.circles:
                raise Unresolved  # told already, from another of its measures
            self.circles.add(circle)
            self.findings.fail(
                kinds.RULE_CYCLE,
                f"the measure `{name.text}` is worked out from itself",
                Label(name.span, "named here again"),
                fixes=(Fix("work it out from evidence or from other measures"),),
            )
        self.measure_types[name.text] = None
        signature = self.named["measure", name.text][0]
        kept, self.findings = self.findings, Findings()
        rows_seen, order, scale = self.rows_seen, self.order, self.scale
        try:
            value = self.rule(signature).value
        finally:
            # a circle is seen nowhere else; whatever else is wrong is told when the rule itself is read
            circles = [one for one in self.findings.diagnostics if one.kind is kinds.RULE_CYCLE]
            kept.diagnostics.extend(one for one in circles if one not in kept.diagnostics)
            self.findings, self.rows_seen, self.order, self.scale = kept, rows_seen, order, scale
        if value is None:
            del self.measure_types[name.text]
            raise Unresolved  # its own reading says why
        self.measure_types[name.text] = value.type
        return value.type

    def declarations(self) -> None:
        """Reads every parameter, population, panel and overlay once, whether or not a rule uses it."""
        signed = frozenset(self.named) | self.unsigned
        for panel in self.declared.panels.values():
            with suppress(Unresolved):
                check_panel(panel, self)
        for overlay in self.declared.overlays.values():
            with suppress(Unresolved):
                check_overlay(overlay, signed, self)
        for name in self.declared.parameters:
            with suppress(Unresolved):
                self.parameter(name)
        for population in self.declared.populations.values():
            with suppress(Unresolved):
                self.selector(population.selector, Env({}, None))

    # --- the policy ---

    def policy(self, policy: syntax.Policy) -> ir.PolicyHeader:
        """The policy's dates and whom it governs."""
        version, governs = "", None
        period: syntax.InEffect | None = None
        acts = [line for line in policy.lines if isinstance(line, syntax.Act)]
        citations: list[ir.Citation] = []
        for line in policy.lines:
            match line:
                case syntax.VersionLine():
                    version = line.version
                case syntax.InEffect():
                    with suppress(Unresolved):
                        self._policy_period(line, acts)
                    period = line
                case syntax.Governs():
                    with suppress(Unresolved):
                        governs = self.selector(line.selector, Env({}, None))
                case syntax.Cites() if line.source.text in self.declared.sources:
                    citations.append(self.citation(line))
                case _:
                    pass
        begins, ends = effective(period or syntax.InEffect(policy.span, None, None), acts)
        first, last = (bound.value if isinstance(bound, syntax.DateLiteral) else None for bound in (begins, ends))
        name, title = policy.name.text, policy.title
        return ir.PolicyHeader(name, title, version, first, last, governs, tuple(citations), acts_of(acts))

    def _policy_period(self, line: syntax.InEffect, acts: Sequence[syntax.Act]) -> None:
        """A policy is in effect on days; which version governs an event is said by rules."""
        check_period(line, acts, self)
        bound = line.begins or line.ends
        if line.by is not None or isinstance(bound, syntax.NumberLiteral):
            self.findings.add(
                kinds.MISPLACED_CLAUSE,
                "a policy is in effect from one date to another",
                Label(line.span, "by an event, or by school years"),
                fixes=(Fix("write dates here, and the event in the rules that go by it"),),
            )

    # --- rules ---

    def rule(self, signature: Signature) -> ir.Rule:
        """A rule as nodes. Clauses that cannot be read are reported and left out."""
        rule = signature.rule
        self.rows_seen = 0
        self.scale = self.scale_of(signature)
        names: dict[str, ir.Node | None] = {
            variable.name: ir.Variable(variable.name, types.item(variable.kind), rule.heading)
            for variable in signature.scope
        }
        it = names[signature.scope[0].name] if signature.scope else None
        reading = _Reading(Env(names, it), rule)
        self.order = next(
            (
                resolve_order(line, self.findings) or self.declared.order
                for line in rule.lines
                if isinstance(line, syntax.Ordering)
            ),
            self.declared.order,
        )
        try:
            reading.governs = governing(rule, self, reading.env)
        except Unresolved:
            reading.broken = True
        for line in rule.lines:
            try:
                self._line(line, reading)
            except Unresolved:
                reading.broken = True
                if isinstance(line, syntax.LetLine):
                    reading.env.names.setdefault(line.name.text, None)
        self._overlays(reading)
        if not reading.broken:
            with suppress(Unresolved):
                reading.allotment = read_allotment(reading.slots, rule, self)
        self._complete(reading)
        return reading.rule_node(signature, self._evidence(signature, it))

    def _evidence(self, signature: Signature, it: ir.Node | None) -> tuple[ir.Node, ...]:
        """The evidence whose absence `when evidence is missing` speaks of: that of a mastery rule's item and its skills."""
        if signature.rule.kind != "mastery" or it is None:
            return ()
        of_item = self._evidence_of(it)
        leads = self.declared.catalog.relations.get(("competency", "skills"), {})
        if not any(code in leads for codes in signature.about for code in codes):
            return (of_item,)
        skills = ir.Items("skills", it, types.items("skill"), signature.rule.heading)
        of_skill = self._evidence_of(ir.Variable("skill", types.item("skill"), signature.rule.heading))
        return (of_item, ir.Pool(skills, "skill", of_skill, of_skill.type, signature.rule.heading))

    def _evidence_of(self, item: ir.Node) -> ir.Node:
        return ir.Facts("evidence", (("competency", item),), self.order, types.rows("evidence"), item.span)

    def _line(self, line: syntax.RuleLine, reading: _Reading) -> None:
        env = reading.env
        self._belongs(line, reading.rule.kind)
        match line:
            case (
                syntax.Scope()
                | syntax.NamedItems()
                | syntax.Along()
                | syntax.Reach()
                | syntax.Ordering()
                | syntax.Act()
                | syntax.Governs()
                | syntax.InEffect()
            ):
                pass  # read by the signature or with whom it governs, or said for the listener
            case syntax.Cites():
                reading.citations.append(self.citation(line))
            case syntax.LetLine():
                self._let(line, reading)
            case syntax.Requirement():
                reading.add(self, self._requirement(line, reading))
            case syntax.CountsPool() | syntax.CountsOnce() | syntax.CountsTwice():
                self._counting(line, reading)
            case syntax.ExceptionBlock():
                reading.exceptions.append(read_exception(line, reading.rule, self, env))
                reading.precedence[line.label.text] = tuple(name.text for name in line.before)
            case syntax.Worth() | syntax.ValueLine():
                reading.value = self._value(line.value, env)
            case syntax.Assign() | syntax.AssignMost():
                self._assigning(line, reading)
            case syntax.CarnegieUnits():
                reading.carnegie_units = self.numeric(line.value, env)
            case syntax.Limit():
                reading.add(self, self.limit(line, env))
            case syntax.TranscriptMark() | syntax.WhenMissing() | syntax.VersionLine():
                reading.note(line)
            case syntax.Standing():
                self._once(line, reading.rule)
                reading.awards = self._awards(line)

    def _overlays(self, reading: _Reading) -> None:
        """What overlays change in a rule, as exceptions that prevail over its own."""
        own = tuple(exception.label for exception in reading.exceptions)
        for overlay in self.declared.overlays.values():
            for change in overlay.changes:
                if (change.kind, change.rule.text) == (reading.rule.kind, reading.rule.name.text):
                    with suppress(Unresolved):
                        found = read_overlay(overlay, change, reading.rule, own, self, reading.env)
                        if found is None:
                            continue
                        reading.exceptions.append(found)
                        reading.precedence[found.label] = found.prevails_over

    def _assigning(self, line: syntax.Assign | syntax.AssignMost, reading: _Reading) -> None:
        if isinstance(line, syntax.Assign):
            reading.assigns = self.rows(line.phrase, reading.env).node
        else:
            reading.assigns_most = self._most(line)

    def _most(self, line: syntax.AssignMost) -> int:
        """How many items a pathway assigns at the most."""
        if line.number.value.denominator != 1 or line.number.value < 1:
            self.findings.fail(
                kinds.PARAMETER_RANGE,
                "a pathway assigns a whole number of items, at least 1",
                Label(line.number.span, "so many"),
                fixes=(Fix("write a whole number"),),
            )
        return int(line.number.value)

    def required_by(self, name: Name, counted: str, span: Span) -> ir.Node:
        """What all requirements of a diploma need together."""
        return required(name, counted, span, self)

    def versions_of(self, rule: syntax.Rule) -> list[syntax.Rule]:
        """All rules of its kind and name, itself among them."""
        return [one.rule for one in self.named.get((rule.kind, rule.name.text), ())] or [rule]

    def _once(self, line: syntax.Standing, rule: syntax.Rule) -> None:
        """How awards hold is said once."""
        first = next(each for each in rule.lines if isinstance(each, syntax.Standing))
        if first is not line:
            self.findings.fail(
                kinds.MISPLACED_CLAUSE,
                f"{rule.kind} {rule.name.text} says already how its awards hold",
                Label(line.span, "another line about it"),
                Label(first.span, "the first one"),
                fixes=(Fix("leave one of them out"),),
            )

    def _awards(self, line: syntax.Standing) -> ir.Awards | None:
        """For how long recorded awards hold; none where what a rule concludes is reassessed."""
        if line.length is None:
            return None
        length = self.number(line.length)
        if not isinstance(length.value, Fraction) or length.value.denominator != 1 or length.value < 1:
            self.findings.fail(
                kinds.PARAMETER_RANGE,
                "an award stands for a whole number of days, months, years or school years",
                Label(line.length.span, "not so long"),
                fixes=(Fix("write a whole number, as in `stands for 3 school years`"),),
            )
        if length.type.of not in {"day", "month", "school year"}:
            self.mismatch(length, line.length.span, "a number of days, months, years or school years")
        if length.type.of == "month" and not self.declared.months_round:
            self.moved(self.as_of(line.span), line.length, "after", line.span)  # says what the policy must state
        return ir.Awards(int(length.value), length.type.of, self.declared.months_round or "down")

    def _requirement(self, line: syntax.Requirement, reading: _Reading) -> ir.Clause:
        drawn = drawn_of(line.condition) if reading.rule.kind == "diploma" else None
        if drawn is None:
            return self.clause(line, reading.env)
        return read_slot(line, drawn, reading.slots, self, reading.env)

    def _counting(self, line: syntax.CountsPool | syntax.CountsOnce | syntax.CountsTwice, reading: _Reading) -> None:
        match line:
            case syntax.CountsPool():
                reading.slots.pool, reading.slots.pool_span = self.rows(line.phrase, reading.env), line.span
            case syntax.CountsOnce():
                reading.slots.once = line
            case syntax.CountsTwice():
                reading.slots.twice.append(line)

    def _value(self, node: syntax.Expression, env: Env) -> ir.Node:
        return self.expression(node, env)

    def _belongs(self, line: syntax.RuleLine, kind: str) -> None:
        """Some lines belong to some kinds of rules only."""
        kinds_of_line = _LINES_OF_KINDS.get(type(line))
        if kinds_of_line is None or kind in kinds_of_line:
            return
        where = " and ".join(f"`{one}`" for one in kinds_of_line)
        self.findings.fail(
            kinds.MISPLACED_CLAUSE,
            f"this line does not belong into a {kind} rule",
            Label(line.span, f"stands in {where} rules"),
            fixes=(Fix("remove it, or move it to a rule of that kind"),),
        )

    def _let(self, line: syntax.LetLine, reading: _Reading) -> None:
        name = line.name.text
        if name in reading.env.names:
            self.findings.fail(
                kinds.DUPLICATE_NAME,
                f"`{name}` has a meaning already in this rule",
                Label(line.name.span, "the second meaning"),
                fixes=(Fix("choose another name"),),
            )
        if isinstance(line.value, syntax.Pool):
            value: ir.Node = self.pool(line.value, reading.env)
        elif isinstance(line.value, syntax.Phrase):
            found = self.phrase(line.value, reading.env)
            many = isinstance(found, Rows) and not found.single
            value = found.node if isinstance(found, Rows) and many else self.one(found, line.value.span)
        else:
            value = self.expression(line.value, reading.env)
        reading.lets.append(ir.Let(name, value))
        reading.env.names[name] = ir.Variable(name, value.type, line.name.span)

    def pool(self, node: syntax.Pool, env: Env) -> ir.Node:
        """What each item keeps, in one heap."""
        items = self.rows(node.items, env) if node.variable.text == "" else self._pool_items(node, env)
        variable = node.variable.text
        item = ir.Variable(variable, items.row_type, node.variable.span)
        kept = self.rows(node.rows, env.with_item(variable, item))
        rows = kept.node
        if isinstance(rows, ir.Window):  # a child with nothing gives nothing
            rows = ir.Window(
                rows.rows, rows.which, rows.variable, rows.by, rows.count, rows.up_to, rows.type, rows.up_to, rows.span
            )
        return ir.Pool(items.node, variable, rows, kept.node.type, node.span)

    def _pool_items(self, node: syntax.Pool, env: Env) -> Rows:
        """`for each skill of it`: the variable is the noun."""
        plural = {"competency": "competencies"}.get(node.variable.text, node.variable.text + "s")
        noun = Name(node.variable.span, plural)
        return self.rows(syntax.Phrase(node.items.span, (noun,), of=node.items), env)

    def clause(self, line: syntax.Requirement, env: Env) -> ir.Clause:
        """A labelled condition. What is reported is that its condition holds."""
        citations = tuple(self.citation(cites) for cites in line.cites)
        condition, options = self.clause_condition(line.condition, env)
        if line.effect == "report":
            condition = ir.Apply("not", (condition,), types.TRUTH, condition.span)
        clause = ir.Clause(line.label.text, condition, line.effect, citations, options, span=line.span)
        return with_period(clause, self.applies(line, env))

    def applies(self, line: syntax.Requirement, env: Env) -> list[ir.Node]:
        """When, and for whom, a clause is there."""
        conditions: list[ir.Node] = []
        for part in line.applies:
            if isinstance(part, syntax.InEffect):
                check_period(part, (), self)
                conditions += conditions_of(part, (), self, env)
            else:
                conditions.append(self.selector(part.selector, Env({}, None)))
        return conditions

    def clause_condition(
        self, node: syntax.Expression | syntax.Menu, env: Env
    ) -> tuple[ir.Node, tuple[ir.Clause, ...]]:
        """What a clause asks; of a menu, how many of its options, and these."""
        if not isinstance(node, syntax.Menu):
            return self.condition(node, env), ()
        options: dict[str, ir.Clause] = {}
        for option in node.options:
            condition, inner = self.clause_condition(option.condition, env)
            if option.label.text in options:
                self.label_twice(option.span, options[option.label.text].span, option.label.text, "menu")
            citations = tuple(self.citation(cites) for cites in option.cites)
            options[option.label.text] = ir.Clause(
                option.label.text, condition, "require", citations, inner, span=option.span
            )
        conditions = tuple(option.condition for option in options.values())
        return self._how_many_of(node, conditions, env), tuple(options.values())

    def _how_many_of(self, menu: syntax.Menu, conditions: tuple[ir.Node, ...], env: Env) -> ir.Node:
        if menu.amount is None:
            joint = "and" if menu.quantifier == "all" else "or"
            found = ir.Apply(joint, conditions, types.TRUTH, menu.heading)
            return found if menu.quantifier != "none" else ir.Apply("not", (found,), types.TRUTH, menu.heading)
        amount = self.numeric(menu.amount, env)
        number: ir.Node = ir.Apply("how many hold", conditions, types.PLAIN)
        if amount.type.of == "%":
            size = ir.Constant(Fraction(len(conditions)), types.PLAIN)
            number = ir.Apply("/", (number, size), types.RATIO)
        elif amount.type.of:
            self.mismatch(amount, menu.amount.span, "a number of options, or a share of them")
        return ir.Apply(menu.quantifier, (number, amount), types.TRUTH, menu.heading)

    def label_twice(self, span: Span | None, before: Span | None, label: str, where: str) -> None:
        """Reports a label that stands twice."""
        if span is not None and before is not None:
            self.findings.fail(
                kinds.DUPLICATE_CLAUSE,
                f"the label `{label}` stands twice in this {where}",
                Label(span, "the second time"),
                Label(before, "the first time"),
                fixes=(Fix("give one of the clauses another label"),),
                label=label,
            )

    def citation(self, line: syntax.Cites) -> ir.Citation:
        """A source that the policy declares, and the part of it."""
        title = self.declared.sources.get(line.source.text)
        if title is None:
            self.findings.unknown(
                kinds.UNKNOWN_NAME,
                "source",
                line.source.text,
                line.source.span,
                self.declared.sources,
                f'declare it in the policy: `cites {line.source.text} "Its title"`',
            )
        self.use("source", line.source.text)
        return ir.Citation(line.source.text, title, line.part, line.number)

    def limit(self, line: syntax.Limit, env: Env) -> ir.Clause:
        """A cap that refuses, or one that allows and reports."""
        words = " ".join(name.text for name in line.limited)
        course = env.names.get("course")
        if words not in {"attempts", "credits recovered"} or course is None:
            self.findings.unknown(
                kinds.UNKNOWN_PHRASE,
                "thing to limit",
                words,
                line.limited[0].span.through(line.limited[-1].span),
                ("attempts", "credits recovered"),
            )
        to = self.numeric(line.to, env)
        span = line.span
        recovery: tuple[tuple[str, ir.Node], ...] = (("way", ir.Constant("recovery", types.TEXT, span)),)
        if words == "attempts":
            recovery = (("course", course), *recovery)
        else:
            recovery = (*recovery, ("result", ir.Constant("passed", types.TEXT, span)))
        facts: ir.Node = ir.Facts("attempts", recovery, ir.Order("ended_on"), types.rows("attempts"), span)
        variable = self.fresh()
        row = ir.Variable(variable, Type(Kind.ROW, "attempts"), span)
        if line.period == "per school year":
            year = self.year_of(row, span)
            this_year = self.school_year(self.as_of(span), span)
            same = ir.Apply("exactly", (year, this_year), types.TRUTH, span)
            facts = ir.Where(facts, variable, same, facts.type, span)
        label = "-".join(["limit", *words.split(), *line.period.split()])
        if words == "attempts":
            number = ir.Aggregate("number", facts, variable, None, (), types.PLAIN, span)
            condition = ir.Apply("less than", (number, to), types.TRUTH, span)
        else:
            worth = self.column(row, "credits", span)
            earned = ir.Aggregate("sum", facts, variable, worth, (), worth.type, span)
            own = ir.Field(course, "credits", types.unit("credit"), span)
            with_this = ir.Apply("+", (earned, own), types.unit("credit"), span)
            condition = ir.Apply("at most", (with_this, to), types.TRUTH, span)
        return ir.Clause(label, condition, "report" if line.then == "report" else "require", span=span)

    def _complete(self, reading: _Reading) -> None:
        """A rule that says nothing is reported, unless what it says could not be read."""
        rule = reading.rule
        if reading.broken:
            return
        if rule.kind == "measure" and reading.value is None:
            self.findings.add(
                kinds.EMPTY_RULE,
                f"the measure `{rule.name.text}` has no value",
                Label(rule.heading, "this measure"),
                fixes=(Fix("add `value ...` or `amount ...`"),),
            )
        elif rule.kind == "pathway" and reading.assigns is None:
            self.findings.add(
                kinds.EMPTY_RULE,
                f"the pathway `{rule.name.text}` assigns nothing",
                Label(rule.heading, "this pathway"),
                fixes=(Fix("add a line such as `assign the competencies in NAME that are not mastered`"),),
            )
        elif rule.kind not in {"measure", "pathway"} and not any(
            clause.effect == "require" for clause in reading.clauses
        ):
            self.findings.add(
                kinds.EMPTY_RULE,
                f"the {rule.kind} rule `{rule.name.text}` requires nothing",
                Label(rule.heading, "this rule"),
                fixes=(Fix("add `require LABEL: ...`"),),
            )
        if len(reading.clauses) > CLAUSES_MAX:
            self.findings.add(
                kinds.CLAUSE_LIMIT,
                f"the rule has {len(reading.clauses)} clauses; at most {CLAUSES_MAX} are read",
                Label(rule.heading, "this rule"),
                fixes=(Fix("split it into rules that rely on each other"),),
            )


class _Reading:
    """One rule while its lines are read."""

    def __init__(self, env: Env, rule: syntax.Rule) -> None:
        self.env = env
        self.rule = rule
        self.clauses: list[ir.Clause] = []
        self.citations: list[ir.Citation] = []
        self.lets: list[ir.Let] = []
        self.governs: list[ir.Node] = []
        self.exceptions: list[ir.RuleException] = []
        self.precedence: dict[str, tuple[str, ...]] = {}
        self.value: ir.Node | None = None
        self.assigns: ir.Node | None = None
        self.assigns_most: int | None = None
        self.slots = SlotLines()
        self.allotment: ir.Allotment | None = None
        self.mark = ""
        self.in_gpa: bool | None = None
        self.awards: ir.Awards | None = ir.Awards() if rule.kind in ir.AWARDED_KINDS else None
        self.carnegie_units: ir.Node | None = None
        self.missing = ""
        self.version = ""
        self.broken = False
        self.acts = [line for line in rule.lines if isinstance(line, syntax.Act)]

    def add(self, resolver: BookResolver, clause: ir.Clause) -> None:
        """Enters a clause; labels are unique within a rule."""
        before = next((known for known in self.clauses if known.label == clause.label), None)
        if before is not None and (before.applies is None or clause.applies is None):
            resolver.label_twice(clause.span, before.span, clause.label, "rule")
        self.clauses.append(clause)

    def note(self, line: syntax.TranscriptMark | syntax.WhenMissing | syntax.VersionLine) -> None:
        """Enters what is written as it stands."""
        match line:
            case syntax.TranscriptMark():
                self.mark, self.in_gpa = line.mark, line.in_gpa
            case syntax.WhenMissing():
                self.missing = line.outcome
            case syntax.VersionLine():
                self.version = line.version

    def rule_node(self, signature: Signature, evidence: tuple[ir.Node, ...]) -> ir.Rule:
        """The rule as far as it could be read; exceptions in order of precedence."""
        governs: ir.Node | None = None
        if self.governs:
            first = self.governs[0]
            governs = first if len(self.governs) == 1 else ir.Apply("and", tuple(self.governs), types.TRUTH, first.span)
        ranked = sorted(self.exceptions, key=lambda one: (-_reach(one.label, self.precedence), one.label))
        return ir.Rule(
            kind=self.rule.kind,
            name=self.rule.name.text,
            title=self.rule.title,
            scope=signature.scope,
            about=signature.about,
            clauses=tuple(self.clauses),
            exceptions=tuple(ranked),
            version=self.version,
            governs=governs,
            lets=tuple(self.lets),
            value=self.value if self.allotment is None else ir.Variable("placed", self.allotment.type),
            assigns=self.assigns,
            assigns_most=self.assigns_most,
            allotment=self.allotment,
            evidence=evidence,
            missing=self.missing,
            mark=self.mark,
            in_gpa=self.in_gpa,
            awards=self.awards,
            carnegie_units=self.carnegie_units,
            citations=tuple(self.citations),
            acts=acts_of(self.acts),
            span=self.rule.heading,
        )


def _reach(label: str, precedence: Mapping[str, tuple[str, ...]], depth: int = 0) -> int:
    """How many exceptions stand below one, so that the one with precedence sorts first."""
    below = precedence.get(label, ())
    if depth > len(precedence):
        return 0
    return sum(1 + _reach(other, precedence, depth + 1) for other in below)


__all__ = ["BookResolver", "Declared", "resolve"]
