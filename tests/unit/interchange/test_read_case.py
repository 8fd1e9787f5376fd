"""Reading CASE packages: two real ones as they are, and each fault that a package can have, planted."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from competency.diagnostics import Diagnostic
from competency.interchange import case_schema
from competency.interchange.case_findings import FAULTS_MAX, PLACES_SHOWN_MAX
from competency.interchange.parse_package import NESTING_MAX
from competency.interchange.read_case import CASE_BYTES_MAX, read_case
from competency.model.items import Framework
from competency.model.order import find_cycle
from competency.source import Place

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
COMMON_CORE = SHARED / "case" / "ccssm.cfpackage.json"
SMARTER_BALANCED = SHARED / "case" / "smarterbalanced-math-package.case1p0.json"
SCHEMAS = SHARED / "schemas" / "case"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the sample data are not at {SHARED}")

DOCUMENT = str(uuid.UUID(int=0))
CHANGED = "2026-07-01T00:00:00+00:00"


def identifier(number: int) -> str:
    return str(uuid.UUID(int=number))


def item(number: int, code: str | None = None, **more: Any) -> dict[str, Any]:
    fields = {
        "identifier": identifier(number),
        "uri": f"https://example.org/items/{number}",
        "fullStatement": f"Statement {number}",
        "lastChangeDateTime": CHANGED,
    }
    return {**fields, **({"humanCodingScheme": code} if code else {}), **more}


def link(to: int | str) -> dict[str, str]:
    return {"title": "x", "identifier": identifier(to) if isinstance(to, int) else to, "uri": "https://example.org/x"}


def association(kind: str, origin: int | str, destination: int | str, **more: Any) -> dict[str, Any]:
    return {
        "identifier": str(uuid.uuid4()),
        "uri": "https://example.org/a",
        "associationType": kind,
        "originNodeURI": link(origin),
        "destinationNodeURI": link(destination),
        "lastChangeDateTime": CHANGED,
        **more,
    }


def package(items: list[Any], associations: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    document = {
        "identifier": DOCUMENT,
        "uri": "https://example.org/d",
        "title": "Made-up mathematics",
        "creator": "Riverbend",
        "lastChangeDateTime": CHANGED,
    }
    return {"CFDocument": document, "CFItems": items, "CFAssociations": associations or [], **more}


def read(content: Any) -> tuple[Framework | None, tuple[Diagnostic, ...]]:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_case(Path("math.case.json"), "MATH", text=data)


def framework(content: Any) -> Framework:
    found, diagnostics = read(content)
    assert found is not None, diagnostics
    assert not diagnostics
    return found


def only_fault(content: Any, code: str) -> Diagnostic:
    """The one diagnostic of a package that is refused."""
    found, (diagnostic,) = read(content)
    assert found is None
    assert diagnostic.kind.code == code
    assert diagnostic.is_error
    assert diagnostic.fixes[0].text
    return diagnostic


def only_warning(content: Any) -> tuple[Framework, Diagnostic]:
    found, (diagnostic,) = read(content)
    assert found is not None
    assert diagnostic.kind.code == "CBE606"
    assert diagnostic.fixes[0].text
    return found, diagnostic


def pointers(diagnostic: Diagnostic) -> list[str | None]:
    places = [label.where for label in diagnostic.labels]
    assert all(isinstance(place, Place) and place.name == "math.case.json" for place in places)
    return [place.field for place in places if isinstance(place, Place)]


# --- real packages ---


@needs_shared
def test_the_common_core_has_471_competencies_and_729_prerequisites_and_no_fault() -> None:
    found, diagnostics = read_case(COMMON_CORE, "MATH")
    assert diagnostics == ()
    assert found is not None
    assert (found.name, found.title) == ("MATH", "CCSS Mathematics (from flywheelmath/ccssm)")
    assert len(found.items) == len({one.code for one in found.items}) == 471
    assert sum(map(len, found.prerequisites.values())) == 729
    assert sum(map(len, found.children.values())) == 115
    assert find_cycle(found.prerequisites) is None
    assert {one.kind for one in found.items} == {"competency"}
    counting = found.items[0]
    assert (counting.code, counting.title) == ("K.CC.A.1", "Count to 100 by ones and by tens.")
    assert counting.identifier == "0f5dba69-982a-5e70-8c55-f38abc18775e"
    assert counting.data == {"item_type": "Standard", "education_level": "KG", "statement": counting.title}
    assert found.children["K.CC.B.4"] == ("K.CC.B.4.a", "K.CC.B.4.b", "K.CC.B.4.c")
    algebra = next(one for one in found.items if one.code == "HSA.REI.B.3")
    assert algebra.data["education_level"] == "09 10 11 12"


@needs_shared
def test_every_prerequisite_of_the_common_core_is_one_precedes_of_the_file() -> None:
    found, _ = read_case(COMMON_CORE, "MATH")
    assert found is not None
    content = json.loads(COMMON_CORE.read_bytes())
    codes = {one["identifier"]: one["humanCodingScheme"] for one in content["CFItems"]}
    stated = {
        (codes[one["originNodeURI"]["identifier"]], codes[one["destinationNodeURI"]["identifier"]])
        for one in content["CFAssociations"]
        if one["associationType"] == "precedes"
    }
    assert {(one, code) for code, before in found.prerequisites.items() for one in before} == stated


@needs_shared
def test_a_real_package_of_case_1_0_is_read_with_its_echoes_and_no_fault() -> None:
    found, diagnostics = read_case(SMARTER_BALANCED, "SB")
    assert diagnostics == ()
    assert found is not None
    assert len(found.items) == 48
    codes = [one.code for one in found.items]
    assert codes[0] == found.items[0].identifier == "2290e7e4-d5ee-11e7-8b54-1f38bf48600f"
    content = json.loads(SMARTER_BALANCED.read_bytes())
    coded = [one["humanCodingScheme"] for one in content["CFItems"] if "humanCodingScheme" in one]
    assert [code for code in codes if code in coded] == coded
    assert found.items[0].title == "Clarifications"
    assert str(found.items[0].data["statement"]).startswith("Tasks associated with this target")


@needs_shared
def test_the_known_fields_and_types_are_those_of_the_official_schemas() -> None:
    old = json.loads((SCHEMAS / "case-v1p0-cfpackage-schema.json").read_bytes())["definitions"]
    new = json.loads((SCHEMAS / "v1_1" / "case_v1p1_cfpackage-jsonschema1.json").read_bytes())
    for name, known in (
        ("Document", case_schema.DOCUMENT_FIELDS),
        ("Item", case_schema.ITEM_FIELDS),
        ("Association", case_schema.ASSOCIATION_FIELDS),
    ):
        official = {*old[f"CFPackage{name}"]["properties"], *new["$defs"][f"CFPckg{name}"]["properties"]}
        # A file may hold what either version has.
        assert official == known
    assert set(new["properties"]) == case_schema.PACKAGE_FIELDS
    types = new["$defs"]["CFPckgAssociation"]["properties"]["associationType"]["oneOf"][0]["enum"]
    assert tuple(types) == case_schema.ASSOCIATION_TYPES
    assert set(old["CFPackageAssociation"]["properties"]["associationType"]["enum"]) < set(types)
    for old_name, new_name, schema in (
        ("CFPackageDocument", "CFPckgDocument", case_schema.DocumentSchema()),
        ("CFPackageItem", "CFPckgItem", case_schema.ItemSchema()),
        ("CFPackageAssociation", "CFPckgAssociation", case_schema.AssociationSchema()),
        ("LinkGenURI", "LinkGenURI", case_schema.LinkSchema()),
    ):
        required = {field.data_key or name for name, field in schema.fields.items() if field.required}
        assert required == set(old[old_name]["required"]) == set(new["$defs"][new_name]["required"])


# --- what a package means ---


def test_an_item_is_called_by_its_short_statement_where_it_has_one() -> None:
    long, short = framework(package([item(1, "A"), item(2, "B", abbreviatedStatement="Short")])).items
    assert (long.title, short.title) == ("Statement 1", "Short")
    assert short.data == {"statement": "Statement 2", "abbreviated_statement": "Short"}


def test_the_data_of_an_item_are_texts_and_lists_are_joined() -> None:
    (found,) = framework(
        package(
            [
                item(
                    1,
                    CFItemType="Standard",
                    educationLevel=["09", "10"],
                    listEnumeration="2.",
                    subject="Mathematics",
                    conceptKeywords=["ratio", "rate"],
                    alternativeLabel="Outcome",
                    notes=None,
                )
            ]
        )
    ).items
    assert found.data == {
        "item_type": "Standard",
        "education_level": "09 10",
        "statement": "Statement 1",
        "alternative_label": "Outcome",
        "list_enumeration": "2.",
        "subject": "Mathematics",
        "concept_keywords": "ratio, rate",
    }


def test_page_breaks_in_a_statement_part_words() -> None:
    (found,) = framework(package([item(1, fullStatement="Count\f to\v ten.\nAloud.")])).items
    assert found.title == "Count to ten. Aloud."


def test_a_code_that_two_items_have_is_the_code_of_neither() -> None:
    found, warning = only_warning(package([item(1, "A"), item(2, "A"), item(3, "B")]))
    assert [one.code for one in found.items] == [identifier(1), identifier(2), "B"]
    assert pointers(warning) == ["/CFItems/0/humanCodingScheme", "/CFItems/1/humanCodingScheme"]
    assert "`A`" in warning.message


def test_a_code_that_is_the_identifier_of_another_item_is_not_used() -> None:
    found, _ = only_warning(package([item(1, identifier(2)), item(2)]))
    assert [one.code for one in found.items] == [identifier(1), identifier(2)]


def test_children_stand_by_their_sequence_numbers_and_then_as_in_the_file() -> None:
    items = [item(number, code) for number, code in enumerate("PABCDE", start=1)]
    order = {2: None, 3: 10, 4: 9, 5: None, 6: 9}
    parts = [
        association("isChildOf", child, 1, **({} if number is None else {"sequenceNumber": number}))
        for child, number in order.items()
    ]
    found = framework(package(items, [*parts, association("isChildOf", 1, DOCUMENT)]))
    assert found.children == {"P": ("C", "E", "B", "A", "D")}


def test_precedes_makes_a_prerequisite_of_its_origin_and_the_same_twice_is_once() -> None:
    before = [association("precedes", 2, 1), association("precedes", 3, 1), association("precedes", 2, 1)]
    found = framework(package([item(1, "A"), item(2, "B"), item(3, "C")], before))
    assert found.prerequisites == {"A": ("B", "C")}
    assert found.children == {}


def test_other_associations_of_the_list_and_extensions_are_left_out_in_silence() -> None:
    kinds = [kind for kind in case_schema.ASSOCIATION_TYPES if kind not in {"isChildOf", "precedes"}]
    others = [association(kind, 1, "elsewhere") for kind in (*kinds, "ext:sameStrand")]
    found = framework(package([item(1, "A")], others))
    assert (found.children, found.prerequisites) == ({}, {})


def test_a_package_without_associations_is_a_list() -> None:
    content = package([item(1, "A")])
    del content["CFAssociations"]
    assert framework(content).children == {}


# --- faults that do not matter ---


def test_an_unknown_field_is_told_once_however_often_it_stands() -> None:
    items = [item(number, f"A{number}", fullstatement="x") for number in range(1, 11)]
    found, warning = only_warning(package(items))
    assert len(found.items) == 10
    assert warning.message.startswith("the field `fullstatement` is not part of CASE")
    assert pointers(warning) == [f"/CFItems/{index}/fullstatement" for index in range(PLACES_SHOWN_MAX)]
    assert warning.notes == ("The same is so in 5 more places.",)
    assert "`fullStatement`" in warning.fixes[0].text


def test_echoes_of_the_package_and_the_document_are_no_faults() -> None:
    content = package([item(1, "A", CFDocumentURI=link(DOCUMENT))])
    content["CFDocument"]["CFPackageURI"] = link(DOCUMENT)
    framework(content)


def test_a_field_that_is_required_and_never_read_may_be_missing() -> None:
    bare = item(1, "A")
    del bare["uri"]
    found, warning = only_warning(package([bare]))
    assert found.items[0].code == "A"
    assert pointers(warning) == ["/CFItems/0/uri"]


def test_an_association_to_something_outside_the_package_is_left_out() -> None:
    outside = [association("precedes", 9, 1), association("isChildOf", 1, "elsewhere")]
    found, diagnostics = read(package([item(1, "A")], outside))
    assert found is not None
    assert (found.prerequisites, found.children) == ({}, {})
    assert [diagnostic.kind.code for diagnostic in diagnostics] == ["CBE606", "CBE606"]
    assert [pointers(diagnostic) for diagnostic in diagnostics] == [
        ["/CFAssociations/0/originNodeURI/identifier"],
        ["/CFAssociations/1/destinationNodeURI/identifier"],
    ]


def test_a_sequence_number_that_is_no_whole_number_leaves_the_order_of_the_file() -> None:
    parts = [association("isChildOf", 2, 1, sequenceNumber=True), association("isChildOf", 3, 1, sequenceNumber="1")]
    found, warning = only_warning(package([item(1, "P"), item(2, "A"), item(3, "B")], parts))
    assert found.children == {"P": ("A", "B")}
    assert pointers(warning) == ["/CFAssociations/0/sequenceNumber", "/CFAssociations/1/sequenceNumber"]


def test_an_identifier_that_is_no_uuid_still_tells_items_apart() -> None:
    found, warning = only_warning(package([item(1, identifier="first")]))
    assert found.items[0].code == "first"
    assert pointers(warning) == ["/CFItems/0/identifier"]


def test_a_framework_without_items_is_noticed() -> None:
    found, _ = only_warning(package([]))
    assert found.items == ()


# --- faults of entries ---


@pytest.mark.parametrize("statement", ["", "  ", None, 7, ["Count"], "name \u202e reversed", "half \ud800", "nul \0"])
def test_a_statement_that_cannot_be_read_is_shown_by_its_pointer(statement: Any) -> None:
    items = [item(number) for number in range(1, 13)]
    fault = only_fault(package([*items, item(20, fullStatement=statement)]), "CBE602")
    assert pointers(fault) == ["/CFItems/12/fullStatement"]


def test_a_missing_statement_is_told_once_for_all_items_that_miss_it() -> None:
    items = [item(number) for number in range(1, 4)]
    for one in items[1:]:
        del one["fullStatement"]
    fault = only_fault(package(items), "CBE602")
    assert pointers(fault) == ["/CFItems/1/fullStatement", "/CFItems/2/fullStatement"]
    assert "is missing" in fault.message


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"humanCodingScheme": 5}, "/CFItems/0/humanCodingScheme"),
        ({"educationLevel": [9]}, "/CFItems/0/educationLevel"),
        ({"identifier": None}, "/CFItems/0/identifier"),
    ],
)
def test_a_field_of_another_type_is_shown_by_its_pointer(fields: dict[str, Any], pointer: str) -> None:
    assert pointers(only_fault(package([item(1, **fields)]), "CBE602")) == [pointer]


@pytest.mark.parametrize("entry", [None, "Count to ten", []])
def test_an_entry_that_is_no_object_is_shown_by_its_pointer(entry: Any) -> None:
    assert pointers(only_fault(package([item(1), entry]), "CBE602")) == ["/CFItems/1"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"originNodeURI": {"title": "x", "uri": "x"}}, "/CFAssociations/0/originNodeURI/identifier"),
        ({"destinationNodeURI": "x"}, "/CFAssociations/0/destinationNodeURI"),
        ({"destinationNodeURI": None}, "/CFAssociations/0/destinationNodeURI"),
        ({"associationType": "isParentOf"}, "/CFAssociations/0/associationType"),
    ],
)
def test_a_fault_of_an_association_is_shown_by_its_pointer(fields: dict[str, Any], pointer: str) -> None:
    faulty = {**association("precedes", 1, 2), **fields}
    assert pointers(only_fault(package([item(1), item(2)], [faulty]), "CBE602")) == [pointer]


def test_a_mistyped_type_of_association_is_told_with_the_nearest() -> None:
    fault = only_fault(package([item(1)], [association("precede", 1, 1)]), "CBE602")
    assert "did you mean `precedes`?" in fault.message


def test_identifiers_that_stand_twice_are_shown_in_both_places() -> None:
    fault = only_fault(package([item(1), item(2), item(1)]), "CBE602")
    assert pointers(fault) == ["/CFItems/0/identifier", "/CFItems/2/identifier"]
    fault = only_fault(package([item(1, identifier=DOCUMENT)]), "CBE602")
    assert pointers(fault) == ["/CFDocument/identifier", "/CFItems/0/identifier"]


@pytest.mark.parametrize("document", [None, [], "missing", {"title": "T"}])
def test_a_package_needs_its_document(document: Any) -> None:
    content = package([item(1)])
    content["CFDocument"] = document
    if document == "missing":
        del content["CFDocument"]
    found, diagnostics = read(content)
    assert found is None
    faults = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
    assert [fault.kind.code for fault in faults] == ["CBE602"]
    assert str(pointers(faults[0])[0]).startswith("/CFDocument")


def test_associations_that_are_no_list_are_refused() -> None:
    assert pointers(only_fault({**package([item(1)]), "CFAssociations": {}}, "CBE602")) == ["/CFAssociations"]


def test_a_file_that_is_wrong_in_every_way_is_not_told_in_every_way() -> None:
    items = [{**item(number), f"unknown_{number}": 1} for number in range(1, FAULTS_MAX + 11)]
    _, diagnostics = read(package(items))
    assert len(diagnostics) == FAULTS_MAX
    assert diagnostics[-1].notes == ("The file has 10 more faults of other kinds.",)


def test_a_pointer_escapes_the_marks_that_pointers_are_made_of() -> None:
    _, warning = only_warning(package([{**item(1), "a/b~c": 1}]))
    assert pointers(warning) == ["/CFItems/0/a~1b~0c"]


# --- circles ---


def test_a_circle_of_prerequisites_is_printed_in_words_with_its_places() -> None:
    around = [association("precedes", 1, 2), association("precedes", 2, 3), association("precedes", 3, 1)]
    items = [item(1, "A"), item(2, "B"), item(3, "C")]
    fault = only_fault(package(items, around), "CBE603")
    ring = fault.data["cycle"]
    first, second, third = ring
    assert fault.message == (
        f"the order goes in a circle: `{first}` comes before `{second}`, `{second}` before `{third}`, "
        f"and `{third}` before `{first}`"
    )
    assert "".join(ring) in {"ABC", "BCA", "CAB"}
    assert sorted(map(str, pointers(fault))) == ["/CFAssociations/0", "/CFAssociations/1", "/CFAssociations/2"]


def test_the_shortest_circle_is_printed() -> None:
    around = [association("precedes", number, number % 5 + 1) for number in range(1, 6)]
    fault = only_fault(
        package([item(n, code) for n, code in enumerate("ABCDE", start=1)], [*around, association("precedes", 3, 2)]),
        "CBE603",
    )
    assert sorted(fault.data["cycle"]) == ["B", "C"]


def test_an_item_that_is_part_of_itself_is_a_circle() -> None:
    fault = only_fault(package([item(1, "A")], [association("isChildOf", 1, 1)]), "CBE603")
    assert fault.message == "the order goes in a circle: `A` is a part of itself"


def test_a_circle_of_parts_is_printed_in_its_own_words() -> None:
    around = [association("isChildOf", 1, 2), association("isChildOf", 2, 1)]
    fault = only_fault(package([item(1, "A"), item(2, "B")], around), "CBE603")
    told = {"`A` is a part of `B`, and `B` of `A`", "`B` is a part of `A`, and `A` of `B`"}
    assert fault.message.removeprefix("the order goes in a circle: ") in told


def test_a_long_circle_is_cut_in_the_message_and_whole_in_the_data() -> None:
    count = 300
    around = [association("precedes", number, number % count + 1) for number in range(1, count + 1)]
    fault = only_fault(package([item(number, f"A{number}") for number in range(1, count + 1)], around), "CBE603")
    assert "and so on over 290 more" in fault.message
    assert len(fault.data["cycle"]) == count


# --- files that are no packages ---


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\t ", "is empty"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page (HTML)"),
        (b"\xef\xbb\xbf  <html>", "web page (HTML)"),
        (b"<?xml version='1.0'?><CFPackage/>", "HTML or XML"),
        (b"[1, 2]", "holds a list"),
        (b"42", "a single value"),
        (b"{}", "no `CFItems`"),
        (b'{"CFItems": {}}', "is not a list"),
        (b'{"imsx_codeMajor": "failure"}', "no `CFItems`"),
        (b'{"CFItems": [', "ends in the middle"),
        (b'{"CFItems": "un', "ends in the middle"),
        (b'{"CFItems": [}', "stops being JSON on line 1, column 14"),
        (b'{"CFItems": [], "n": ' + b"9" * 5_000 + b"}", "thousands of digits"),
        (b'{"CFItems": [], "n": 1e99999999999999999999}', "thousands of digits"),
    ],
)
def test_a_file_that_is_no_package_is_told_what_it_is(content: bytes, words: str) -> None:
    assert words in only_fault(content, "CBE601").message


def test_the_answer_of_a_server_that_failed_is_recognised() -> None:
    assert "answer of a CASE server" in only_fault(b'{"imsx_codeMajor": "failure"}', "CBE601").notes[0]


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [NESTING_MAX + 1, 100_000])
def test_a_file_that_nests_too_deeply_is_refused_before_it_is_parsed(opening: str, depth: int) -> None:
    fault = only_fault(f'\n{{"CFItems": {opening * depth}'.encode(), "CBE601")
    assert f"deeper than {NESTING_MAX} levels, on line 2" in fault.message


def test_brackets_within_texts_do_not_nest() -> None:
    brackets = "[{" * NESTING_MAX + '\\"' + "[" * NESTING_MAX
    (found,) = framework(package([item(1, fullStatement=f"a{brackets}")])).items
    assert found.title == f"a{brackets}"


def test_extensions_may_nest_as_deep_as_the_limit() -> None:
    nested: Any = 1
    for _ in range(NESTING_MAX - 3):
        nested = [nested]
    framework(package([item(1, "A", extensions=nested)]))
    only_fault(package([item(1, "A", extensions=[nested])]), "CBE601")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (json.dumps(package([])).encode("utf-16"), "CBE002"),
        (json.dumps(package([])).encode("utf-16-le"), "CBE002"),
        (b'{"CFItems": [] \0}', "CBE004"),
        (b'{"CFItems": ["\xe9"]}', "CBE002"),
    ],
)
def test_a_package_is_a_utf_8_text(content: bytes, code: str) -> None:
    only_fault(content, code)


def test_a_file_of_fifty_million_bytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.case.json"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    found, (diagnostic,) = read_case(path, "MATH")
    assert found is None
    assert diagnostic.kind.code == "CBE003"
    assert f"{CASE_BYTES_MAX:,}" in diagnostic.message


def test_a_package_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "math.case.json"
    path.write_text(json.dumps(package([item(1, "A")])), encoding="utf-8")
    found, diagnostics = read_case(path, "MATH")
    assert diagnostics == ()
    assert found is not None
    assert found.items[0].code == "A"
    assert read_case(tmp_path / "none.json", "MATH")[1][0].kind.code == "CBE001"
