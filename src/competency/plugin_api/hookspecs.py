"""The hooks that plugins may implement. No hook stands here without a plugin that uses it."""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from competency.plugin_api.connector import Connector

# The entry point group under which distributions announce their plugin, and the name that marks its hooks.
ENTRY_POINT_GROUP = "competency"

hookspec = pluggy.HookspecMarker(ENTRY_POINT_GROUP)
hookimpl = pluggy.HookimplMarker(ENTRY_POINT_GROUP)


@hookspec
def competency_connectors() -> Sequence[Connector]:  # type: ignore[empty-body]
    """The connectors that the plugin brings. Called once a run; must not open files or connections."""
