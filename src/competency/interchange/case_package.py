"""The marshmallow schemas of a 1EdTech CASE package, versions 1.0 and 1.1: what is read of it, and no more.

Version 1.0 echoes links to the package and the document inside; these and all else that is not read is left out.
"""

# ruff: noqa: N815 - the fields have the names that CASE gives them
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

# The list of the CASE 1.1 information model, which holds that of 1.0; schools and states add types that begin with ext:
ASSOCIATION_TYPES = (
    "isChildOf",
    "isPeerOf",
    "isPartOf",
    "exactMatchOf",
    "precedes",
    "isRelatedTo",
    "replacedBy",
    "exemplar",
    "hasSkillLevel",
    "isTranslationOf",
)
OWN_TYPE_PREFIX = "ext:"

# The shape in which marshmallow takes the messages of a field.
Messages = dict[str, str | list[Any] | dict[Any, Any]]

_MISSING: Messages = {"required": "is missing", "null": "is null, and a value is needed"}
_LIST: Messages = {**_MISSING, "invalid": "is not a list", "type": "is not a list"}
_OBJECT: Messages = {**_MISSING, "type": "is not an object"}
_NUMBER: Messages = {"invalid": "is not a whole number", "too_large": "is not a whole number"}


class Words(fields.String):
    """A text without the blanks around it. A needed one must say something; a surrogate without its pair is no text."""

    def __init__(self, *, is_needed: bool = False) -> None:
        messages: Messages = {**_MISSING, "invalid": "is not a text", "invalid_utf8": "is not a text"}
        super().__init__(required=is_needed, allow_none=not is_needed, error_messages=messages)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **options)).strip()
        if self.required and not text:
            raise ValidationError("is blank")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise ValidationError("holds half of a character (a surrogate without its pair)") from None
        return text


class _CaseSchema(Schema):
    error_messages = {"type": "is not an object"}  # noqa: RUF012 - the class above declares it so

    class Meta:
        unknown = EXCLUDE


class LinkSchema(_CaseSchema):
    """A link to a node."""

    identifier = Words(is_needed=True)


class DocumentSchema(_CaseSchema):
    """The document that the items belong to."""

    identifier = Words(is_needed=True)
    title = Words(is_needed=True)


class ItemSchema(_CaseSchema):
    """A competency."""

    identifier = Words(is_needed=True)
    fullStatement = Words(is_needed=True)
    abbreviatedStatement = Words()
    humanCodingScheme = Words()
    CFItemType = Words()
    educationLevel = fields.List(Words(is_needed=True), allow_none=True, error_messages=_LIST)


class AssociationSchema(_CaseSchema):
    """How one node relates to another."""

    associationType = Words(is_needed=True)
    originNodeURI = fields.Nested(LinkSchema, required=True, error_messages=_OBJECT)
    destinationNodeURI = fields.Nested(LinkSchema, required=True, error_messages=_OBJECT)
    sequenceNumber = fields.Integer(strict=True, allow_none=True, error_messages=_NUMBER)


class PackageSchema(_CaseSchema):
    """The package: a document, its items and their associations."""

    CFDocument = fields.Nested(DocumentSchema, required=True, error_messages=_OBJECT)
    CFItems = fields.List(fields.Nested(ItemSchema, error_messages=_OBJECT), required=True, error_messages=_LIST)
    CFAssociations = fields.List(
        fields.Nested(AssociationSchema, error_messages=_OBJECT),
        load_default=list,
        allow_none=True,
        error_messages=_LIST,
    )


def faults_by_pointer(messages: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """The messages of a ValidationError with the JSON pointer to each value at fault.

    As deep as the schemas above, and no deeper, however deep the file is.
    """
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from faults_by_pointer(inner, pointer if key == "_schema" else f"{pointer}/{key}")
    else:
        yield from ((pointer, str(message)) for message in messages)
