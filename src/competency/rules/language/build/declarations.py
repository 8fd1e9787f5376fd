"""Declarations: policies, frameworks, scales, catalogs, parameters, tables, fact types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token

from competency.rules.language import syntax
from competency.rules.language.build.pieces import (
    Children,
    Items,
    Level,
    Names,
    Pieces,
    last_node,
    of_type,
    unit,
    unquoted,
)
from competency.rules.language.syntax import Name


class BuildDeclarations(Pieces):
    """Declarations: policies, frameworks, scales, catalogs, parameters, tables, fact types."""

    # --- declarations ---

    def policy(self, children: Children) -> syntax.Policy:
        return syntax.Policy(
            self._span(children), self._name(children[1]), unquoted(children[2]), tuple(children[3:-1])
        )

    def version(self, children: Children) -> syntax.VersionLine:
        return syntax.VersionLine(self._span(children), unquoted(children[1]))

    def in_effect(self, children: Children) -> syntax.InEffect:
        line: syntax.InEffect = children[1]
        return replace(line, span=self._span(children))

    def effective(self, children: Children) -> syntax.InEffect:
        said = [str(child) if isinstance(child, Token) else "" for child in children]

        def after(word: str) -> Any:
            return children[said.index(word) + 1] if word in said else None

        return syntax.InEffect(self._span(children), after("from"), after("until"), after("by"))

    def moment(self, children: Children) -> syntax.DateLiteral | syntax.NumberLiteral:
        return self._date(children[0]) if children[0].type == "DATE" else self._number(children[0])

    def enacted(self, children: Children) -> syntax.Act:
        what: Any = str(children[0])
        return syntax.Act(self._span(children), what, self._date(children[2]), unquoted(children[4]))

    delayed = repealed = enacted

    def governs(self, children: Children) -> syntax.Governs:
        return syntax.Governs(self._span(children), children[-1])

    for_learners = governs

    def source(self, children: Children) -> syntax.SourceLine:
        return syntax.SourceLine(self._span(children), self._name(children[1]), unquoted(children[2]))

    def policy_cites(self, children: Children) -> syntax.Cites:
        return syntax.Cites(self._span(children), self._name(children[1]), str(children[2]), unquoted(children[3]))

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
            "" if from_file or not texts else unquoted(texts[0]),
            self._text(texts[0]) if from_file else None,
            next((child for child in children if isinstance(child, Name)), None),
            of_type(children, syntax.ItemLine),
            of_type(children, syntax.Cites),
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
        end = children[2] if len(children) == 3 else last_node(children[-1][1])
        return syntax.ItemLine(
            self._span([children[0], end]),
            str(children[0]),
            children[1],
            unquoted(children[2]),
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
        return ("worth", self._number(children[1], unit(children[2]), children[2]))

    def item_covers(self, children: Children) -> tuple[str, Any]:
        return ("covers", children[1].names)

    def item_core(self, children: Children) -> tuple[str, Any]:
        return ("core", children[1].names)

    def item_equivalent(self, children: Children) -> tuple[str, Any]:
        return ("equivalent", children[2].names)

    def item_data(self, children: Children) -> tuple[str, Any]:
        return ("with", children[1].items)

    def scale(self, children: Children) -> syntax.ScaleDeclaration:
        levels = tuple(child.level for child in children if isinstance(child, Level))
        cites = of_type(children, syntax.Cites)
        return syntax.ScaleDeclaration(self._span(children), self._name(children[1]), levels, cites=cites)

    def scale_range(self, children: Children) -> syntax.ScaleDeclaration:
        return syntax.ScaleDeclaration(self._span(children), self._name(children[1]), (), (children[3], children[5]))

    def scale_level(self, children: Children) -> Level:
        return Level(self._span(children), (self._name(children[0]), children[2] if len(children) > 1 else None))

    def vocabulary(self, children: Children) -> syntax.Vocabulary:
        return syntax.Vocabulary(self._span(children), str(children[0]), children[1].names)

    def catalog(self, children: Children) -> syntax.CatalogDeclaration:
        return syntax.CatalogDeclaration(
            self._span(children),
            of_type(children, syntax.ItemLine, syntax.Load, syntax.CatalogColumns),
            of_type(children, syntax.Cites),
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
        return syntax.CatalogColumns(self._span(children), of_type(children, syntax.ColumnName))

    def column_name(self, children: Children) -> syntax.ColumnName:
        return syntax.ColumnName(self._span(children), self._name(children[0]), self._name(children[1]))

    def continuum(self, children: Children) -> syntax.Continuum:
        title = unquoted(children[2]) if isinstance(children[2], Token) and children[2].type == "STRING" else ""
        lines = of_type(children, syntax.ItemLine, syntax.Load)
        return syntax.Continuum(self._span(children), children[1], title, lines, of_type(children, syntax.Cites))

    def calendar(self, children: Children) -> syntax.Calendar:
        title = unquoted(children[1]) if isinstance(children[1], Token) and children[1].type == "STRING" else ""
        settings: dict[str, Any] = dict(child for child in children if isinstance(child, tuple))
        return syntax.Calendar(
            self._span(children),
            title,
            settings.get("time zone"),
            settings.get("school year"),
            of_type(children, syntax.Period),
            settings.get("school days"),
        )

    def calendar_period(self, children: Children) -> syntax.Period:
        begins = (self._name(children[3]), self._number(children[4]))
        ends = (self._name(children[6]), self._number(children[7]))
        return syntax.Period(self._span(children), self._text(children[1]), begins, ends)

    def school_days(self, children: Children) -> tuple[str, Any]:
        return ("school days", self._text(children[-1]))

    def no(self, children: Children) -> syntax.Phrase:
        return syntax.Phrase(self._span(children), (self._name(children[0]),))

    def time_zone(self, children: Children) -> tuple[str, Any]:
        return ("time zone", self._text(children[2]))

    def school_year(self, children: Children) -> tuple[str, Any]:
        return ("school year", (self._name(children[3]), self._number(children[4])))

    def parameter(self, children: Children) -> syntax.Parameter:
        return syntax.Parameter(
            self._span(children), self._name(children[1]), unquoted(children[2]), tuple(children[3:-1])
        )

    def parameter_value(self, children: Children) -> syntax.ParameterValue:
        begins, ends = children[2].items if len(children) > 2 else (None, None)
        return syntax.ParameterValue(self._span(children), children[1], begins, ends)

    def period(self, children: Children) -> Items:
        words = [str(child) for child in children]
        begins = self._date(children[1]) if words[0] == "from" else None
        ends = self._date(children[-1]) if "until" in words else None
        return Items(self._span(children), (begins, ends))

    def bound(self, children: Children) -> syntax.Bound:
        return syntax.Bound(self._span(children), children[0].text, children[1], unquoted(children[3]))

    def table(self, children: Children) -> syntax.Table:
        given: tuple[syntax.ColumnName, ...] = ()
        gives: Name | None = None
        path: syntax.TextLiteral | None = None
        for child in children:
            if isinstance(child, Items):
                given += child.items
            elif isinstance(child, Name):
                gives = child
            elif isinstance(child, syntax.TextLiteral):
                path = child
        return syntax.Table(
            self._span(children),
            self._name(children[1]),
            unquoted(children[2]),
            given,
            gives,
            of_type(children, syntax.TableRow),
            path,
            of_type(children, syntax.Cites),
        )

    def table_given(self, children: Children) -> Items:
        return Items(self._span(children), of_type(children, syntax.ColumnName))

    def table_gives(self, children: Children) -> Name:
        return self._name(children[1])

    def table_load(self, children: Children) -> syntax.TextLiteral:
        return self._text(children[2])

    def table_row(self, children: Children) -> syntax.TableRow:
        return syntax.TableRow(self._span(children), of_type(children, syntax.Cell), children[-1])

    def cell_any(self, children: Children) -> syntax.Cell:
        return syntax.Cell(self._span(children), (), is_other=len(children) > 1)

    def cell_value(self, children: Children) -> syntax.Cell:
        span = self._span(children)
        return syntax.Cell(span, (syntax.Cut(span, "exactly", children[0]),))

    def cell_bounds(self, children: Children) -> syntax.Cell:
        return syntax.Cell(self._span(children), of_type(children, syntax.Cut))

    def bounds(self, children: Children) -> syntax.Cut:
        return syntax.Cut(self._span(children), children[0].text, children[1])

    def population(self, children: Children) -> syntax.Population:
        cites = of_type(children, syntax.Cites)
        return syntax.Population(
            self._span(children), self._name(children[1]), unquoted(children[2]), children[4], cites
        )

    def overlay(self, children: Children) -> syntax.Overlay:
        titled = isinstance(children[2], Token) and children[2].type == "STRING"
        before = next((child.names for child in children if isinstance(child, Names)), ())
        return syntax.Overlay(
            self._span(children),
            self._span(children[:3] if titled else children[:2]),
            self._name(children[1]),
            unquoted(children[2]) if titled else "",
            before,
            next(iter(of_type(children, syntax.InEffect)), None),
            next((child.value for child in children if isinstance(child, syntax.TextLiteral)), ""),
            of_type(children, syntax.Governs),
            of_type(children, syntax.Cites),
            of_type(children, syntax.Change),
        )

    def overlay_period(self, children: Children) -> syntax.InEffect:
        days = [self._date(child) for child in children if child.type == "DATE"]
        return syntax.InEffect(self._span(children), days[0], days[1] if len(days) > 1 else None)

    def authority(self, children: Children) -> syntax.TextLiteral:
        return self._text(children[1])

    def change(self, children: Children) -> syntax.Change:
        return syntax.Change(self._span(children), str(children[1]), self._name(children[2]), tuple(children[3:-1]))

    def panel(self, children: Children) -> syntax.Panel:
        titled = isinstance(children[2], Token) and children[2].type == "STRING"
        said: dict[str, Any] = dict(child for child in children if isinstance(child, tuple))
        return syntax.Panel(
            self._span(children),
            self._name(children[1]),
            unquoted(children[2]) if titled else "",
            said.get("members", ()),
            said.get("quorum"),
            said.get("needed", "majority"),
            said.get("tie", "not yet known"),
            of_type(children, syntax.Cites),
        )

    def members(self, children: Children) -> tuple[str, Any]:
        return ("members", children[1].names)

    def quorum(self, children: Children) -> tuple[str, Any]:
        return ("quorum", self._number(children[1]))

    def decides_by(self, children: Children) -> tuple[str, Any]:
        return ("needed", str(children[2]))

    def decides_by_number(self, children: Children) -> tuple[str, Any]:
        return ("needed", self._number(children[-1]))

    def tie(self, children: Children) -> tuple[str, Any]:
        return ("tie", "refused" if str(children[3]) == "refused" else "not yet known")

    def tie_decided(self, children: Children) -> tuple[str, Any]:
        return ("tie", self._name(children[-1]))

    def panel_cites(self, children: Children) -> syntax.Cites:
        cites: syntax.Cites = children[0]
        return cites

    def fact_type(self, children: Children) -> syntax.FactDeclaration:
        at = next(index for index, child in enumerate(children) if child == "listed")
        return syntax.FactDeclaration(
            self._span(children),
            self._name(children[1]),
            self._name(children[at + 2]),
            unquoted(children[at + 3]),
            of_type(children, syntax.FactColumn),
            isinstance(children[2], Name),
        )

    def about_schools(self, children: Children) -> Name:
        return Name(self._span(children), "about schools")

    def fact_column(self, children: Children) -> syntax.FactColumn:
        words = list(children[3:])
        text = next((unquoted(child) for child in words if child.type == "STRING"), "")
        return syntax.FactColumn(
            self._span(children),
            self._name(children[1]),
            self._name(children[2]),
            any(child == "required" for child in words),
            text,
        )
