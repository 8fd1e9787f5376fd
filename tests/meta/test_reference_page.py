"""docs/reference.md and docs/writing-rules.md: every example runs, every construct has one, every list of words is whole.

To write the lists of words anew: pytest tests/meta/test_reference_page.py --regenerate
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from lark import Token, Tree

from competency.cli.application import run_application
from competency.diagnostics import Diagnostic
from competency.interchange.cells import CELL_CHARACTERS_MAX
from competency.interchange.read_case import CASE_BYTES_MAX
from competency.interchange.read_catalog import (
    read_course_competencies,
    read_courses,
    read_decision_rows,
    read_level_competencies,
    read_levels,
)
from competency.interchange.read_catalog_table import CATALOG_BYTES_MAX
from competency.interchange.read_framework_table import read_framework_table
from competency.model.facts import BUILT_IN
from competency.rules.language import decision_tables, parse, resolve, signatures
from competency.rules.language.build import pieces
from competency.rules.language.grammar import bare_parser, grammar_folder
from competency.rules.language.vocabulary import (
    CLOCKS,
    COLUMN_TYPES,
    RELATION_NOUNS,
    ROW_NOUNS,
    STATES,
    TOTAL_NOUNS,
    TYPE_WORDS,
    WHO,
)
from competency.rules.program.formulas import FORMULAS, Setting
from competency.services import read_book
from competency.source import SourceText
from competency.testing.documents import BlockKind, Document, Section, parse_document, read_document
from competency.testing.run_document import diagnose, run_section

DOCS = Path(__file__).resolve().parents[2] / "docs"
REFERENCE = DOCS / "reference.md"
DOCUMENTS = [read_document(DOCS / name) for name in ("writing-rules.md", "reference.md")]
SECTIONS = [
    pytest.param(section, id=f"{Path(document.name).stem}: {section.title}")
    for document in DOCUMENTS
    for section in document.sections
]
LIST = re.compile(r"<!-- words: (?P<name>[^>]+?) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_examples_of_a_section_hold(section: Section) -> None:
    findings = run_section(section)
    assert not findings, "\n" + "\n".join(finding.described for finding in findings)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_examples_to_run(section: Section) -> None:
    assert section.blocks


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: Path(each.name).stem)
def test_a_guide_can_be_read(document: Document) -> None:
    assert not document.faults, "\n".join(fault.described for fault in document.faults)


def test_the_first_book_of_the_guide_says_what_the_guide_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "my-book"
    for command in ("new", "check", "test"):
        assert run_application([command, str(book)]) == 0
    text = (book / "policy.rules").read_text(encoding="utf-8")
    before, after = (f"require breadth: number of different methods is at least {number}" for number in (2, 3))
    guide = (DOCS / "writing-rules.md").read_text(encoding="utf-8")
    assert before in text
    assert after in guide
    (book / "policy.rules").write_text(text.replace(before, after), encoding="utf-8")
    capsys.readouterr()
    assert run_application(["test", str(book)]) == 1
    told = " ".join("".join(capsys.readouterr()).split())
    for promised in ("two methods show breadth", "number of different methods is 2, needed is at least 3"):
        assert promised in guide
        assert promised in told


READERS: dict[str, Callable[[Path], tuple[object, tuple[Diagnostic, ...]]]] = {
    "framework NAME from": partial(read_framework_table, name="F"),
    "courses from": read_courses,
    "competencies of courses from": read_course_competencies,
    "levels from": read_levels,
    "competencies of levels from": read_level_competencies,
    "rows from": read_decision_rows,
}
CELLS = {
    "competency": "X.1",
    "code": "X.1",
    "title": "One",
    "kind": "competency",
    "credits": "0.5",
    "course": "C",
    "level": "L",
    "core": "yes",
}
BESIDE = re.compile(
    r"^\| `(?P<written>[a-zA-Z ]+ from)` \| (?P<needed>`.*?`|one .*?) \| (?P<maybe>.*?) \|", re.MULTILINE
)


@pytest.mark.parametrize(
    "found", list(BESIDE.finditer(REFERENCE.read_text(encoding="utf-8"))), ids=lambda each: each["written"]
)
def test_the_columns_of_a_table_beside_a_book_are_read(found: re.Match[str], tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    reader = READERS[found["written"]]
    for columns in (found["needed"], f"{found['needed']}, {found['maybe']}"):
        names = re.findall(r"`(\w+)`", columns) or ["score", "grade"]
        table.write_text(",".join(names) + "\n" + ",".join(CELLS.get(name, "") for name in names) + "\n", "utf-8")
        _, diagnostics = reader(table)
        assert [one.message for one in diagnostics] == []


# --- every construct has an example -----------------------------------------------------------------------------------


def test_every_construct_of_the_grammar_has_an_example_in_the_reference() -> None:
    shown = {tree.data for one in _trees() for tree in one.iter_subtrees()}
    rules = [rule for rule in bare_parser().rules if not rule.origin.name.startswith("_")]
    # a rule marked `?` leaves no trace where it holds one thing alone
    wanted = {rule.alias or rule.origin.name for rule in rules if rule.alias or not rule.options.expand1}
    assert sorted(wanted - {str(name) for name in shown}) == []


def test_every_word_of_the_grammar_has_an_example_in_the_reference() -> None:
    shown = {token.type for one in _trees() for token in one.scan_values(lambda each: isinstance(each, Token))}
    ignored = {"COMMENT", "SPACE"}
    assert sorted({terminal.name for terminal in bare_parser().terminals} - shown - ignored) == []


def _trees() -> Iterator[Tree[Token]]:
    for section in read_document(REFERENCE).sections:
        for block in section.of(BlockKind.RULES):
            yield bare_parser().parse(block.text)


# --- lists of words ---------------------------------------------------------------------------------------------------


def test_the_lists_of_words_are_those_of_the_language(regenerates: bool) -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    found = [match["name"] for match in LIST.finditer(text)]
    assert found == [*dict.fromkeys(found)]
    lists = word_lists()
    assert set(found) == set(lists)
    written = LIST.sub(lambda match: f"<!-- words: {match['name']} -->\n\n{lists[match['name']]}\n\n<!-- end -->", text)
    if regenerates:
        REFERENCE.write_text(written, encoding="utf-8")
        text = written
    assert text == written


def word_lists() -> dict[str, str]:
    """The lists of the reference by name, as Markdown."""
    return {
        "reserved words": ", ".join(f"`{word}`" for word in reserved_words()) + ".",
        "types of columns": _table(
            ("type", "a value is"), ((f"`{word}`", COLUMN_TYPES[kind].described) for word, kind in TYPE_WORDS.items())
        ),
        "words after who": _table(
            ("written", "date of the learner"),
            ((f"`learners who {_said(words)} before DATE`", f"`{column}`") for words, column in WHO.items()),
        ),
        "comparators": _table(("for", "comparators"), _comparators()),
        "states": _table(("state", "concluded by"), ((f"`{state}`", f"`{kind}`") for state, kind in STATES.items())),
        "units": _table(("unit", "counted in"), ((f"`{unit}`", _counted_in(unit)) for unit in units())),
        "nouns for rows": _table(
            ("noun", "table", "column"),
            ((f"`{noun}`", _linked(to.table), f"`{to.column}`") for noun, to in ROW_NOUNS.items()),
        ),
        "nouns for totals": _table(
            ("noun", "table", "column"),
            (
                (f"`{noun}`", _linked(to.table), f"`{to.column}`" + (f" less `{to.less}`" if to.less else ""))
                for noun, to in TOTAL_NOUNS.items()
            ),
        ),
        "nouns for items": _table(
            ("noun", "of a", "names"),
            ((f"`{noun}`", kind, f"{_plural(to)}") for (kind, noun), (_, to) in RELATION_NOUNS.items()),
        ),
        "formulas": _table(
            ("formula", "meaning", "settings", "needs"),
            (
                (f"`{words}`", formula.meaning, "; ".join(map(_setting, formula.settings)), formula.needs)
                for words, formula in FORMULAS.items()
            ),
        ),
        "clocks": _table(("clock", "column"), ((f"`date {word}`", f"`{column}`") for word, column in CLOCKS.items())),
        "limits of size": _table(("what", "at most"), ((what, f"{number:,}") for what, number in LIMITS)),
    }


LIMITS: tuple[tuple[str, int], ...] = (
    ("bytes of a rule text", read_book.RULES_BYTES_MAX),
    ("characters of a rule text", parse.TEXT_LENGTH_MAX),
    ("files in the folder of a book", read_book.ENTRIES_MAX),
    ("bytes of a table of the catalog", CATALOG_BYTES_MAX),
    ("bytes of a CASE package", CASE_BYTES_MAX),
    ("parentheses within parentheses", parse.NESTING_MAX),
    ("`of` after `of` in one phrase", pieces.OF_CHAIN_MAX),
    ("characters of a number", pieces.NUMBER_LENGTH_MAX),
    ("clauses of a rule", resolve.CLAUSES_MAX),
    ("items of a rule for one learner", signatures.DECISIONS_MAX),
    ("rows of a table in a text; more stand in a file", decision_tables.ROWS_WRITTEN_MAX),
    ("combinations of bounds of a table in a text", decision_tables.PROBES_MAX),
    ("errors shown of one text", parse.ERRORS_MAX),
    ("characters of a cell in a table of facts", CELL_CHARACTERS_MAX),
)


def reserved_words() -> list[str]:
    """The words that no noun can be, as the grammar's WORD leaves them out."""
    found = re.search(r"^WORD: /\(\?!\(\?:(?P<words>[a-zA-Z|]+)\)", _terminals(), re.MULTILINE)
    assert found is not None
    return found["words"].split("|")


