"""What a CASE 1.0 or 1.1 package may hold, as marshmallow schemas of its entries, and every field name it knows.

Sources: the CFPackage JSON schemas of 1EdTech CASE 1.0 and 1.1. Only fields that are used or required are checked;
`IS_USED` tells those that a framework needs from those that a producer owes and nothing here reads.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from competency.interchange.cell_fault import CellFault, shown
from competency.interchange.cells import PLAIN, read_cell
from competency.model.facts import Column, ColumnType

IS_USED = "is used"

IS_CHILD_OF, PRECEDES = "isChildOf", "precedes"
# `isTranslationOf` came with 1.1; the others are in both.
ASSOCIATION_TYPES = (
    IS_CHILD_OF,
    "isPeerOf",
    "isPartOf",
    "exactMatchOf",
    PRECEDES,
    "isRelatedTo",
    "replacedBy",
    "exemplar",
    "hasSkillLevel",
    "isTranslationOf",
)
EXTENSION_PREFIX = "ext:"

PACKAGE_FIELDS = frozenset({"CFDocument", "CFItems", "CFAssociations", "CFDefinitions", "CFRubrics", "extensions"})
_EVERYWHERE = {"identifier", "uri", "lastChangeDateTime", "notes", "extensions"}
_IN_DOCUMENT_AND_ITEMS = {"subject", "subjectURI", "language", "licenseURI", "statusStartDate", "statusEndDate"}
DOCUMENT_FIELDS = frozenset(
    {"frameworkType", "caseVersion", "creator", "title", "officialSourceURL", "publisher", "description", "version"}
    | {"adoptionStatus"}
    | _IN_DOCUMENT_AND_ITEMS
    | _EVERYWHERE
)
ITEM_FIELDS = frozenset(
    {"fullStatement", "abbreviatedStatement", "alternativeLabel", "humanCodingScheme", "listEnumeration"}
    | {"CFItemType", "CFItemTypeURI", "educationLevel", "conceptKeywords", "conceptKeywordsURI"}
    | _IN_DOCUMENT_AND_ITEMS
    | _EVERYWHERE
)
ASSOCIATION_FIELDS = frozenset(
    {"associationType", "sequenceNumber", "originNodeURI", "destinationNodeURI", "CFAssociationGroupingURI"}
    | _EVERYWHERE
)
# Servers answer each entry with the address of what it belongs to; packages made from such answers keep the echo.
ECHO_FIELDS = frozenset({"CFPackageURI", "CFDocumentURI"})

_TEXT = Column("text", ColumnType.TEXT, "Text.")
# Page and column breaks that real packages carry over from word processors; they part words and mean nothing else.
_LEFTOVERS = re.compile(r"[\f\v\x1c-\x1f\x85]")
_NOT_AN_OBJECT = "is not an object"
_MESSAGES: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "is missing, and CASE requires it",
    "null": "is null, and CASE requires a value",
    "type": _NOT_AN_OBJECT,
    "invalid": "is not a whole number",
}


class TextField(fields.Field[str]):
    """A text. A required one is not blank; an optional one may be null, which is no text."""

    def __init__(self, name_in_file: str | None = None, *, required: bool = False, is_used: bool = True) -> None:
        super().__init__(
            data_key=name_in_file,
            required=required,
            allow_none=not required,
            error_messages=_MESSAGES,
            metadata={IS_USED: is_used},
        )

    def _deserialize(self, value: Any, *_arguments: Any, **_options: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"is not a text but {shown(value)}")
        if self.required and not value.strip():
            raise ValidationError("is blank, and CASE requires a text")
        try:
            return str(read_cell(_TEXT, _LEFTOVERS.sub(" ", value), PLAIN) or "")
        except CellFault as fault:
            raise ValidationError(f"cannot be read: {fault.reason}") from fault


class TextListField(fields.Field[str]):
    """A list of texts, read as one text with a separator; CASE 1.0 allows a single text in its place."""

    def __init__(self, name_in_file: str, *, separator: str) -> None:
        super().__init__(data_key=name_in_file, allow_none=True, metadata={IS_USED: True})
        self._separator = separator
        self._entry = TextField()

    def _deserialize(self, value: Any, *_arguments: Any, **_options: Any) -> str:
        entries = value if isinstance(value, list) else [value]
        texts = [self._entry.deserialize(entry) for entry in entries]
        return self._separator.join(text for text in texts if text)


class AssociationTypeField(TextField):
    """A type of association: one of the list, or an extension."""

    def _deserialize(self, value: Any, *arguments: Any, **options: Any) -> str:
        text = super()._deserialize(value, *arguments, **options)
        if text not in ASSOCIATION_TYPES and not text.startswith(EXTENSION_PREFIX):
            nearest = difflib.get_close_matches(text, ASSOCIATION_TYPES, n=1)
            remedy = f"; did you mean `{nearest[0]}`?" if nearest else ""
            raise ValidationError(f"is {shown(text)}, which is no type of association in CASE{remedy}")
        return text


class SequenceNumberField(fields.Integer):
    """A whole number that only orders what could also stand in the order of the file."""

    def __init__(self) -> None:
        super().__init__(
            data_key="sequenceNumber",
            strict=True,
            allow_none=True,
            error_messages=_MESSAGES,
            metadata={IS_USED: False},
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> int:
        # To Python true is a whole number; to CASE it is none.
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class LinkField(fields.Nested):
    """One end of an association."""

    def __init__(self, name_in_file: str) -> None:
        super().__init__(
            LinkSchema, data_key=name_in_file, required=True, error_messages=_MESSAGES, metadata={IS_USED: True}
        )


class EntrySchema(Schema):
    """An entry of a package. Fields that it does not name are passed over: whoever reads tells known from unknown.

    The names of the fields are those of the model; the name in the file stands in brackets where it differs.
    """

    error_messages: ClassVar[dict[str, str]] = {"type": _NOT_AN_OBJECT}  # type: ignore[misc]

    class Meta:
        """Fields that are not named are no fault."""

        unknown = EXCLUDE

    identifier = TextField(required=True)
    uri = TextField(required=True, is_used=False)


class LinkSchema(EntrySchema):
    """Where an association begins or ends."""

    title = TextField(required=True, is_used=False)


class DocumentSchema(EntrySchema):
    """The framework as a whole."""

    title = TextField(required=True)
    creator = TextField(required=True, is_used=False)
    changed_at = TextField("lastChangeDateTime", required=True, is_used=False)


class ItemSchema(EntrySchema):
    """A competency."""

    changed_at = TextField("lastChangeDateTime", required=True, is_used=False)
    statement = TextField("fullStatement", required=True)
    abbreviated_statement = TextField("abbreviatedStatement")
    alternative_label = TextField("alternativeLabel")
    coding_scheme = TextField("humanCodingScheme")
    list_enumeration = TextField("listEnumeration")
    item_type = TextField("CFItemType")
    education_level = TextListField("educationLevel", separator=" ")
    subject = TextListField("subject", separator=", ")
    concept_keywords = TextListField("conceptKeywords", separator=", ")
    notes = TextField()


class AssociationSchema(EntrySchema):
    """A relation between two entries, of this package or elsewhere."""

    changed_at = TextField("lastChangeDateTime", required=True, is_used=False)
    type = AssociationTypeField("associationType", required=True)
    origin = LinkField("originNodeURI")
    destination = LinkField("destinationNodeURI")
    sequence_number = SequenceNumberField()


def faults_of(schema: Schema, messages: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each fault of an entry: the JSON pointer from the entry, what is wrong, and whether the field is used."""
    by_name = {field.data_key or name: field for name, field in schema.fields.items()}
    for name, found in messages.items():
        field = by_name.get(name)
        if field is None:
            yield "", found[0], True
        elif isinstance(field, fields.Nested) and isinstance(found, Mapping):
            for pointer, message, is_used in faults_of(field.schema, found):
                yield f"/{name}{pointer}", message, is_used
        else:
            yield f"/{name}", found[0], bool(field.metadata[IS_USED])
