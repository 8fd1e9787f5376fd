"""Tables of a policy book: what becomes of their rows, and what is said of a table that cannot be taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from competency.diagnostics import Diagnostic
from competency.interchange.file_problem import FAULTS_SHOWN_MAX
from competency.interchange.read_case import read_case
from competency.interchange.read_catalog import (
    read_course_competencies,
    read_courses,
    read_decision_rows,
    read_level_competencies,
    read_levels,
)
from competency.interchange.read_catalog_table import CATALOG_BYTES_MAX
from competency.interchange.read_framework_table import read_framework_table
from competency.model.items import COURSE, LEVEL, Framework, Item
from competency.model.order import topological_order
from competency.rules.language.attached import AttachedItems, AttachedRows
from competency.source import Place

RIVERBEND = Path(__file__).resolve().parents[3] / "policies" / "riverbend"

COURSES = "code,title,credits\n"

Reader = Callable[[Path], tuple[Any, tuple[Diagnostic, ...]]]


def table(folder: Path, text: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def taken(reader: Reader, path: Path) -> Any:
    """What a table holds that has no fault."""
    found, diagnostics = reader(path)
    assert diagnostics == ()
    assert found is not None
    return found


def faults(reader: Reader, path: Path) -> list[tuple[str, int | None, str | None]]:
    """The code, line and field of every fault of a table that is not taken."""
    found, diagnostics = reader(path)
    assert found is None
    assert all(diagnostic.fixes for diagnostic in diagnostics)
    return [(diagnostic.kind.code, place_of(diagnostic).line, place_of(diagnostic).field) for diagnostic in diagnostics]


def place_of(diagnostic: Diagnostic) -> Place:
    place = diagnostic.labels[0].where
    assert isinstance(place, Place)
    return place


def only_fault(reader: Reader, path: Path) -> Diagnostic:
    found, (diagnostic,) = reader(path)
    assert found is None
    return diagnostic


def framework(path: Path) -> tuple[Framework | None, tuple[Diagnostic, ...]]:
    return read_framework_table(path, "ELA")


def test_courses_have_exact_credits_prerequisites_and_columns_of_their_own(tmp_path: Path) -> None:
    text = (
        "code,title,credits,subject,prerequisites,room\nA,Algebra,1,math,,12\nB,Beyond,1/3,,A X,\nC,Chance,0.5,math,,\n"
    )
    assert taken(read_courses, table(tmp_path, text)) == AttachedItems(
        (
            Item(COURSE, "A", "Algebra", {"credits": Fraction(1), "subject": "math", "room": "12"}),
            Item(COURSE, "B", "Beyond", {"credits": Fraction(1, 3), "subject": None, "room": None}),
            Item(COURSE, "C", "Chance", {"credits": Fraction(1, 2), "subject": "math", "room": None}),
        ),
        (("prerequisites", "B", "A"), ("prerequisites", "B", "X")),
    )


def test_a_mark_at_the_start_windows_line_ends_blank_lines_and_quoted_commas_are_no_fault(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbfcode , title,credits\r\n\r\n A ," Area, volume ",1\r\n'
    assert taken(read_courses, table(tmp_path, text)).items == (
        Item(COURSE, "A", "Area, volume", {"credits": Fraction(1)}),
    )


def test_a_row_that_was_emptied_in_a_spreadsheet_is_passed_over(tmp_path: Path) -> None:
    assert len(taken(read_courses, table(tmp_path, f"{COURSES},,\nA,Algebra,1\n")).items) == 1


def test_a_character_that_nobody_sees_is_a_fault_of_its_cell(tmp_path: Path) -> None:
    path = table(tmp_path, f"{COURSES}A,Alge\u202ebra,1\n")
    assert faults(read_courses, path) == [("CBE605", 2, "title")]


@pytest.mark.parametrize(
    ("reader", "header", "column"),
    [
        (read_courses, "code,title,credits,prerequisites", "prerequisites"),
        (read_levels, "code,title,weeks,after", "after"),
    ],
)
def test_courses_and_levels_that_go_in_a_circle_are_told_in_words(
    tmp_path: Path, reader: Reader, header: str, column: str
) -> None:
    diagnostic = only_fault(reader, table(tmp_path, f"{header}\nA,One,1,B\nB,Two,1,A X\n"))
    assert (diagnostic.kind.code, place_of(diagnostic).field) == ("CBE603", column)
    assert "comes before" in diagnostic.message


def test_an_empty_catalog_with_a_header_has_no_courses(tmp_path: Path) -> None:
    assert taken(read_courses, table(tmp_path, COURSES)) == AttachedItems()


@pytest.mark.parametrize("cell", ["", "0", "-1", "one", "1e3", "1/0", "NaN", "1,5"])
def test_credits_that_are_no_number_above_zero_are_a_fault_of_their_cell(tmp_path: Path, cell: str) -> None:
    path = table(tmp_path, f'{COURSES}A,Algebra,1\nB,Beyond,"{cell}"\n')
    assert faults(read_courses, path) == [("CBE605", 3, "credits")]


def test_every_row_at_fault_is_told_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = f"{COURSES}A,,1\n,Beyond,1\nA,Again,x\nA B,Spaced,1\n"
    assert faults(read_courses, table(tmp_path, text)) == [
        ("CBE605", 2, "title"),
        ("CBE605", 3, "code"),
        ("CBE605", 4, "credits"),
        ("CBE605", 4, "code"),
        ("CBE605", 5, "code"),
    ]


def test_a_code_that_stands_twice_is_told_with_the_line_of_the_first(tmp_path: Path) -> None:
    diagnostic = only_fault(read_courses, table(tmp_path, f'{COURSES}A,"Long\ntitle",1\nA,Again,1\n'))
    assert place_of(diagnostic).line == 4
    assert "line 2" in diagnostic.message


def test_the_faults_of_a_table_that_is_wrong_on_every_line_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"C{number},Course,none\n" for number in range(FAULTS_SHOWN_MAX + 7))
    _courses, diagnostics = read_courses(table(tmp_path, COURSES + rows))
    assert len(diagnostics) == FAULTS_SHOWN_MAX + 1
    assert "7 more" in diagnostics[-1].message


@pytest.mark.parametrize(
    ("header", "code", "told"),
    [
        ("", "CBE604", "no header"),
        ("code;title;credits", "CBE604", "not separated by commas"),
        ("code,title", "CBE604", "no column `credits`"),
        ("code,title,credits,", "CBE604", "no name"),
        ("code,title,credits,code", "CBE604", "twice"),
        ("code,title,credits,Subject", "CBE604", "unknown column `Subject`"),
        ("code,title,credits,prerequisits", "CBE604", "unknown column `prerequisits`"),
        ('code,title,"credits', "CBE605", "quotation mark"),
    ],
)
def test_a_header_at_fault_is_told_in_words(tmp_path: Path, header: str, code: str, told: str) -> None:
    _courses, diagnostics = read_courses(table(tmp_path, header + "\n"))
    assert diagnostics[0].kind.code == code
    assert told in diagnostics[0].message


def test_a_misspelt_column_is_told_once_with_the_one_that_was_meant(tmp_path: Path) -> None:
    diagnostic = only_fault(read_courses, table(tmp_path, "code,titel,credits\nA,Algebra,1\n"))
    assert place_of(diagnostic) == Place(str(tmp_path / "table.csv"), 1, "titel")
    assert "Did you mean `title`?" in diagnostic.fixes[0].text


def test_a_table_with_semicolons_is_told_to_have_commas(tmp_path: Path) -> None:
    diagnostic = only_fault(read_courses, table(tmp_path, "code;title;credits\nA;Algebra;1\n"))
    assert "commas" in diagnostic.fixes[0].text


def test_a_row_of_commas_alone_is_a_blank_line(tmp_path: Path) -> None:
    courses = taken(read_courses, table(tmp_path, f"{COURSES},,\nA,Algebra,1\n , ,\n"))
    assert [item.code for item in courses.items] == ["A"]


@pytest.mark.parametrize("title", ["Al\u202egebra", "Al\u0007gebra", "A" * 10_001])
def test_a_cell_that_does_not_say_what_it_shows_is_a_fault(tmp_path: Path, title: str) -> None:
    assert faults(read_courses, table(tmp_path, f"{COURSES}A,{title},1\n")) == [("CBE605", 2, "title")]
    assert faults(read_decision_rows, table(tmp_path, f"grade,points\n{title},1\n")) == [("CBE605", 2, "grade")]


@pytest.mark.parametrize(
    ("reader", "header", "column"),
    [
        (read_courses, "code,title,credits,prerequisites", "prerequisites"),
        (read_levels, "code,title,note,after", "after"),
    ],
)
def test_a_circle_of_courses_or_levels_is_told_in_words_with_its_lines(
    tmp_path: Path, reader: Reader, header: str, column: str
) -> None:
    path = table(tmp_path, f"{header}\nA,One,1,C elsewhere\nB,Two,1,A\nC,Three,1,B\nD,Four,1,A\n")
    diagnostic = only_fault(reader, path)
    assert diagnostic.kind.code == "CBE603"
    told = "`B` comes before `C`, `C` before `A`, and `A` before `B`"
    assert diagnostic.message == f"the order goes in a circle: {told}"
    places = [label.where for label in diagnostic.labels]
    assert places == [Place(str(path), line, column) for line in (4, 2, 3)]


@pytest.mark.parametrize("row", ["A,Algebra", "A,Algebra,1,more"])
def test_a_row_with_more_or_fewer_cells_than_the_header_is_a_fault(tmp_path: Path, row: str) -> None:
    assert faults(read_courses, table(tmp_path, f"{COURSES}{row}\n")) == [("CBE605", 2, None)]


@pytest.mark.parametrize(("cell", "field"), [("A A", "prerequisites"), ("A; C", "prerequisites")])
def test_lists_of_codes_are_parted_by_spaces_and_name_each_once(tmp_path: Path, cell: str, field: str) -> None:
    path = table(tmp_path, f"code,title,credits,prerequisites\nB,Beyond,1,{cell}\n")
    assert faults(read_courses, path) == [("CBE605", 2, field)]


def test_a_table_that_is_not_there_not_utf_8_or_too_large_is_told_so(tmp_path: Path) -> None:
    assert only_fault(read_courses, tmp_path / "none.csv").kind.code == "CBE001"
    assert only_fault(read_courses, table(tmp_path, "code\n".encode("utf-16"))).kind.code == "CBE002"
    assert only_fault(read_courses, table(tmp_path, b"a" * (CATALOG_BYTES_MAX + 1))).kind.code == "CBE003"


def test_levels_know_what_is_directly_before_them_and_columns_of_numbers_are_numbers(tmp_path: Path) -> None:
    text = "code,title,after,weeks,mark\nL1,One,,2.5,1\nL2,Two,L1,3,\nL3,Three,L1 L2,1/2,x\n"
    levels = taken(read_levels, table(tmp_path, text))
    assert levels.items[0] == Item(LEVEL, "L1", "One", {"weeks": Fraction(5, 2), "mark": "1"})
    assert [item.data["mark"] for item in levels.items] == ["1", None, "x"]
    assert levels.relations == (
        ("levels directly before", "L2", "L1"),
        ("levels directly before", "L3", "L1"),
        ("levels directly before", "L3", "L2"),
    )


def test_core_competencies_of_a_course_are_competencies_of_it_too(tmp_path: Path) -> None:
    text = "course,competency,core,weight\nA,X,yes,1\nA,Y,no,0.5\nB,X,,\n"
    assert taken(read_course_competencies, table(tmp_path, text)).relations == (
        ("competencies", "A", "X"),
        ("core competencies", "A", "X"),
        ("competencies", "A", "Y"),
        ("competencies", "B", "X"),
    )


def test_rows_of_course_competencies_are_checked_cell_by_cell(tmp_path: Path) -> None:
    text = "course,competency,core,weight\nA,X,maybe,\nA,Y,,heavy\nA,Z,,-1\n,X,,\nA,,,\nA,X,,\n"
    assert faults(read_course_competencies, table(tmp_path, text)) == [
        ("CBE605", 2, "core"),
        ("CBE605", 3, "weight"),
        ("CBE605", 4, "weight"),
        ("CBE605", 5, "course"),
        ("CBE605", 6, "competency"),
        ("CBE605", 7, "competency"),
    ]


def test_tables_of_relations_have_no_other_columns(tmp_path: Path) -> None:
    assert faults(read_level_competencies, table(tmp_path, "level,competency,note\n")) == [("CBE604", 1, "note")]
    assert faults(read_level_competencies, table(tmp_path, "course,competency\n")) == [
        ("CBE604", 1, "course"),
        ("CBE604", 1, "level"),
    ]


def test_competencies_of_levels_are_read(tmp_path: Path) -> None:
    text = "level,competency,core\nL1,X,Yes\n"
    assert taken(read_level_competencies, table(tmp_path, text)).relations == (
        ("competencies", "L1", "X"),
        ("core competencies", "L1", "X"),
    )


def test_decision_rows_keep_their_cells_as_text_and_their_lines(tmp_path: Path) -> None:
    path = table(tmp_path, 'skill,"required ""level"""\nA,03\n\nB,\n')
    assert taken(read_decision_rows, path) == AttachedRows(
        str(path), ("skill", 'required "level"'), ((2, ("A", "03")), (4, ("B", "")))
    )
    assert faults(read_decision_rows, table(tmp_path, "skill,level\nA\n")) == [("CBE605", 2, None)]