def units() -> list[str]:
    """The units as the grammar's UNIT has them, each by its plural."""
    found = re.search(r"^UNIT(?:\.2)?: /\(\?:(?P<units>[a-z ?|]+)\)", _terminals(), re.MULTILINE)
    assert found is not None
    plurals = [unit.removesuffix("?") for unit in found["units"].split("|")]
    return [unit for unit in plurals if unit.endswith("s")]


def _terminals() -> str:
    return (grammar_folder() / "terminals.lark").read_text(encoding="utf-8")


def _counted_in(unit: str) -> str:
    """In what the language counts a number with a unit, found by asking it for a comparison that cannot be."""
    text = f'policy p "P" end\nmeasure m\n  value if 1 {unit} is before 2026-01-01 then 1 otherwise 0\nend\n'
    _, diagnostics = diagnose([SourceText("unit.rules", text)])
    return str(next(one.data["left"] for one in diagnostics if "left" in one.data))


def _comparators() -> list[tuple[str, str]]:
    """The comparators of the grammar, by what they compare."""
    patterns = {terminal.name: terminal.pattern.value for terminal in bare_parser().terminals}
    found: dict[str, list[str]] = {"how_many_comparator": [], "measure_comparator": [], "date_comparator": []}
    for rule in bare_parser().rules:
        if rule.origin.name in found and all(symbol.is_term for symbol in rule.expansion):
            words = (patterns[symbol.name].removesuffix(r"(?![\w-])") for symbol in rule.expansion)
            found[rule.origin.name].append(" ".join(words))
    counted = [*found["how_many_comparator"], *found["measure_comparator"]]
    return [
        ("numbers, levels, items", ", ".join(f"`{words}`" for words in counted)),
        ("dates", ", ".join(f"`{words}`" for words in found["date_comparator"])),
    ]


