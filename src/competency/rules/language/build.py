"""Grammar productions to syntax records, called by the parser bottom-up. Knows shapes only; no names are resolved."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from lark import Token, Transformer

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.syntax import Name
from competency.source import SourceText, Span

Children = list[Any]
T = TypeVar("T")

OF_CHAIN_MAX = 20  # `a of b of c ...`: nobody can read a longer one aloud

_UNITS = {
    "credit": "credit",
    "point": "point",
    "dollar": "dollar",
    "day": "day",
    "school day": "school day",
    "month": "month",
    "school year": "school year",
    "year": "year",
    "minute": "minute",
    "hour": "hour",
    "week": "week",
}


class Build(Transformer[Token, Any]):
    """Builds syntax; `begin` says for which text. One instance serves every thread."""

    def __init__(self) -> None:
        super().__init__()
        self._state = threading.local()

    def begin(self, source: SourceText, offset: int) -> list[Diagnostic]:
        """Starts a text whose tokens are `offset` code points into the source; returns the list of findings."""
        self._state.source = source
        self._state.offset = offset
        self._state.diagnostics = []
        found: list[Diagnostic] = self._state.diagnostics
        return found

    # --- places and words ---

    def _token_span(self, token: Token) -> Span:
        start = self._state.offset + token.start_pos
        return Span(self._state.source, start, start + len(token))

    def _span(self, children: Children) -> Span:
        first, last = children[0], children[-1]
        offset = self._state.offset
        start = offset + first.start_pos if isinstance(first, Token) else first.span.start
        end = offset + last.start_pos + len(last) if isinstance(last, Token) else last.span.end
        return Span(self._state.source, start, end)

    def _name(self, token: Token) -> Name:
        text = str(token)
        return Name(self._token_span(token), _unquoted(text) if token.type == "STRING" else text)

    def _names(self, children: Children, *types: str) -> tuple[Name, ...]:
        return tuple(self._name(child) for child in children if isinstance(child, Token) and child.type in types)

    def _list(self, token: Token) -> tuple[Name, ...]:
        """The names in an ANY_NAMES or ALL_NAMES token."""
        start = self._state.offset + token.start_pos
        found = [match for match in re.finditer(r"[A-Za-z][A-Za-z0-9_-]*", token) if match[0] not in {"and", "or"}]
        return tuple(
            Name(Span(self._state.source, start + match.start(), start + match.end()), match[0]) for match in found
        )

    def _number(self, token: Token, unit: str = "", end: Token | None = None) -> syntax.NumberLiteral:
        span = self._span([token, end or token])
        if token.type == "PERCENT":
            return syntax.NumberLiteral(span, Fraction(token[:-1].strip()), "%")
        return syntax.NumberLiteral(span, Fraction(str(token)), unit)

    def _text(self, token: Token) -> syntax.TextLiteral:
        return syntax.TextLiteral(self._token_span(token), _unquoted(str(token)))

    def _date(self, token: Token) -> syntax.DateLiteral:
        span = self._token_span(token)
        try:
            return syntax.DateLiteral(span, date.fromisoformat(str(token)))
        except ValueError:
            self._state.diagnostics.append(
                Diagnostic(
                    kinds.IMPOSSIBLE_DATE,
                    f"{token} is not in the calendar",
                    (Label(span, "there is no such day"),),
                    notes=("Dates are written year-month-day, as in 2026-07-01.",),
                    fixes=(Fix("write a day that the month has"),),
                    data={"date": str(token)},
                )
            )
            return syntax.DateLiteral(span, date(1, 1, 1))

    # --- the text ---

    def start(self, children: Children) -> tuple[Any, ...]:
        return tuple(child for child in children if isinstance(child, syntax.Node))

    def language_line(self, children: Children) -> syntax.NumberLiteral:
        return self._number(children[1])

    # --- declarations ---

    def policy(self, children: Children) -> syntax.Policy:
        return syntax.Policy(
            self._span(children), self._name(children[1]), _unquoted(children[2]), tuple(children[3:-1])
        )

    def version(self, children: Children) -> syntax.VersionLine:
        return syntax.VersionLine(self._span(children), _unquoted(children[1]))

    def in_effect(self, children: Children) -> syntax.InEffect:
        dates = [self._date(child) for child in children if child.type == "DATE"]
        return syntax.InEffect(self._span(children), dates[0], dates[1] if len(dates) > 1 else None)

    def governs(self, children: Children) -> syntax.Governs:
        return syntax.Governs(self._span(children), children[-1])

    for_learners = governs

    def source(self, children: Children) -> syntax.SourceLine:
        return syntax.SourceLine(self._span(children), self._name(children[1]), _unquoted(children[2]))

    def ordering(self, children: Children) -> syntax.Ordering:
        names = self._names(children, "IDENT")
        return syntax.Ordering(self._span(children), names[0], names[1] if len(names) > 1 else None)

    def missing(self, children: Children) -> syntax.WhenMissing:
        return syntax.WhenMissing(self._span(children), children[-1].text)

    def month_rounding(self, children: Children) -> syntax.MonthRounding:
        return syntax.MonthRounding(self._span(children), self._name(children[1]))

    def framework(self, children: Children) -> syntax.FrameworkDeclaration:
        words = [str(child) if isinstance(child, Token) else "" for child in children]
        texts = [child for child in children if isinstance(child, Token) and child.type == "STRING"]
        from_file = "from" in words
        return syntax.FrameworkDeclaration(
            self._span(children),
            self._name(children[1]),
            "" if from_file or not texts else _unquoted(texts[0]),
            self._text(texts[0]) if from_file else None,
            next((child for child in children if isinstance(child, Name)), None),
            _of_type(children, syntax.ItemLine),
        )

    def scored(self, children: Children) -> Name:
        return self._name(children[2])

    def item_line(self, children: Children) -> syntax.ItemLine:
        parts: list[tuple[str, tuple[Name, ...]]] = []
        worth: syntax.NumberLiteral | None = None
        data: tuple[syntax.Assignment, ...] = ()
        for kind, value in children[3:]:
            if kind == "worth":
                worth = value
            elif kind == "with":
                data += value
            else:
                parts.append((kind, value))
        # the span ends at the title when nothing follows; parts carry no span of their own
        end = children[2] if len(children) == 3 else _last_node(children[-1][1])
        return syntax.ItemLine(
            self._span([children[0], end]),
            str(children[0]),
            children[1],
            _unquoted(children[2]),
            tuple(parts),
            worth,
            data,
        )

    def item_requires(self, children: Children) -> tuple[str, Any]:
        return ("requires", children[1].names)

    def item_after(self, children: Children) -> tuple[str, Any]:
        return ("after", children[1].names)

    def item_of(self, children: Children) -> tuple[str, Any]:
        return ("of", (children[1],))

    def item_worth(self, children: Children) -> tuple[str, Any]:
        return ("worth", self._number(children[1], _unit(children[2]), children[2]))

    def item_covers(self, children: Children) -> tuple[str, Any]:
        return ("covers", children[1].names)

    def item_core(self, children: Children) -> tuple[str, Any]:
        return ("core", children[1].names)

    def item_data(self, children: Children) -> tuple[str, Any]:
        return ("with", children[1].items)

    def scale(self, children: Children) -> syntax.ScaleDeclaration:
        levels = tuple(child.level for child in children if isinstance(child, _Level))
        return syntax.ScaleDeclaration(self._span(children), self._name(children[1]), levels)

    def scale_range(self, children: Children) -> syntax.ScaleDeclaration:
        return syntax.ScaleDeclaration(self._span(children), self._name(children[1]), (), (children[3], children[5]))

    def scale_level(self, children: Children) -> _Level:
        return _Level(self._span(children), (self._name(children[0]), children[2] if len(children) > 1 else None))

    def vocabulary(self, children: Children) -> syntax.Vocabulary:
        return syntax.Vocabulary(self._span(children), str(children[0]), children[1].names)

    def catalog(self, children: Children) -> syntax.CatalogDeclaration:
        return syntax.CatalogDeclaration(
            self._span(children), _of_type(children, syntax.ItemLine, syntax.Load, syntax.CatalogColumns)
        )

    def load_courses(self, children: Children) -> syntax.Load:
        return syntax.Load(self._span(children), "courses", self._text(children[-1]))

    def load_course_competencies(self, children: Children) -> syntax.Load:
        return syntax.Load(self._span(children), "competencies of courses", self._text(children[-1]))

    def load_levels(self, children: Children) -> syntax.Load:
        return syntax.Load(self._span(children), "levels", self._text(children[-1]))

    def load_level_competencies(self, children: Children) -> syntax.Load:
        return syntax.Load(self._span(children), "competencies of levels", self._text(children[-1]))

    def columns(self, children: Children) -> syntax.CatalogColumns:
        return syntax.CatalogColumns(self._span(children), _of_type(children, syntax.ColumnName))

    def column_name(self, children: Children) -> syntax.ColumnName:
        return syntax.ColumnName(self._span(children), self._name(children[0]), self._name(children[1]))

    def continuum(self, children: Children) -> syntax.Continuum:
        title = _unquoted(children[2]) if isinstance(children[2], Token) and children[2].type == "STRING" else ""
        lines = _of_type(children, syntax.ItemLine, syntax.Load)
        return syntax.Continuum(self._span(children), children[1], title, lines)

    def calendar(self, children: Children) -> syntax.Calendar:
        title = _unquoted(children[1]) if isinstance(children[1], Token) and children[1].type == "STRING" else ""
        settings: dict[str, Any] = dict(child for child in children if isinstance(child, tuple))
        return syntax.Calendar(self._span(children), title, settings.get("time zone"), settings.get("school year"))

    def time_zone(self, children: Children) -> tuple[str, Any]:
        return ("time zone", self._text(children[2]))

    def school_year(self, children: Children) -> tuple[str, Any]:
        return ("school year", (self._name(children[3]), self._number(children[4])))

    def parameter(self, children: Children) -> syntax.Parameter:
        return syntax.Parameter(
            self._span(children), self._name(children[1]), _unquoted(children[2]), tuple(children[3:-1])
        )

    def parameter_value(self, children: Children) -> syntax.ParameterValue:
        begins, ends = children[2].items if len(children) > 2 else (None, None)
        return syntax.ParameterValue(self._span(children), children[1], begins, ends)

    def period(self, children: Children) -> _Items:
        words = [str(child) for child in children]
        begins = self._date(children[1]) if words[0] == "from" else None
        ends = self._date(children[-1]) if "until" in words else None
        return _Items(self._span(children), (begins, ends))

    def bound(self, children: Children) -> syntax.Bound:
        return syntax.Bound(self._span(children), children[0].text, children[1], _unquoted(children[3]))

    def table(self, children: Children) -> syntax.Table:
        given: tuple[syntax.ColumnName, ...] = ()
        gives: Name | None = None
        path: syntax.TextLiteral | None = None
        for child in children:
            if isinstance(child, _Items):
                given += child.items
            elif isinstance(child, Name):
                gives = child
            elif isinstance(child, syntax.TextLiteral):
                path = child
        return syntax.Table(
            self._span(children),
            self._name(children[1]),
            _unquoted(children[2]),
            given,
            gives,
            _of_type(children, syntax.TableRow),
            path,
            _of_type(children, syntax.Cites),
        )

    def table_given(self, children: Children) -> _Items:
        return _Items(self._span(children), _of_type(children, syntax.ColumnName))

    def table_gives(self, children: Children) -> Name:
        return self._name(children[1])

    def table_load(self, children: Children) -> syntax.TextLiteral:
        return self._text(children[2])

    def table_row(self, children: Children) -> syntax.TableRow:
        return syntax.TableRow(self._span(children), _of_type(children, syntax.Cell), children[-1])

    def cell_any(self, children: Children) -> syntax.Cell:
        return syntax.Cell(self._span(children), ())

    def cell_value(self, children: Children) -> syntax.Cell:
        span = self._span(children)
        return syntax.Cell(span, (syntax.Cut(span, "exactly", children[0]),))

    def cell_bounds(self, children: Children) -> syntax.Cell:
        return syntax.Cell(self._span(children), _of_type(children, syntax.Cut))

    def bounds(self, children: Children) -> syntax.Cut:
        return syntax.Cut(self._span(children), children[0].text, children[1])

    def population(self, children: Children) -> syntax.Population:
        return syntax.Population(self._span(children), self._name(children[1]), _unquoted(children[2]), children[4])

    def fact_type(self, children: Children) -> syntax.FactDeclaration:
        return syntax.FactDeclaration(
            self._span(children),
            self._name(children[1]),
            self._name(children[4]),
            _unquoted(children[5]),
            _of_type(children, syntax.FactColumn),
        )

    def fact_column(self, children: Children) -> syntax.FactColumn:
        words = list(children[3:])
        text = next((_unquoted(child) for child in words if child.type == "STRING"), "")
        return syntax.FactColumn(
            self._span(children),
            self._name(children[1]),
            self._name(children[2]),
            any(child == "required" for child in words),
            text,
        )

    # --- rules ---

    def rule(self, children: Children) -> syntax.Rule:
        titled = isinstance(children[2], Token) and children[2].type == "STRING"
        return syntax.Rule(
            self._span(children),
            self._span(children[:3] if titled else children[:2]),
            str(children[0]),
            self._name(children[1]),
            _unquoted(children[2]) if titled else "",
            tuple(children[3 if titled else 2 : -1]),
        )

    def scope(self, children: Children) -> syntax.Scope:
        return syntax.Scope(self._span(children), self._name(children[2]), children[4])

    def for_named(self, children: Children) -> syntax.NamedItems:
        return syntax.NamedItems(self._span(children), self._name(children[1]), children[2].names)

    def along(self, children: Children) -> syntax.Along:
        return syntax.Along(self._span(children), children[2])

    def cites(self, children: Children) -> syntax.Cites:
        part, number = (str(children[2]), _unquoted(children[3])) if len(children) > 2 else ("", "")
        return syntax.Cites(self._span(children), self._name(children[1]), part, number)

    def let(self, children: Children) -> syntax.LetLine:
        return syntax.LetLine(self._span(children), self._name(children[1]), children[3])

    def requirement(self, children: Children) -> syntax.Requirement:
        return syntax.Requirement(self._span(children), self._name(children[1]), children[3])

    def reach(self, children: Children) -> syntax.Reach:
        return syntax.Reach(self._span(children), self._name(children[2]))

    def exception(self, children: Children) -> syntax.ExceptionBlock:
        before = next((child.names for child in children if isinstance(child, _Names)), ())
        at = next(index for index, child in enumerate(children) if child == "learners")
        return syntax.ExceptionBlock(
            self._span(children), self._name(children[1]), before, children[at + 1], tuple(children[at + 2 : -1])
        )

    def waive(self, children: Children) -> syntax.WaiveLine:
        return syntax.WaiveLine(self._span(children), self._name(children[1]))

    def worth(self, children: Children) -> syntax.Worth:
        return syntax.Worth(self._span(children), children[1])

    def value_line(self, children: Children) -> syntax.ValueLine:
        return syntax.ValueLine(self._span(children), children[1])

    amount_line = value_line

    def assign(self, children: Children) -> syntax.Assign:
        return syntax.Assign(self._span(children), children[1])

    def transcript(self, children: Children) -> syntax.TranscriptMark:
        in_gpa = children[4].text != "not" if len(children) > 3 else None
        return syntax.TranscriptMark(self._span(children), _unquoted(children[2]), in_gpa)

    def gpa(self, children: Children) -> Name:
        return Name(self._span(children), str(children[0]))

    def carnegie(self, children: Children) -> syntax.CarnegieUnits:
        return syntax.CarnegieUnits(self._span(children), children[2])

    def limit(self, children: Children) -> syntax.Limit:
        period = next((child.text for child in children[4:] if isinstance(child, Name)), "")
        return syntax.Limit(self._span(children), children[1].names, children[3], period, str(children[-1]))

    def limited(self, children: Children) -> _Names:
        return _Names(self._span(children), self._names(children, "IDENT"))

    def per_school_year(self, children: Children) -> Name:
        return Name(self._span(children), "per school year")

    def in_all(self, children: Children) -> Name:
        return Name(self._span(children), "in all")

    def idents(self, children: Children) -> _Names:
        return _Names(self._span(children), self._names(children, "IDENT"))

    def codes(self, children: Children) -> _Names:
        return _Names(self._span(children), _of_type(children, Name))

    def code(self, children: Children) -> Name:
        return self._name(children[0])

    def in_program(self, children: Children) -> syntax.SelectProgram:
        return syntax.SelectProgram(self._span(children), children[2])

    def in_population(self, children: Children) -> syntax.SelectPopulation:
        return syntax.SelectPopulation(self._span(children), self._name(children[1]))

    def who(self, children: Children) -> syntax.SelectWho:
        words = self._names(children[1:], "WORD", "FIRST")
        span = self._span(children[-2:])
        return syntax.SelectWho(self._span(children), words, syntax.Cut(span, children[-2].text, children[-1]))

    def whose(self, children: Children) -> syntax.SelectWhose:
        return syntax.SelectWhose(self._span(children), children[1], children[3])

    def where_selector(self, children: Children) -> syntax.SelectWhere:
        return syntax.SelectWhere(self._span(children), children[1])

    # --- values and conditions ---

    def pool(self, children: Children) -> syntax.Pool:
        return syntax.Pool(self._span(children), self._name(children[2]), children[4], children[6])

    def choice(self, children: Children) -> syntax.Choice:
        case = (children[1], children[3])
        otherwise = children[5]
        if isinstance(otherwise, syntax.Choice):  # a chain of otherwise-if stands in one row
            return syntax.Choice(self._span(children), (case, *otherwise.cases), otherwise.otherwise)
        return syntax.Choice(self._span(children), (case,), otherwise)

    def _junction(self, children: Children, operator: str) -> syntax.Junction:
        left, right = children[0], children[2]
        parts = left.parts if isinstance(left, syntax.Junction) and left.operator == operator else (left,)
        return syntax.Junction(self._span(children), operator, (*parts, right))

    def either(self, children: Children) -> syntax.Junction:
        return self._junction(children, "or")

    def both(self, children: Children) -> syntax.Junction:
        return self._junction(children, "and")

    def negated(self, children: Children) -> syntax.Not:
        return syntax.Not(self._span(children), children[1])

    def compared(self, children: Children) -> syntax.Comparison:
        return syntax.Comparison(self._span(children), children[0], children[2])

    def has(self, children: Children) -> syntax.Has:
        return syntax.Has(self._span(children), children[0], children[-1])

    def has_no(self, children: Children) -> syntax.Has:
        return syntax.Has(self._span(children), children[0], children[-1], negated=True)

    def includes(self, children: Children) -> syntax.Includes:
        return syntax.Includes(self._span(children), children[0], self._list(children[2]))

    def quantified(self, children: Children) -> syntax.Quantified:
        quantifier, amount = children[0].items
        return syntax.Quantified(self._span(children), quantifier, amount, children[1], children[3])

    def all_of(self, children: Children) -> _Items:
        return _Items(self._span(children), ("all", None))

    def any_of(self, children: Children) -> _Items:
        return _Items(self._span(children), ("any", None))

    def none_of(self, children: Children) -> _Items:
        return _Items(self._span(children), ("none", None))

    def how_many(self, children: Children) -> _Items:
        return _Items(self._span(children), (children[0].text, children[1]))

    def amount(self, children: Children) -> syntax.Expression:
        if isinstance(children[0], Token) and children[0].type in {"NUMBER", "PERCENT"}:
            return self._number(children[0])
        result: syntax.Expression = children[1]
        return result

    def cut(self, children: Children) -> syntax.Cut:
        return syntax.Cut(self._span(children), children[0].text, children[1])

    def range(self, children: Children) -> syntax.Between:
        return syntax.Between(self._span(children), children[1], children[3])

    def one_of(self, children: Children) -> syntax.OneOf:
        return syntax.OneOf(self._span(children), self._list(children[2]))

    def is_missing(self, children: Children) -> syntax.IsMissing:
        return syntax.IsMissing(self._span(children))

    def is_not_missing(self, children: Children) -> syntax.IsMissing:
        return syntax.IsMissing(self._span(children), negated=True)

    def is_in_program(self, children: Children) -> syntax.InProgram:
        return syntax.InProgram(self._span(children), children[2])

    def is_in_population(self, children: Children) -> syntax.InPopulation:
        return syntax.InPopulation(self._span(children), self._name(children[1]))

    def state(self, children: Children) -> syntax.State | _Names:
        if isinstance(children[-1], _Names):
            return syntax.State(self._span(children), children[-1].names, negated=len(children) > 1)
        return _Names(self._span(children), self._names(children, "WORD", "STRING", "CODE"))

    def _words(self, children: Children) -> Name:
        return Name(self._span(children), " ".join(str(child) for child in children))

    at_least = at_most = more_than = less_than = exactly = not_exactly = _words
    before = after = on = on_or_after = on_or_before = _words
    met = not_met = not_yet_known = not_applicable = waived = _words
    be = article = _words

    def rounded(self, children: Children) -> syntax.Rounded:
        direction = " ".join(str(child) for child in children[2:-2])
        return syntax.Rounded(self._span(children), children[0], direction, self._number(children[-1]))

    def _chain(self, children: Children, operators: str) -> syntax.Chain:
        left, operator, right = children
        word = "-" if operator.type == "MINUS" else str(operator)
        if isinstance(left, syntax.Chain) and left.rest[0][0] in operators and left.span.start == left.first.span.start:
            return syntax.Chain(self._span(children), left.first, (*left.rest, (word, right)))
        return syntax.Chain(self._span(children), left, ((word, right),))

    def add(self, children: Children) -> syntax.Chain:
        return self._chain(children, "+-")

    subtract = add

    def multiply(self, children: Children) -> syntax.Chain:
        return self._chain(children, "*/")

    divide = multiply

    def negative(self, children: Children) -> syntax.Expression:
        inner = children[1]
        if isinstance(inner, syntax.Negative):
            return inner.operand
        return syntax.Negative(self._span(children), inner)

    def later(self, children: Children) -> syntax.Shifted:
        duration = self._number(children[0], _unit(children[1]), children[1])
        return syntax.Shifted(self._span(children), duration, str(children[2]), children[3])

    earlier = later

    def group(self, children: Children) -> syntax.Expression:
        result: syntax.Expression = children[1]
        return result

    def lookup(self, children: Children) -> syntax.Lookup:
        return syntax.Lookup(self._span(children), children[0], tuple(children[2:-1:2]))

    def larger(self, children: Children) -> syntax.Extreme:
        return syntax.Extreme(self._span(children), "larger", children[-3], children[-1])

    def smaller(self, children: Children) -> syntax.Extreme:
        return syntax.Extreme(self._span(children), "smaller", children[-3], children[-1])

    def number(self, children: Children) -> syntax.NumberLiteral:
        return self._number(children[0])

    def negative_number(self, children: Children) -> syntax.NumberLiteral:
        return syntax.NumberLiteral(self._span(children), -Fraction(str(children[1])))

    def quantity(self, children: Children) -> syntax.NumberLiteral:
        return self._number(children[0], _unit(children[1]), children[1])

    def percent(self, children: Children) -> syntax.NumberLiteral:
        return self._number(children[0])

    def date(self, children: Children) -> syntax.DateLiteral:
        return self._date(children[0])

    def text(self, children: Children) -> syntax.TextLiteral:
        return self._text(children[0])

    # --- formulas and phrases ---

    def _aggregate(
        self, children: Children, formula: str, settings: tuple[syntax.Setting, ...] = (), ties: str = ""
    ) -> syntax.Aggregate:
        return syntax.Aggregate(self._span(children), formula, children[-1], settings, ties)

    def the_aggregate(self, children: Children) -> syntax.Aggregate:
        result: syntax.Aggregate = children[1]
        return result

    def plain_formula(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, str(children[0]))

    def mode(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "mode", ties=str(children[3]))

    def _at_percent(self, children: Children, formula: str) -> syntax.Aggregate:
        token = next(child for child in children if isinstance(child, Token) and child.type == "PERCENT")
        setting = syntax.Setting(self._token_span(token), "at", self._number(token))
        return self._aggregate(children, formula, (setting,))

    def weighted_recent(self, children: Children) -> syntax.Aggregate:
        return self._at_percent(children, "weighted recent average")

    def decaying(self, children: Children) -> syntax.Aggregate:
        return self._at_percent(children, "decaying average")

    def n_mastery(self, children: Children) -> syntax.Aggregate:
        count = self._number(children[2])
        settings = (syntax.Setting(count.span, "n", count), syntax.Setting(children[4].span, "at", children[4]))
        return self._aggregate(children, "n mastery", settings)

    def power_law(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "power law")

    def knowledge_tracing(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "knowledge tracing", children[3].items)

    def settings(self, children: Children) -> _Items:
        return _Items(self._span(children), _of_type(children, syntax.Setting))

    def setting(self, children: Children) -> syntax.Setting:
        return syntax.Setting(self._span(children), str(children[0]), self._number(children[1]))

    def number_of(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "number")

    def number_of_different(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "number of different")

    def share_of(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "share")

    def longest_run(self, children: Children) -> syntax.Aggregate:
        return self._aggregate(children, "longest run")

    def phrase(self, children: Children) -> syntax.Phrase:
        of = children[-1].of if isinstance(children[-1], _Of) else None
        self._limit_chain(of)
        window = next((child for child in children[:2] if isinstance(child, syntax.WindowWords)), None)
        return syntax.Phrase(
            self._span(children), self._names(children, "WORD"), window, _of_type(children, syntax.Modifier), of
        )

    def _limit_chain(self, of: syntax.PhraseLike | None) -> None:
        length, step = 0, of
        while isinstance(step, syntax.Phrase | syntax.RuleValue):
            length, step = length + 1, step.of
            if length > OF_CHAIN_MAX:
                raise NestingTooDeep(step.span if step else of.span if of else None)

    def of_phrase(self, children: Children) -> _Of:
        return _Of(self._span(children), children[1])

    def pronoun(self, children: Children) -> syntax.Pronoun:
        return syntax.Pronoun(self._span(children), _of_type(children, syntax.Modifier))

    def code_phrase(self, children: Children) -> syntax.CodePhrase:
        return syntax.CodePhrase(self._span(children), self._name(children[0]), _of_type(children, syntax.Modifier))

    def _rule_value(self, children: Children) -> syntax.RuleValue:
        at = next(i for i, child in enumerate(children) if isinstance(child, Token) and child.type == "IDENT")
        of = children[-1].of if isinstance(children[-1], _Of) else None
        return syntax.RuleValue(self._span(children), str(children[at - 1]), self._name(children[at]), of)

    measure_phrase = flag_phrase = _rule_value

    def window_of(self, children: Children) -> syntax.WindowWords:
        up_to = any(isinstance(child, Token) and child == "up" for child in children)
        last = children[-1]
        if isinstance(last, Token) and last.type == "NUMBER":
            count: syntax.Expression = self._number(last)
        else:
            count = children[-2]
        return syntax.WindowWords(self._span(children), str(children[0]), count, up_to)

    def window_one(self, children: Children) -> syntax.WindowWords:
        return syntax.WindowWords(self._span(children), str(children[0]), None, up_to=False)

    def _modifier(self, children: Children, kind: str, **parts: Any) -> syntax.Modifier:
        return syntax.Modifier(self._span(children), kind, **parts)

    def _listed(self, children: Children, kind: str) -> syntax.Modifier:
        negated = any(isinstance(child, Token) and child == "not" for child in children)
        return self._modifier(children, kind, negated=negated, names=self._list(children[-1]))

    def by(self, children: Children) -> syntax.Modifier:
        return self._listed(children, "by")

    def by_rater(self, children: Children) -> syntax.Modifier:
        return self._listed(children, "from")

    def from_role(self, children: Children) -> syntax.Modifier:
        return self._listed(children, "from")

    def from_attempt(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "attempt", names=self._names(children, "WINDOW"))

    def within(self, children: Children) -> syntax.Modifier:
        duration = self._number(children[1], _unit(children[2]), children[2])
        return self._modifier(children, "within", operands=(duration,))

    def since(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "since", operands=(children[1],))

    def before_that(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "before", operands=(children[1],))

    def after_that(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "after", operands=(children[1],))

    def on_that(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "on", operands=(children[1],))

    def between_dates(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "between", operands=(children[1], children[3]))

    def in_that(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "in", names=self._names(children, "WORD"))

    def with_field(self, children: Children) -> syntax.Modifier:
        words = self._names(children, "WORD")
        predicate: syntax.Predicate | None = None
        last = children[-1]
        if isinstance(last, Token) and last.type == "STRING":
            predicate = syntax.Cut(self._token_span(last), "exactly", self._text(last))
        elif not isinstance(last, Token):
            predicate = syntax.Cut(self._span(children[-2:]), children[-2].text, last)
        return self._modifier(children, "with", names=words, predicate=predicate)

    def that_are(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "that", predicate=children[2])

    def where_rows(self, children: Children) -> syntax.Modifier:
        return self._modifier(children, "where", operands=(children[2],))

    def point(self, children: Children) -> syntax.Expression:
        first = children[0]
        if not isinstance(first, Token):
            if isinstance(first, Name):  # an article before the words
                return syntax.Phrase(self._span(children), self._names(children, "WORD"))
            result: syntax.Expression = first
            return result
        match first.type:
            case "MINUS":
                return syntax.NumberLiteral(self._span(children), -Fraction(str(children[1])))
            case "LPAR":
                inner: syntax.Expression = children[1]
                return inner
            case "CODE":
                return syntax.CodePhrase(self._span(children), self._name(first))
            case "WORD":
                return syntax.Phrase(self._span(children), self._names(children, "WORD"))
            case _:
                return syntax.Pronoun(self._span(children))

    # --- examples ---

    def example(self, children: Children) -> syntax.Example:
        items = next((child.names for child in children if isinstance(child, _Names)), ())
        date_token = next(child for child in children if isinstance(child, Token) and child.type == "DATE")
        known = next((child for child in children if isinstance(child, syntax.DateLiteral)), None)
        return syntax.Example(
            self._span(children),
            _unquoted(children[1]),
            str(children[3]),
            self._name(children[4]),
            items,
            self._date(date_token),
            known,
            _of_type(children, syntax.GivenFact, syntax.GivenConclusion),
            _of_type(children, syntax.Expectation),
        )

    def known(self, children: Children) -> syntax.DateLiteral:
        return self._date(children[2])

    def given_score(self, children: Children) -> syntax.GivenFact:
        assignments = [_assigned(children[1], "score")]
        for index, child in enumerate(children):
            if isinstance(child, Token) and child.type == "DATE":
                assignments.append(
                    syntax.Assignment(
                        self._token_span(child), Name(self._token_span(child), "assessed_on"), self._date(child)
                    )
                )
            elif isinstance(child, Token) and child == "of":
                assignments.append(_assigned(children[index + 1], "competency"))
            elif isinstance(child, _Items):
                assignments.extend(child.items)
        return syntax.GivenFact(self._span(children), "score", tuple(assignments))

    def score(self, children: Children) -> Any:
        return self._name(children[0]) if isinstance(children[0], Token) else children[0]

    def score_part(self, children: Children) -> _Items:
        word, value = str(children[0]), children[1]
        if word == "with":
            return value  # type: ignore[no-any-return]
        column = {"by": "method", "from": "role", "rater": "rater"}[word]
        literal = self._text(value) if value.type == "STRING" else self._name(value)
        return _Items(self._span(children), (_assigned(literal, column),))

    def given_fact(self, children: Children) -> syntax.GivenFact:
        return syntax.GivenFact(self._span(children), str(children[1]), children[3].items)

    def given_conclusion(self, children: Children) -> syntax.GivenConclusion:
        negated = any(isinstance(child, Token) and child == "not" for child in children)
        return syntax.GivenConclusion(self._span(children), children[1].names, self._name(children[-1]), negated)

    def assignments(self, children: Children) -> _Items:
        return _Items(self._span(children), _of_type(children, syntax.Assignment))

    def assignment(self, children: Children) -> syntax.Assignment:
        value = children[1]
        if isinstance(value, Token):
            match value.type:
                case "PERCENT":
                    value = self._number(value)
                case "DATE":
                    value = self._date(value)
                case "STRING":
                    value = self._text(value)
                case _:
                    value = self._name(value)
        return syntax.Assignment(self._span(children), self._name(children[0]), value)

    def expect_outcome(self, children: Children) -> syntax.Expectation:
        because = children[-1].names if isinstance(children[-1], _Names) else ()
        return syntax.Expectation(self._span(children), outcome=children[1].text, because=because)

    def expect_value(self, children: Children) -> syntax.Expectation:
        return syntax.Expectation(self._span(children), value=children[2])

    def expect_assigned(self, children: Children) -> syntax.Expectation:
        return syntax.Expectation(self._span(children), assigned=children[2].names)


class NestingTooDeep(Exception):
    """Raised inside the parser when a chain of `of` is longer than the limit; carries the place."""

    def __init__(self, span: Span | None) -> None:
        super().__init__("nesting too deep")
        self.span = span


class _Piece:
    """A parse result that is not syntax yet: it has a span, so that its parent can find its own."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span


