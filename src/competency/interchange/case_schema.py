"""What a CASE 1.0 or 1.1 package may hold, as marshmallow schemas of its entries, and every field name it knows.

Sources: the CFPackage JSON schemas of 1EdTech CASE 1.0 and 1.1. Only fields that are used or required are checked;
`IS_USED` tells those that a framework needs from those that a producer owes and nothing here reads.
"""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

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
DOCUMENT_FIELDS = frozenset(
    "identifier uri frameworkType caseVersion creator title lastChangeDateTime officialSourceURL publisher description "
    "subject subjectURI language version adoptionStatus statusStartDate statusEndDate licenseURI notes "
    "extensions".split()
)
ITEM_FIELDS = frozenset(
    "identifier fullStatement alternativeLabel CFItemType uri humanCodingScheme listEnumeration abbreviatedStatement "
    "conceptKeywords conceptKeywordsURI notes subject subjectURI language educationLevel CFItemTypeURI licenseURI "
    "statusStartDate statusEndDate lastChangeDateTime extensions".split()
)
ASSOCIATION_FIELDS = frozenset(
    "identifier associationType sequenceNumber uri originNodeURI destinationNodeURI CFAssociationGroupingURI "
    "lastChangeDateTime notes extensions".split()
)
# Servers answer each entry with the address of what it belongs to; packages made from such answers keep the echo.
ECHO_FIELDS = frozenset({"CFPackageURI", "CFDocumentURI"})

_TEXT = Column("text", ColumnType.TEXT, "Text.")
_MESSAGES = {
    "required": "is missing, and CASE requires it",
    "null": "is null, and CASE requires a value",
    "type": "is not an object",
    "invalid": "is not a whole number",
}


class TextField(fields.Field[str]):
    """A text. A required one is not blank; an optional one may be null, which is no text."""

    def __init__(self, *, required: bool = False, is_used: bool = True) -> None:
        super().__init__(
            required=required, allow_none=not required, error_messages=dict(_MESSAGES), metadata={IS_USED: is_used}
        )

    def _deserialize(self, value: Any, *_arguments: Any, **_options: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"is not a text but {shown(value)}")
        if self.required and not value.strip():
            raise ValidationError("is blank, and CASE requires a text")
        try:
            return str(read_cell(_TEXT, value, PLAIN) or "")
        except CellFault as fault:
            raise ValidationError(f"cannot be read: {fault.reason}") from fault


class TextListField(fields.Field[str]):
    """A list of texts, read as one text with a separator; CASE 1.0 allows a single text in its place."""

    def __init__(self, separator: str) -> None:
        super().__init__(allow_none=True, metadata={IS_USED: True})
        self._separator = separator
        self._entry = TextField()

    def _deserialize(self, value: Any, *_arguments: Any, **_options: Any) -> str:
        entries = value if isinstance(value, list) else [value]
        texts = [self._entry.deserialize(entry) for entry in entries]
        return self._separator.join(text for text in texts if text)


class WholeNumberField(fields.Integer):
    """A whole number that only orders what could also stand in the order of the file."""

    def __init__(self) -> None:
        super().__init__(strict=True, allow_none=True, error_messages=dict(_MESSAGES), metadata={IS_USED: False})

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> int:
        # To Python true is a whole number, and to CASE it is none.
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **options)


class _EntrySchema(Schema):
    """An entry of a package. Unknown fields are told apart from faults, by whoever reads."""

    error_messages = {"type": _MESSAGES["type"]}  # noqa: RUF012 - as marshmallow declares it

    class Meta:
        """Unknown fields are no faults here."""

        unknown = EXCLUDE


class LinkSchema(_EntrySchema):
    """One end of an association."""

    identifier = TextField(required=True)
    title = TextField(required=True, is_used=False)
    uri = TextField(required=True, is_used=False)


class DocumentSchema(_EntrySchema):
    """The framework as a whole."""

    identifier = TextField(required=True)
    title = TextField(required=True)
    uri = TextField(required=True, is_used=False)
    creator = TextField(required=True, is_used=False)
    changed_at = TextField(required=True, is_used=False)
    changed_at.data_key = "lastChangeDateTime"


class ItemSchema(_EntrySchema):
    """A competency. The names on the left are those of the model; `data_key` is the name in the file."""


class AssociationSchema(_EntrySchema):
    """A relation between two entries, here or elsewhere."""


def association_type(value: str) -> None:
    """Check a type of association against the list, which may be extended. Raises ValidationError."""
    if value not in ASSOCIATION_TYPES and not value.startswith(EXTENSION_PREFIX):
        raise ValidationError(f"is {shown(value)}, which is no type of association in CASE")


_ = validate