def test_a_framework_in_a_table_has_kinds_parts_and_prerequisites(tmp_path: Path) -> None:
    text = (
        "code,title,kind,parent,prerequisites,status\nC1,Reading,,,,active\nS2,Skim,skill,C1,S1,\nS1,Scan,skill,C1,,\n"
    )
    found = taken(framework, table(tmp_path, text))
    assert found == Framework(
        "ELA",
        "ELA",
        (
            Item("competency", "C1", "Reading", {"status": "active"}),
            Item("skill", "S2", "Skim", {"status": None}),
            Item("skill", "S1", "Scan", {"status": None}),
        ),
        {"C1": ("S2", "S1")},
        {"S2": ("S1",)},
    )


def test_codes_and_kinds_that_a_framework_table_does_not_know_are_faults(tmp_path: Path) -> None:
    text = "code,title,kind,parent,prerequisites\nREAD.1,Reading,Skill,,\nS1,Scan,skill,READ.2,READ.1 S9\n"
    path = table(tmp_path, text)
    assert faults(framework, path) == [
        ("CBE605", 2, "kind"),
        ("CBE605", 3, "parent"),
        ("CBE605", 3, "prerequisites"),
    ]
    assert framework(path)[1][1].fixes[0].text == "Did you mean `READ.1`?"