class _Items(_Piece):
    __slots__ = ("items",)

    def __init__(self, span: Span, items: tuple[Any, ...]) -> None:
        super().__init__(span)
        self.items = items


class _Names(_Piece):
    __slots__ = ("names",)

    def __init__(self, span: Span, names: tuple[Name, ...]) -> None:
        super().__init__(span)
        self.names = names


class _Of(_Piece):
    __slots__ = ("of",)

    def __init__(self, span: Span, of: syntax.PhraseLike) -> None:
        super().__init__(span)
        self.of = of


class _Level(_Piece):
    __slots__ = ("level",)

    def __init__(self, span: Span, level: tuple[Name, syntax.NumberLiteral | None]) -> None:
        super().__init__(span)
        self.level = level


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _unit(token: Token) -> str:
    return _UNITS[str(token).removesuffix("s")]


def _of_type(children: Iterable[Any], *types: type[T]) -> tuple[Any, ...]:
    return tuple(child for child in children if isinstance(child, types))


def _last_node(value: Any) -> Any:
    return value[-1] if isinstance(value, tuple) else value


def _assigned(value: Any, column: str) -> syntax.Assignment:
    return syntax.Assignment(value.span, Name(value.span, column), value)


__all__: Sequence[str] = ["Build", "NestingTooDeep"]
