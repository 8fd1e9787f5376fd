"""Expressions: syntax to typed nodes of the program. Names, units and kinds are settled here; nothing is evaluated.

Phrases are read by phrases.py, which this class extends; both record diagnostics and give up the clause at the first.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import assert_never

from competency.diagnostics import Confidence, Edit, Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.findings import Unresolved
from competency.rules.language.panels import read_approval
from competency.rules.language.phrases import PhraseReading
from competency.rules.language.reading import Env, Rows
from competency.rules.language.vocabulary import ORDER_RELATIONS, STATES, WHO
from competency.rules.program import ir, types
from competency.rules.program.formulas import FORMULAS, check_settings
from competency.rules.program.operators import OPERATORS, Interval
from competency.rules.program.rounding import as_decimal_text
from competency.rules.program.types import Kind, Type
from competency.source import Span

_MINUTES = {"minute": 1, "hour": 60}
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
_ROUNDINGS = {"half up", "half even", "up", "down"}
_DATE_WORDS = {
    "before": "less than",
    "after": "more than",
    "on": "exactly",
    "on or after": "at least",
    "on or before": "at most",
}


class Resolver(PhraseReading):
    """Turns the expressions of one book into nodes."""

    # --- values ---

    def expression(self, node: syntax.Expression, env: Env) -> ir.Node:
        """The node for an expression that stands for one value or condition."""
        match node:
            case syntax.NumberLiteral():
                return self.number(node)
            case syntax.DateLiteral():
                return ir.Constant(node.value, types.DATE, node.span)
            case syntax.TextLiteral():
                return ir.Constant(node.value, types.TEXT, node.span)
            case syntax.Phrase() | syntax.Pronoun() | syntax.CodePhrase() | syntax.RuleValue():
                return self.one(self.phrase(node, env), node.span)
            case syntax.Aggregate() | syntax.WeightedAverage():
                return self.averaged(node, env)
            case syntax.Chain():
                return self.chain(node, env)
            case syntax.Negative():
                operand = self.numeric(node.operand, env)
                return ir.Apply("negative", (operand,), operand.type, node.span)
            case syntax.Shifted():
                return self.shifted(node, env)
            case syntax.Extreme():
                return self.extreme(node, env)
            case syntax.Lookup():
                return self.lookup(node, env)
            case syntax.Rounded():
                return self.rounded(node, env)
            case syntax.Choice():
                return self.choice(node, env)
            case syntax.Pool():
                self.findings.fail(
                    kinds.MISPLACED_PHRASE,
                    "`for each ... ,` gathers many scores where one value is needed",
                    Label(node.span, "many scores"),
                    fixes=(Fix("give it a name with `let NAME be for each ...`, and write `average of NAME`"),),
                )
            case (
                syntax.Comparison()
                | syntax.Has()
                | syntax.Includes()
                | syntax.Quantified()
                | syntax.Junction()
                | syntax.Not()
                | syntax.Drawn()
                | syntax.Approved()
            ):
                return self.condition(node, env)
            case _:
                assert_never(node)

    def number(self, node: syntax.NumberLiteral) -> ir.Constant:
        """A number in the unit in which the program counts: minutes, days, months."""
        if node.unit == "%":
            return ir.Constant(node.value / 100, types.SHARE, node.span)
        for table, name in ((_MINUTES, "minute"), (_DAYS, "day"), (_MONTHS, "month")):
            if node.unit in table:
                return ir.Constant(node.value * table[node.unit], types.unit(name), node.span)
        return ir.Constant(node.value, types.unit(node.unit), node.span)

    def numeric(self, node: syntax.Expression, env: Env) -> ir.Node:
        """A value that must be a number."""
        value = self.expression(node, env)
        if value.type.kind is not Kind.NUMBER:
            self.mismatch(value, node.span, "a number")
        return value

    def mismatch(self, value: ir.Node, span: Span, wanted: str) -> None:
        """Reports a value of another type than is needed."""
        self.findings.fail(
            kinds.TYPE_MISMATCH,
            f"here {wanted} is needed, and this is {value.type.described}",
            Label(span, value.type.described),
            fixes=(Fix(f"write something that is {wanted}"),),
            found=value.type.described,
            expected=wanted,
        )

    def same(self, left: ir.Node, right: ir.Node, what: str) -> Type:
        """Two values that must agree in kind and unit; the joined type."""
        if not types.comparable(left.type, right.type) or self.numberless(left, right):
            self.findings.fail(
                kinds.TYPE_MISMATCH,
                f"{what} {left.type.described} with {right.type.described}",
                Label(_span(left), left.type.described),
                Label(_span(right), right.type.described),
                fixes=(Fix(_remedy(left.type, right.type)),),
                left=left.type.described,
                right=right.type.described,
            )
        return types.joined(left.type, right.type)

    def numberless(self, left: ir.Node, right: ir.Node) -> bool:
        """Whether a plain number meets a scale that has no numbers."""
        pair = {left.type.of, right.type.of}
        scales = [self.declared.scales.get(of.removeprefix("score:")) for of in pair if of.startswith("score:")]
        return "" in pair and any(scale is not None and not scale.has_numbers for scale in scales)

    def chain(self, node: syntax.Chain, env: Env) -> ir.Node:
        """Sums and products, from left to right."""
        result = self.numeric_or_date(node.first, env)
        for operator, operand in node.rest:
            right = self.numeric_or_date(operand, env)
            span = _span(result).through(operand.span)
            result = ir.Apply(operator, (result, right), self._chained(operator, result, right), span)
        return result

    def numeric_or_date(self, node: syntax.Expression, env: Env) -> ir.Node:
        """A term of a chain."""
        value = self.expression(node, env)
        if value.type.kind is not Kind.NUMBER:
            if value.type.kind is Kind.DATE:
                self.findings.fail(
                    kinds.TYPE_MISMATCH,
                    "dates are not added with `+` or `-`",
                    Label(node.span, "a date"),
                    fixes=(Fix("write `60 days after DATE`, or `days between A and B`"),),
                )
            self.mismatch(value, node.span, "a number")
        return value

    def _chained(self, operator: str, left: ir.Node, right: ir.Node) -> Type:
        if operator in "+-":
            return self.same(left, right, "cannot add or subtract")
        one, other = left.type.of, right.type.of
        loose = {"", "ratio", "%"}
        if operator == "/":
            if one == other or (_is_score(one) and _is_score(other)):
                return types.RATIO
            if other in loose or (_is_score(one) and other == ""):
                return left.type
            if one == "dollar" or types.comparable(left.type, right.type):
                return left.type if one == "dollar" else types.RATIO
        else:
            if one in loose and other in loose:
                return types.PLAIN if "" in {one, other} else types.RATIO
            if one in loose:
                return right.type
            if other in loose:
                return left.type
            if "dollar" in {one, other} and one != other:
                return types.unit("dollar")
        self.findings.fail(
            kinds.TYPE_MISMATCH,
            f"cannot {'divide' if operator == '/' else 'multiply'} {left.type.described} "
            f"{'by' if operator == '/' else 'with'} {right.type.described}",
            Label(_span(left), left.type.described),
            Label(_span(right), right.type.described),
            fixes=(Fix("multiply and divide by plain numbers or percentages, or divide like by like"),),
        )

    def shifted(self, node: syntax.Shifted, env: Env) -> ir.Node:
        """A date so many days or months after or before another."""
        base = self.expression(node.base, env)
        if base.type.kind is not Kind.DATE:
            self.mismatch(base, node.base.span, "a date")
        return self.moved(base, node.duration, node.direction, node.span)

    def moved(self, base: ir.Node, length: syntax.NumberLiteral, direction: str, span: Span) -> ir.Node:
        """A date moved by days, or by months as the policy rounds them."""
        duration = self.number(length)
        if duration.type.of == "month" and not self.declared.months_round:
            self.findings.fail(
                kinds.CALENDAR_ARITHMETIC,
                "a month after January 31 is no day of the calendar",
                Label(length.span, "months are added here"),
                notes=("The policy must say whether such a day becomes the last day of the month or the next one.",),
                fixes=(Fix("write `months round down` (or `up`) in the policy"),),
            )
        if duration.type.of not in {"day", "month"}:
            self.mismatch(duration, length.span, "a number of days, weeks, months or years")
        if not isinstance(duration.value, Fraction) or duration.value.denominator != 1:
            self.findings.fail(
                kinds.PARAMETER_RANGE,
                "a date moves by whole days or months",
                Label(length.span, "not a whole number"),
                fixes=(Fix("write a whole number of days, weeks, months or years"),),
            )
        operator = "later" if direction == "after" else "earlier"
        if duration.type.of == "month":
            operator = f"{operator} by months {self.declared.months_round}"
        return ir.Apply(operator, (base, duration), types.DATE, span)

    def extreme(self, node: syntax.Extreme, env: Env) -> ir.Node:
        """The larger or smaller of two."""
        left, right = self.expression(node.left, env), self.expression(node.right, env)
        return ir.Apply(node.which, (left, right), self.same(left, right, "cannot compare"), node.span)

    def lookup(self, node: syntax.Lookup, env: Env) -> ir.Node:
        """An answer of a table."""
        name = "_".join(word.text for word in node.table.words)
        table = self.declared.tables.get(name)
        if table is None and ("table", name) in self.declared.spans:
            raise Unresolved  # its own reading says why
        if table is None:
            self.findings.unknown(
                kinds.UNKNOWN_NAME, "table", name, node.table.span, self.declared.tables, "declare it with `table`"
            )
        self.use("table", name)
        if len(table.inputs) != len(node.arguments):
            self.findings.fail(
                kinds.ROW_SHAPE,
                f"the table `{name}` is given {len(table.inputs)} values, and here are {len(node.arguments)}",
                Label(node.span, "these values"),
                fixes=(Fix("give one value for each input of the table"),),
            )
        arguments = []
        for argument, wanted in zip(node.arguments, table.inputs, strict=True):
            value = self.expression(argument, env)
            if not types.comparable(value.type, wanted):
                self.mismatch(value, argument.span, wanted.described)
            arguments.append(value)
        return ir.Lookup(name, tuple(arguments), table.result, node.span)

    def rounded(self, node: syntax.Rounded, env: Env) -> ir.Node:
        """A rounding that the rule writes."""
        operand = self.numeric(node.operand, env)
        if node.direction not in _ROUNDINGS:
            self.findings.unknown(kinds.UNKNOWN_NAME, "way to round", node.direction, node.span, _ROUNDINGS)
        if node.to.value <= 0:
            self.findings.fail(
                kinds.PARAMETER_RANGE,
                "the step of a rounding is more than 0",
                Label(node.to.span, "this step"),
                fixes=(Fix("write a step such as 0.01 or 1"),),
            )
        return ir.Apply(f"rounded {node.direction}", (operand, self.number(node.to)), operand.type, node.span)

    def choice(self, node: syntax.Choice, env: Env) -> ir.Node:
        """If, then, otherwise."""
        cases = [(self.condition(when, env), self.expression(then, env)) for when, then in node.cases]
        otherwise = self.expression(node.otherwise, env)
        result = otherwise.type
        for _, then in cases:
            result = types.joined(self.same(then, otherwise, "cannot choose between"), result)
        return ir.Choose(tuple(cases), otherwise, result, node.span)

    # --- formulas ---

    def averaged(self, node: syntax.Aggregate | syntax.WeightedAverage, env: Env) -> ir.Node:
        """A formula over rows, or over values with weights."""
        if isinstance(node, syntax.WeightedAverage):
            return self.weighted_average(node, env)
        return self.aggregate(node, env)

    def aggregate(self, node: syntax.Aggregate, env: Env) -> ir.Node:
        """A formula over what a phrase names."""
        if node.formula == "largest number":
            return self.largest_number(node, env)
        found = self.rows(node.phrase, env)
        match node.formula:
            case "number":
                return self.count(found, node.span)
            case "share":
                return self.share(node, found)
            case "longest run":
                return self.longest_run(node, found)
        value = found.value if node.value is None else self.numeric(node.value, env.with_row(found))
        if value is None:
            self.findings.fail(
                kinds.MISPLACED_PHRASE,
                f"it is not said of what the {node.formula} is taken",
                Label(node.phrase.span, f"{found.node.type.described}, with many columns"),
                fixes=(Fix(f"name a column, as in `{node.formula} of the grades of ...`"),),
            )
        if node.formula == "number of different":
            return ir.Aggregate(node.formula, found.node, found.variable, value, (), types.PLAIN, node.span)
        if node.formula in {"highest", "lowest"} and value.type == types.item("level"):
            return self.extreme_level(node, found, value)
        if node.formula in {"highest", "lowest"} and value.type.kind is Kind.DATE:
            return ir.Aggregate(node.formula, found.node, found.variable, value, (), types.DATE, node.span)
        if value.type.kind is not Kind.NUMBER and node.formula != "mode":
            self.mismatch(value, node.phrase.span, "numbers")
        self._needs_numbers(node, value.type)
        settings = self._settings(node, env)
        # how likely it is that a skill is known is a share of 1, whatever the scale of the answers
        result = types.RATIO if node.formula == "knowledge tracing" else value.type
        return ir.Aggregate(node.formula, found.node, found.variable, value, settings, result, node.span)

    def largest_number(self, node: syntax.Aggregate, env: Env) -> ir.Node:
        """How many rows at most share one school year, period or value of a column."""
        phrase, inside = without_in_one(node.phrase)
        if inside is None:
            self.findings.fail(
                kinds.MISPLACED_PHRASE,
                "it is not said in one of what the largest number is",
                Label(node.span, "the largest number in one ..."),
                fixes=(Fix("write `largest number of ... in one school year`, or `in one period`"),),
            )
        found = self.rows(phrase, env)
        row = ir.Variable(found.variable, found.row_type, inside.span)
        key = self.key_of(row, " ".join(name.text for name in inside.names), inside.span)
        return ir.Aggregate(node.formula, found.node, found.variable, key, (), types.PLAIN, node.span)

    def weighted_average(self, node: syntax.WeightedAverage, env: Env) -> ir.Node:
        """Values by their weights; what is not there is left out, and the other weights count for more."""
        values = [self.numeric(value, env) for value, _ in node.parts]
        for value in values[1:]:
            self.same(value, values[0], "cannot average")
        total: ir.Node | None = None
        weights: ir.Node | None = None
        for value, (_, share) in zip(values, node.parts, strict=True):
            weight = self.number(share)
            is_there = ir.Apply("known", (value,), types.TRUTH, share.span)
            product = ir.Apply("*", (value, weight), value.type, share.span)
            nothing = ir.Constant(Fraction(0), value.type, share.span)
            part = ir.Choose(((is_there, product),), nothing, value.type, share.span)
            counted = ir.Choose(((is_there, weight),), ir.Constant(Fraction(0), types.SHARE), types.SHARE, share.span)
            total = part if total is None else ir.Apply("+", (total, part), value.type, node.span)
            weights = counted if weights is None else ir.Apply("+", (weights, counted), types.SHARE, node.span)
        assert total is not None
        assert weights is not None
        return ir.Apply("/", (total, weights), values[0].type, node.span)

    def _needs_numbers(self, node: syntax.Aggregate, found: Type) -> None:
        scale = self.declared.scales.get(found.of.removeprefix("score:"))
        order_alone = {"highest", "lowest", "mode"}  # of an even number of scores, the median is between two
        if scale is not None and not scale.has_numbers and node.formula not in order_alone:
            self.findings.fail(
                kinds.NEEDS_NUMBERS,
                f"the {node.formula} needs numbers, and the levels of `{scale.name}` have none",
                Label(node.span, "here"),
                Label(self.declared.spans["scale", scale.name], "this scale"),
                fixes=(Fix("give each level a number, as in `Proficient = 3`, or use mode, highest or lowest"),),
            )

    def _settings(self, node: syntax.Aggregate, env: Env) -> tuple[tuple[str, ir.Node], ...]:
        settings = [(setting.name, self.expression(setting.value, env)) for setting in node.settings]
        if node.ties:
            settings.append(("ties", ir.Constant(node.ties, types.TEXT, node.span)))
        constants = {name: value.value for name, value in settings if isinstance(value, ir.Constant)}
        formula = FORMULAS.get(node.formula)
        faults = check_settings(node.formula, constants) if formula is not None else ()
        for fault in faults:
            self.findings.fail(
                kinds.PARAMETER_RANGE,
                fault,
                Label(node.span, "this formula"),
                fixes=(Fix("give the setting a value in its range"),),
            )
        return tuple(settings)

    def count(self, found: Rows, span: Span) -> ir.Node:
        """How many rows or items there are."""
        return ir.Aggregate("number", found.node, found.variable, None, (), types.PLAIN, span)

    def share(self, node: syntax.Aggregate, found: Rows) -> ir.Node:
        """The part of rows that meets the phrase's own `that` condition."""
        if not isinstance(found.node, ir.Where):
            self.findings.fail(
                kinds.MISPLACED_PHRASE,
                "it is not said which part is meant",
                Label(node.phrase.span, "all of these"),
                fixes=(Fix("add `that are ...`, as in `share of the scores that are at least Proficient`"),),
            )
        part = self.count(found, node.span)
        whole = ir.Aggregate("number", found.node.rows, found.variable, None, (), types.PLAIN, node.span)
        return ir.Apply("/", (part, whole), types.RATIO, node.span)

    def longest_run(self, node: syntax.Aggregate, found: Rows) -> ir.Node:
        """Most rows one after another that meet the phrase's own `that` condition."""
        if not isinstance(found.node, ir.Where):
            self.findings.fail(
                kinds.MISPLACED_PHRASE,
                "it is not said which scores make a run",
                Label(node.phrase.span, "all of these"),
                fixes=(Fix("add `that are ...`, as in `longest run of scores that are at least Proficient`"),),
            )
        inner = found.node
        return ir.Aggregate("longest run", inner.rows, inner.variable, inner.condition, (), types.PLAIN, node.span)

    def extreme_level(self, node: syntax.Aggregate, found: Rows, value: ir.Node) -> ir.Node:
        """The highest or lowest level, by its rank on the continuum."""
        rank: ir.Node = ir.Field(value, "rank", types.PLAIN, node.span)
        if node.formula == "lowest":
            rank = ir.Apply("negative", (rank,), types.PLAIN, node.span)
        one = ir.Constant(Fraction(1), types.PLAIN, node.span)
        window = ir.Window(
            found.node, "best", found.variable, rank, one, up_to=False, type=found.node.type, span=node.span
        )
        return ir.Aggregate("the", window, found.variable, value, (), value.type, node.span)

    # --- conditions ---

    def condition(self, node: syntax.Expression, env: Env) -> ir.Node:
        """The node for something that is so or not."""
        match node:
            case syntax.Junction():
                parts = tuple(self.condition(part, env) for part in node.parts)
                return ir.Apply(node.operator, parts, types.TRUTH, node.span)
            case syntax.Not():
                return ir.Apply("not", (self.condition(node.operand, env),), types.TRUTH, node.span)
            case syntax.Comparison():
                return self.comparison(node, env)
            case syntax.Has():
                return self.has(node, env)
            case syntax.Includes():
                return self.includes(node, env)
            case syntax.Quantified():
                return self.quantified(node, env)
            case syntax.Approved():
                return read_approval(node, self, env)
            case syntax.Drawn():
                self.findings.fail(
                    kinds.MISPLACED_PHRASE,
                    "what draws on a pool is a requirement of a diploma, by itself or beside `or`",
                    Label(node.span, "this draws on what counts"),
                    fixes=(Fix(_counted_otherwise(node)),),
                )
            case _:
                value = self.expression(node, env)
                if value.type != types.TRUTH:
                    self.findings.fail(
                        kinds.TYPE_MISMATCH,
                        f"here a condition is needed, and this is {value.type.described}",
                        Label(node.span, value.type.described),
                        fixes=(Fix("say what must hold, as in `... is at least 3`"),),
                    )
                return value

    def comparison(self, node: syntax.Comparison, env: Env) -> ir.Node:
        """`X is ...`."""
        if isinstance(node.left, syntax.Phrase | syntax.Pronoun | syntax.CodePhrase | syntax.RuleValue):
            found = self.phrase(node.left, env)
            if isinstance(found, Rows) and found.single and found.value is None:
                condition = self.predicate(ir.Variable(found.variable, found.row_type), node.predicate, env, node.span)
                return ir.Aggregate("the", found.node, found.variable, condition, (), types.TRUTH, node.span)
            left = self.one(found, node.left.span)
        else:
            left = self.expression(node.left, env)
        return self.predicate(left, node.predicate, env, node.span)

    def predicate(self, left: ir.Node, predicate: syntax.Predicate, env: Env, span: Span) -> ir.Node:
        """What is said of a value."""
        match predicate:
            case syntax.Cut():
                return self.cut(left, predicate.comparator, self.expression_like(predicate.operand, left, env), span)
            case syntax.Between():
                low = self._compared(left, "at least", self.expression_like(predicate.low, left, env), span)
                high = self._compared(left, "at most", self.expression_like(predicate.high, left, env), span)
                return ir.Apply("and", (low, high), types.TRUTH, span)
            case syntax.OneOf():
                values = tuple(self._choice(left, value, env) for value in predicate.values)
                return ir.Apply("one of", (left, *values), types.TRUTH, span)
            case syntax.IsMissing():
                known: ir.Node = ir.Apply("known", (left,), types.TRUTH, span)
                return known if predicate.negated else ir.Apply("not", (known,), types.TRUTH, span)
            case syntax.InProgram():
                return self.in_program(predicate.program, span)
            case syntax.InPopulation():
                return self.population(predicate.population)
            case syntax.State():
                result = self.state(left, predicate, env, span)
                return ir.Apply("not", (result,), types.TRUTH, span) if predicate.negated else result
            case _:
                assert_never(predicate)

    def _choice(self, left: ir.Node, value: syntax.Name | syntax.Expression, env: Env) -> ir.Node:
        """One of several values: a word of the left side, or a literal of its type."""
        if isinstance(value, syntax.Name):
            return self.scale_level(value, left.type) or self.word_value(left, value)
        right = self.expression_like(value, left, env)
        return self.cut(left, "exactly", right, value.span).arguments[1]

    def expression_like(self, node: syntax.Expression, left: ir.Node, env: Env) -> ir.Node:
        """The right side of a comparison: a bare word may be a level of the left side's scale or a word of its list."""
        if isinstance(node, syntax.Phrase) and len(node.words) == 1 and not (node.window or node.modifiers or node.of):
            level = self.scale_level(node.words[0], left.type)
            if level is not None:
                return level
            if left.type.kind is Kind.TEXT and left.type.of:
                return self.word_value(left, node.words[0])
        if left.type.kind is Kind.ITEM and isinstance(node, syntax.TextLiteral | syntax.NumberLiteral):
            text = node.value if isinstance(node, syntax.TextLiteral) else str(node.value)
            return self.item_constant(syntax.Name(node.span, text), left.type.of)
        return self.expression(node, env)

    def cut(self, left: ir.Node, comparator: str, right: ir.Node, span: Span) -> ir.Apply:
        """A comparison of two values, which can come out either way."""
        compared = self._compared(left, comparator, right, span)
        self._possible(left, compared.operator, right, span)
        self._percent(left, right)
        return compared

    def _compared(self, left: ir.Node, comparator: str, right: ir.Node, span: Span) -> ir.Apply:
        operator = _DATE_WORDS.get(comparator, comparator)
        if comparator in _DATE_WORDS and Kind.DATE not in {left.type.kind, right.type.kind}:
            self.mismatch(left, _span(left), "a date")
        self.same(left, right, "cannot compare")
        if left.type.kind is Kind.ITEM and left.type.of == "level" and operator not in {"exactly", "not exactly"}:
            left, right = (ir.Field(side, "rank", types.PLAIN, _span(side)) for side in (left, right))
        elif left.type.kind not in {Kind.NUMBER, Kind.DATE} and operator not in {"exactly", "not exactly"}:
            self.mismatch(left, _span(left), "a number or a date")
        return ir.Apply(operator, (left, right), types.TRUTH, span)

    def _percent(self, left: ir.Node, right: ir.Node) -> None:
        """Warns of a ratio beside a number such as 90, which was to be 90 percent."""
        for one, other in ((left, right), (right, left)):
            is_large = isinstance(other, ir.Constant) and isinstance(other.value, Fraction) and other.value > 1
            if _is_part_of_a_whole(one) and is_large and other.type == types.PLAIN:
                self.findings.add(
                    kinds.RATIO_BESIDE_NUMBER,
                    "a ratio is compared with a number above 1",
                    Label(_span(other), "is this a percentage?"),
                    Label(_span(one), "a ratio: a half is 0.5, or 50%"),
                    fixes=(
                        Fix(
                            f"write `{_span(other).text}%`",
                            (Edit(_span(other), f"{_span(other).text}%"),),
                            Confidence.CHANGES_MEANING,
                        ),
                    ),
                )

    def _possible(self, left: ir.Node, operator: str, right: ir.Node, span: Span) -> None:
        """Warns of a comparison of scores with a number outside of their scale."""
        scale = self.declared.scales.get(left.type.of.removeprefix("score:"))
        if scale is None or scale.lowest is None or scale.highest is None or not isinstance(right, ir.Constant):
            return
        always = OPERATORS[operator].meaning(Interval(scale.lowest, scale.highest), right.value)
        if always is not None and isinstance(left, ir.Aggregate | ir.Field) and not _leaves_the_scale(left):
            self.findings.add(
                kinds.NEVER_TRUE,
                f"this {'always' if always else 'never'} holds: scores on `{scale.name}` go from "
                f"{as_decimal_text(scale.lowest)} to {as_decimal_text(scale.highest)}",
                Label(span, "this comparison"),
                Label(self.declared.spans["scale", scale.name], "the scale"),
                fixes=(Fix("compare with a number of the scale"),),
                always=always,
            )

    def has(self, node: syntax.Has, env: Env) -> ir.Node:
        """The learner has at least one of the rows."""
        subject = self.expression(node.subject, env)
        if subject.type != types.item("learner"):
            self.mismatch(subject, node.subject.span, "the learner")
        found = self.rows(node.phrase, env)
        one = ir.Constant(Fraction(1), types.PLAIN, node.phrase.span)
        number = self.count(found, node.phrase.span)
        operator = "less than" if node.negated else "at least"
        return ir.Apply(operator, (number, one), types.TRUTH, node.span)

    def includes(self, node: syntax.Includes, env: Env) -> ir.Node:
        """All the named words are among the values of the rows."""
        if not isinstance(node.subject, syntax.Phrase):
            self.findings.fail(
                kinds.MISPLACED_PHRASE,
                "only rows can include something",
                Label(node.subject.span, "this is one value"),
                fixes=(Fix("name rows, as in `roles of raters by exhibition include ...`"),),
            )
        found = self.rows(node.subject, env)
        if found.value is None:
            self.mismatch(found.node, node.subject.span, "a column of rows")
            raise AssertionError
        names = tuple(self.word_value(found.value, name) for name in node.names)
        settings = tuple((f"name {index}", value) for index, value in enumerate(names, start=1))
        return ir.Aggregate("includes", found.node, found.variable, found.value, settings, types.TRUTH, node.span)

    def quantified(self, node: syntax.Quantified, env: Env) -> ir.Node:
        """So many of them are so."""
        found = self.rows(node.phrase, env)
        subject = found.value or ir.Variable(found.variable, found.row_type, node.phrase.span)
        inner = env.with_row(found)
        condition = self.predicate(subject, node.predicate, inner, node.predicate.span)
        amount = self.expression(node.amount, env) if node.amount is not None else None
        if amount is not None and amount.type.kind is Kind.NUMBER and amount.type.of not in {"", "%", "ratio"}:
            self.mismatch(amount, _span(amount), "a number or a percentage")
        quantifier = node.quantifier
        if quantifier == "all" and relation_of(found.node) in ORDER_RELATIONS:
            quantifier = "all before"  # nothing before it stands in the way
        return ir.Quantify(quantifier, amount, found.node, found.variable, condition, types.TRUTH, node.span)

    # --- learners ---

    def selector(self, node: syntax.Selector, env: Env) -> ir.Node:
        """The condition that a learner meets who belongs to a selection."""
        match node:
            case syntax.SelectProgram():
                return self.in_program(node.program, node.span)
            case syntax.SelectPopulation():
                return self.population(node.population)
            case syntax.SelectWho():
                words = " ".join(word.text for word in node.words)
                if words not in WHO:
                    self.findings.unknown(kinds.UNKNOWN_PHRASE, "way to choose learners", words, node.span, WHO)
                column = WHO[words]
                entered = ir.Field(self.learner(node.span), column, types.DATE, node.span)
                return self.cut(
                    entered, node.predicate.comparator, self.expression(node.predicate.operand, env), node.span
                )
            case syntax.SelectWhose():
                return self.predicate(self.expression(node.operand, env), node.predicate, env, node.span)
            case syntax.SelectWhere():
                return self.condition(node.condition, env)
            case _:
                assert_never(node)

    def population(self, name: syntax.Name) -> ir.Node:
        """The condition of a declared population."""
        declared = self.declared.populations.get(name.text)
        if declared is None:
            self.findings.unknown(
                kinds.UNKNOWN_NAME,
                "population",
                name.text,
                name.span,
                self.declared.populations,
                f"declare it with `population {name.text} ... end`",
            )
        if name.text in self.open_populations:
            self.findings.fail(
                kinds.RULE_CYCLE,
                f"the population `{name.text}` is declared by itself",
                Label(name.span, "named here again"),
                fixes=(Fix("say who belongs to it without naming it"),),
            )
        self.use("population", name.text)
        self.open_populations.append(name.text)
        try:
            return self.selector(declared.selector, Env({}, None))
        finally:
            self.open_populations.pop()

    def state(self, left: ir.Node, predicate: syntax.State, env: Env, span: Span) -> ir.Node:
        """`is mastered`, `is failed`, `is "P"`: a conclusion, an adjective of a row, or a value."""
        words = " ".join(word.text for word in predicate.words)
        if left.type.kind is Kind.ITEM and words in STATES:
            return self.conclusion(STATES[words], left, env, span)
        if left.type.kind is Kind.TRUTH and words in STATES:
            return left
        if left.type.kind is Kind.ROW:
            return self.adjective(left, predicate.words, span)
        if left.type.kind is Kind.ITEM and left.type.of != "learner" and len(predicate.words) == 1:
            return self.cut(left, "exactly", self.item_constant(predicate.words[0], left.type.of), span)
        if left.type.kind in {Kind.TEXT, Kind.NUMBER}:
            level = self.scale_level(predicate.words[0], left.type) if left.type.kind is Kind.NUMBER else None
            value = level or self.word_value(left, syntax.Name(predicate.span, words))
            return self.cut(left, "exactly", value, span)
        known = sorted(STATES) if left.type.kind is Kind.ITEM else []
        self.findings.unknown(kinds.UNKNOWN_PHRASE, f"state of {left.type.described}", words, predicate.span, known)


