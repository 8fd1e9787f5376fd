"""A framework from a 1EdTech CASE package (CFPackage JSON, version 1.0 or 1.1) to a Framework.

Items become competencies, isChildOf their order, precedes their prerequisites. Other associations are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from competency.diagnostics import Diagnostic, has_errors
from competency.diagnostics.kinds import FRAMEWORK_TOLERATED
from competency.interchange.case_findings import CaseFindings, pointer_to
from competency.interchange.case_schema import IS_CHILD_OF, PRECEDES
from competency.interchange.cell_fault import shown
from competency.interchange.check_case import CaseEntries, Entry, check_case
from competency.interchange.describe_circle import COMES_BEFORE, IS_A_PART, RelationWords, describe_circle
from competency.interchange.parse_package import parse_package
from competency.interchange.read_text import decode_text, read_text
from competency.model.items import COMPETENCY, Framework, Item, ItemValue
from competency.source import Place

# The Common Core in mathematics takes 1.2 million bytes; ten times its competencies, with long notes, stay below this.
CASE_BYTES_MAX = 32_000_000

# The fields of an item that rules and reports may ask for, under these names.
DATA_FIELDS = (
    "item_type",
    "education_level",
    "statement",
    "abbreviated_statement",
    "alternative_label",
    "list_enumeration",
    "subject",
    "concept_keywords",
    "notes",
)


def read_case(path: Path, name: str, *, text: bytes | None = None) -> tuple[Framework | None, tuple[Diagnostic, ...]]:
    """The framework `name` from a package at `path`, or from bytes that came from there; None where it has errors.

    The code of an item is its humanCodingScheme where it has one that no other item has, else its identifier.
    """
    decoded, diagnostics = read_text(path, CASE_BYTES_MAX) if text is None else decode_text(text, path, CASE_BYTES_MAX)
    if decoded is None:
        return None, diagnostics
    package, diagnostics = parse_package(decoded, str(path))
    if package is None:
        return None, diagnostics
    findings = CaseFindings(str(path))
    entries = check_case(package, findings)
    if entries is None:
        return None, findings.diagnostics()
    codes = _codes(entries.items, findings)
    if not entries.items:
        message, remedy = "the framework has no items", "look whether the export was made with its items"
        findings.add(FRAMEWORK_TOLERATED, message, "/CFItems", remedy)
    before, before_at = _related(entries, PRECEDES, codes, findings)
    parts, parts_at = _related(entries, IS_CHILD_OF, codes, findings)
    circles = [
        _circle(before, COMES_BEFORE, before_at, path),
        _circle(parts, IS_A_PART, parts_at, path),
    ]
    diagnostics = (*(circle for circle in circles if circle is not None), *findings.diagnostics())
    if has_errors(diagnostics):
        return None, diagnostics
    items = tuple(_item(entry, codes[entry["identifier"]]) for entry in entries.items)
    return Framework(name, entries.document["title"], items, parts, before), diagnostics


def _codes(items: Sequence[Entry], findings: CaseFindings) -> dict[str, str]:
    """Each item's code by its identifier."""
    count = Counter(_on_one_line(item.get("coding_scheme")) for item in items)
    identifiers = {item["identifier"] for item in items}
    codes = {}
    for index, item in enumerate(items):
        identifier, code = item["identifier"], _on_one_line(item.get("coding_scheme"))
        if code and (count[code] > 1 or (code in identifiers and code != identifier)):
            findings.add(
                FRAMEWORK_TOLERATED,
                f"the code {shown(code)} stands for more than one item; each of them has its identifier as its code",
                pointer_to("CFItems", index, "humanCodingScheme"),
                "give each a code of its own where the framework is kept, if rules are to name them",
                f"its code is `{identifier}`",
            )
            code = ""
        codes[identifier] = code or identifier
    return codes


def _item(entry: Entry, code: str) -> Item:
    data: dict[str, ItemValue] = {name: entry[name] for name in DATA_FIELDS if entry.get(name)}
    title = _on_one_line(entry.get("abbreviated_statement")) or _on_one_line(entry["statement"])
    return Item(COMPETENCY, code, title, data, entry["identifier"])


def _on_one_line(text: str | None) -> str:
    return " ".join((text or "").split())


Relation = dict[str, tuple[str, ...]]
Places = dict[tuple[str, str], str]


def _related(
    entries: CaseEntries, type_: str, codes: dict[str, str], findings: CaseFindings
) -> tuple[Relation, Places]:
    """What associations of a type lead to: destination to origins, by sequence number, then as in the file.

    For `precedes` the origins come before the destination; for `isChildOf` they are its parts. A part of the document
    is part of no item. With it, where each pair stands.
    """
    document = entries.document["identifier"]
    found: dict[str, list[tuple[bool, int, str]]] = {}
    places: Places = {}
    for index, association in enumerate(entries.associations):
        if association["type"] != type_:
            continue
        origin, destination = association["origin"]["identifier"], association["destination"]["identifier"]
        if type_ == IS_CHILD_OF and destination == document and origin in codes:
            continue
        outside = [
            (end, field)
            for end, field in ((origin, "originNodeURI"), (destination, "destinationNodeURI"))
            if end not in codes
        ]
        for end, field in outside:
            findings.add(
                FRAMEWORK_TOLERATED,
                f"an association {type_} leads to something that is no item of this package; it was left out",
                pointer_to("CFAssociations", index, field, "identifier"),
                "add the item to the package if rules are to know of it",
                shown(end),
            )
        pair = (codes.get(origin, ""), codes.get(destination, ""))
        if outside or pair in places:
            continue
        number = association.get("sequence_number")
        found.setdefault(pair[1], []).append((number is None, number or 0, pair[0]))
        places[pair] = pointer_to("CFAssociations", index)
    # Sorting is stable and looks at the numbers alone: equal and missing ones stay as in the file.
    ordered = {code: tuple(one[2] for one in sorted(ones, key=lambda one: one[:2])) for code, ones in found.items()}
    return ordered, places


def _circle(relation: Relation, words: RelationWords, places: Places, path: Path) -> Diagnostic | None:
    def place(one: str, other: str) -> Place:
        return Place(str(path), field=places[one, other])

    return describe_circle(relation, words, place)
