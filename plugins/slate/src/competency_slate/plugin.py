"""What the plugin announces: its one connector."""

from __future__ import annotations

from collections.abc import Sequence

from competency.plugin_api import Connector, hookimpl
from competency_slate.connector import SlateConnector


@hookimpl
def competency_connectors() -> Sequence[Connector]:
    """The connector `slate`."""
    return [SlateConnector()]
