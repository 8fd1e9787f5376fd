"""What vendors import: the connector records, the hook marker, and the words of fact types."""

from competency.model.facts import Column, ColumnType, FactType
from competency.plugin_api.connector import Connector, RawRow, RejectedRow, SourceUnusable
from competency.plugin_api.hookspecs import hookimpl
from competency.source import Place

__all__ = [
    "Column",
    "ColumnType",
    "Connector",
    "FactType",
    "Place",
    "RawRow",
    "RejectedRow",
    "SourceUnusable",
    "hookimpl",
]