@pytest.mark.parametrize(
    ("rows", "field", "words"),
    [
        ("A,One,,B\nB,Two,,A\n", "prerequisites", "`B` comes before `A`, and `A` before `B`"),
        ("A,One,,A\n", "prerequisites", "`A` comes before itself"),
        ("A,One,B,\nB,Two,A,\n", "parent", "`A` is a part of `B`, and `B` of `A`"),
    ],
)
def test_a_framework_table_that_goes_in_a_circle_is_told_in_words(
    tmp_path: Path, rows: str, field: str, words: str
) -> None:
    diagnostic = only_fault(framework, table(tmp_path, f"code,title,parent,prerequisites\n{rows}"))
    assert (diagnostic.kind.code, place_of(diagnostic).field) == ("CBE603", field)
    assert words in diagnostic.message


# --- the tables of Riverbend, which rest on a real framework ---


@pytest.fixture(scope="module")
def mathematics() -> Framework:
    found, _diagnostics = read_case(RIVERBEND / "frameworks" / "ccssm" / "math.case.json", "MATH")
    assert found is not None
    return found


def test_every_competency_of_riverbend_stands_on_one_level_and_no_other_is_spoken_of(mathematics: Framework) -> None:
    levels = taken(read_levels, RIVERBEND / "catalog" / "levels.csv")
    relations = taken(read_level_competencies, RIVERBEND / "catalog" / "level_competencies.csv").relations
    assert Counter(competency for _name, _level, competency in relations) == Counter(
        item.code for item in mathematics.items
    )
    assert {level for _name, level, _competency in relations} == {item.code for item in levels.items}