def _said(words: str) -> str:
    return words.replace(" US", " the US")


def _plural(kind: str) -> str:
    return "competencies" if kind == "competency" else f"{kind}s"


def _linked(table: str) -> str:
    return f"[{table}](facts.md#{table})"


def _setting(setting: Setting) -> str:
    if setting.unit == "score":
        return f"`{setting.name}`: {setting.meaning}"
    low, high = (f"{one * 100}%" if setting.unit == "%" else str(one) for one in (setting.lowest, setting.highest))
    return f"`{setting.name}`: {setting.meaning}, {low} to {high}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


# --- the lists are sayable --------------------------------------------------------------------------------------------

BOOK = """
policy p "P" end
scale S from 0 to 4
programs IEP
framework F
  competency A "a"
  skill A.a "b" of A
end
catalog
  course C "c" worth 1 credit
end
continuum K
  level L "l"
end
"""


@pytest.mark.parametrize("words", WHO)
def test_every_date_of_a_learner_can_be_said_after_who(words: str) -> None:
    assert _faults(f"flag f for learners who {_said(words)} before 2026-01-01 require r: age is at least 3 end") == []


@pytest.mark.parametrize("noun", [*ROW_NOUNS, *TOTAL_NOUNS])
def test_every_noun_can_be_said(noun: str) -> None:
    said = noun if noun in TOTAL_NOUNS else f"number of {noun}s"
    assert _faults(f"measure m value {said} end") == []


@pytest.mark.parametrize(("kind", "noun"), RELATION_NOUNS)
def test_every_noun_for_items_can_be_said(kind: str, noun: str) -> None:
    collection = {"course": "catalog", "level": "K"}.get(kind, "F")
    phrase = "levels before it" if noun == "levels" else f"{noun} of the {kind}"
    assert _faults(f"measure m for each {kind} in {collection} value number of {phrase} end") == []


@pytest.mark.parametrize("word", TYPE_WORDS)
def test_every_type_of_a_column_can_be_declared(word: str) -> None:
    assert _faults(f'fact thing listed as things "T" column some {word} end') == []


@pytest.mark.parametrize("word", CLOCKS)
def test_every_clock_can_be_named(word: str) -> None:
    assert (
        _faults(
            f"mastery m for each competency in F evidence ordered by date {word} require r: latest score is at least 1 end"
        )
        == []
    )


def test_every_table_of_facts_has_a_section_to_link_to() -> None:
    titles = re.findall(r"^## (\S+)$", (DOCS / "facts.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {fact_type.plural for fact_type in BUILT_IN} <= set(titles)


def test_every_table_beside_a_book_is_in_the_reference() -> None:
    found = {match["written"] for match in BESIDE.finditer(REFERENCE.read_text(encoding="utf-8"))}
    assert found == set(READERS)


@pytest.mark.parametrize("name", ["writing-rules.md", "reference.md"])
def test_every_link_to_a_heading_leads_to_one(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    for page, anchor in re.findall(r"\]\(([\w.-]*)#([\w-]+)\)", text):
        headings = re.findall(r"^#+ (.+)$", (DOCS / (page or name)).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def _faults(text: str) -> list[str]:
    document = parse_document(f"```rules\n{BOOK}{text}\n```\n", "said.md")
    return [finding.described for section in document.sections for finding in run_section(section)]