def _counted_otherwise(node: syntax.Drawn) -> str:
    """How the same is counted where nothing is used up."""
    from_what = node.phrase.span.text
    compared = f"is {node.quantifier} {node.amount.span.text}"
    if node.counted.startswith("credit"):
        return f"write `sum of credits of {from_what} {compared}`; in a diploma, several courses are listed \
with `from courses that are one of A or B`"
    return f"write `number of {node.counted} from {from_what} {compared}`"


def without_in_one(phrase: syntax.PhraseLike) -> tuple[syntax.PhraseLike, syntax.Modifier | None]:
    """A phrase without its `in one ...`, wherever in it that stands; and that modifier."""
    if not isinstance(phrase, syntax.Phrase):
        modifiers = getattr(phrase, "modifiers", ())
        found = next((one for one in modifiers if one.kind == "in one"), None)
        if found is None:
            return phrase, None
        return replace(phrase, modifiers=tuple(one for one in modifiers if one is not found)), found  # type: ignore[arg-type]
    found = next((one for one in phrase.modifiers if one.kind == "in one"), None)
    if found is not None:
        return replace(phrase, modifiers=tuple(one for one in phrase.modifiers if one is not found)), found
    if phrase.of is None:
        return phrase, None
    inner, found = without_in_one(phrase.of)
    return replace(phrase, of=inner), found


def relation_of(node: ir.Node) -> str:
    """The relation from which items come, through any conditions on them; empty for others."""
    while isinstance(node, ir.Where):
        node = node.rows
    return node.relation if isinstance(node, ir.Items) else ""


def _is_part_of_a_whole(node: ir.Node) -> bool:
    """A quotient of two things that are worked out; how often a fixed amount goes into something may be any number."""
    if not isinstance(node, ir.Apply) or node.operator != "/" or node.type != types.RATIO:
        return False
    return not isinstance(node.arguments[1], ir.Constant)


def _leaves_the_scale(node: ir.Node) -> bool:
    """Formulas whose result may lie outside of the scale of their scores."""
    return isinstance(node, ir.Aggregate) and node.formula in {"sum", "power law"}


def _is_score(of: str) -> bool:
    return of.startswith("score")


def _span(node: ir.Node) -> Span:
    assert node.span is not None, node
    return node.span


def _remedy(left: Type, right: Type) -> str:
    units = {left.of, right.of}
    if "%" in units:
        return "write a percentage against a ratio (a / b), and a plain number against a score or grade"
    if units & {"day", "month", "school year", "school day"}:
        return "write both in days, both in months, or both in school years: they do not mix"
    return "compare things that are counted alike"
