"""The entries of a parsed CASE package, checked against the schemas: to entries that can be trusted, and findings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from competency.diagnostics.kinds import FRAMEWORK_FAULT, FRAMEWORK_TOLERATED
from competency.interchange.case_findings import CaseFindings, pointer_to
from competency.interchange.case_schema import (
    ASSOCIATION_FIELDS,
    DOCUMENT_FIELDS,
    ECHO_FIELDS,
    ITEM_FIELDS,
    PACKAGE_FIELDS,
    AssociationSchema,
    DocumentSchema,
    EntrySchema,
    ItemSchema,
    faults_of,
)
from competency.interchange.cell_fault import shown

# CASE 1.1 writes identifiers in small letters; 1.0 allows capitals.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseEntries:
    """What a package holds, field by field under the names of the schemas. Positions are those in the file."""

    document: Entry
    items: Sequence[Entry]
    associations: Sequence[Entry]


def check_case(package: Mapping[str, Any], findings: CaseFindings) -> CaseEntries | None:
    """The entries of a package; None where one of them cannot be used. What is wrong goes into the findings."""
    _check_names(package, PACKAGE_FIELDS, "", findings)
    if "CFDocument" not in package:
        findings.add(
            FRAMEWORK_FAULT,
            "the package has no `CFDocument`, which says what the framework is",
            "/CFDocument",
            "export the whole package, not its items alone",
        )
        document = None
    else:
        document = _entry(DocumentSchema(), package["CFDocument"], "/CFDocument", DOCUMENT_FIELDS, findings)
    items = _entries(ItemSchema(), package["CFItems"], "CFItems", ITEM_FIELDS, findings)
    associations: list[Entry] | None = []
    listed = package.get("CFAssociations")
    if isinstance(listed, list):
        associations = _entries(AssociationSchema(), listed, "CFAssociations", ASSOCIATION_FIELDS, findings)
    elif listed is not None:
        findings.add(FRAMEWORK_FAULT, "`CFAssociations` is not a list", "/CFAssociations", "export the package again")
        associations = None
    if document is None or items is None or associations is None:
        return None
    entries = CaseEntries(document, items, associations)
    return entries if _check_identifiers(entries, findings) else None


def _entries(
    schema: EntrySchema, listed: Sequence[Any], name: str, known: frozenset[str], findings: CaseFindings
) -> list[Entry] | None:
    found = [_entry(schema, each, pointer_to(name, index), known, findings) for index, each in enumerate(listed)]
    usable = [entry for entry in found if entry is not None]
    return usable if len(usable) == len(found) else None


def _entry(
    schema: EntrySchema, value: Any, pointer: str, known: frozenset[str], findings: CaseFindings
) -> Entry | None:
    """An entry as the schema loads it; without the fields at fault where nothing depends on them."""
    if isinstance(value, Mapping):
        _check_names(value, known, pointer, findings)
    try:
        loaded: Entry = schema.load(value)
        return loaded
    except ValidationError as error:
        is_usable = True
        what = pointer.split("/")[1]
        for inner, message, is_used in faults_of(schema, error.messages_dict):
            is_usable = is_usable and not is_used
            words = f"`{inner[1:]}` of an entry of {what}" if inner else f"an entry of {what}"
            if is_used:
                remedy = "correct it where the framework is kept, and export it again"
                findings.add(FRAMEWORK_FAULT, f"{words} {message}", pointer + inner, remedy)
            else:
                remedy = "nothing needs to be done: no rule reads it"
                findings.add(FRAMEWORK_TOLERATED, f"{words} {message}", pointer + inner, remedy)
        valid: Any = error.valid_data
        return valid if is_usable else None


def _check_names(entry: Mapping[str, Any], known: frozenset[str], pointer: str, findings: CaseFindings) -> None:
    for name in entry:
        if name not in known and name not in ECHO_FIELDS:
            nearest = difflib.get_close_matches(name, sorted(known), n=1)
            meant = f"did you mean `{nearest[0]}`? Otherwise " if nearest else ""
            findings.add(
                FRAMEWORK_TOLERATED,
                f"the field {shown(name)} is not part of CASE; it was not read",
                pointer + pointer_to(name),
                f"{meant}nothing needs to be done",
            )


def _check_identifiers(entries: CaseEntries, findings: CaseFindings) -> bool:
    """Whether each identifier stands once. One that is no UUID still tells entries apart."""
    first = {entries.document["identifier"]: "/CFDocument/identifier"}
    is_sound = True
    for index, item in enumerate(entries.items):
        identifier = item["identifier"]
        pointer = pointer_to("CFItems", index, "identifier")
        if identifier in first:
            is_sound = False
            message = f"the identifier {shown(identifier)} stands more than once"
            remedy = "give every entry an identifier of its own: nobody can tell which one an association means"
            if first[identifier]:
                findings.add(FRAMEWORK_FAULT, message, first[identifier], remedy, "the first time")
                first[identifier] = ""
            findings.add(FRAMEWORK_FAULT, message, pointer, remedy, "again")
        else:
            first[identifier] = pointer
        if not _UUID.fullmatch(identifier):
            message = "an identifier is no UUID, as CASE requires"
            remedy = "nothing needs to be done here; other systems may refuse the file"
            findings.add(FRAMEWORK_TOLERATED, message, pointer, remedy, shown(identifier))
    return is_sound