def test_no_level_of_riverbend_holds_what_needs_a_later_level(mathematics: Framework) -> None:
    levels = taken(read_levels, RIVERBEND / "catalog" / "levels.csv")
    relations = taken(read_level_competencies, RIVERBEND / "catalog" / "level_competencies.csv").relations
    directly_before: dict[str, list[str]] = {item.code: [] for item in levels.items}
    for _name, level, earlier in levels.relations:
        directly_before[level].append(earlier)
    reached: dict[str, set[str]] = {}
    for level in topological_order(tuple(directly_before), directly_before):
        reached[level] = {level}.union(*(reached[earlier] for earlier in directly_before[level]))
    level_of = {competency: level for _name, level, competency in relations}
    too_early = [
        (before, code)
        for code, befores in mathematics.prerequisites.items()
        for before in befores
        if level_of[before] not in reached[level_of[code]]
    ]
    assert too_early == []


def test_every_course_of_riverbend_has_competencies_of_the_framework_and_a_core(mathematics: Framework) -> None:
    courses = taken(read_courses, RIVERBEND / "catalog" / "courses.csv")
    relations = taken(read_course_competencies, RIVERBEND / "catalog" / "course_competencies.csv").relations
    counts = Counter((name, course) for name, course, _competency in relations)
    codes = [item.code for item in courses.items]
    assert {course for _name, course, _competency in relations} == set(codes)
    assert {competency for _name, _course, competency in relations} <= {item.code for item in mathematics.items}
    assert all(8 <= counts["competencies", code] <= 40 for code in codes)
    assert all(counts["core competencies", code] >= 3 for code in codes)
    assert {item.data["credits"] for item in courses.items} == {Fraction(1), Fraction(1, 2)}
    assert {before for _name, _course, before in courses.relations} < set(codes)
