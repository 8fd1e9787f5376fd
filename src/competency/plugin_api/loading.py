"""Finds the installed plugins and asks each by itself: one that fails becomes a diagnostic, the others go on."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib.metadata import entry_points

import pluggy

from competency.diagnostics import Diagnostic, Fix
from competency.diagnostics.kinds import CONNECTOR_FAILED, CONNECTOR_UNKNOWN
from competency.model.facts import FactType
from competency.plugin_api import hookspecs
from competency.plugin_api.connector import Connector


def load_plugins() -> tuple[pluggy.PluginManager, tuple[Diagnostic, ...]]:
    """A plugin manager with every installed plugin that could be loaded, and a diagnostic for each that could not."""
    manager = new_manager()
    diagnostics = []
    for name in sorted({entry_point.name for entry_point in entry_points(group=hookspecs.ENTRY_POINT_GROUP)}):
        try:
            manager.load_setuptools_entrypoints(hookspecs.ENTRY_POINT_GROUP, name)
            # At once, so that a hook that does not exist is blamed on the plugin that has it.
            manager.check_pending()
            # pluggy needs it when it calls the others without this one.
            hash(manager.get_plugin(name))
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises must not stop the others
            if manager.has_plugin(name):
                manager.unregister(name=name)
            diagnostics.append(_failed(name, "could not be loaded", error))
    return manager, tuple(diagnostics)


def new_manager() -> pluggy.PluginManager:
    """A plugin manager that knows the hooks and has no plugin."""
    manager = pluggy.PluginManager(hookspecs.ENTRY_POINT_GROUP)
    manager.add_hookspecs(hookspecs)
    return manager


def connectors_of(manager: pluggy.PluginManager) -> tuple[tuple[Connector, ...], tuple[Diagnostic, ...]]:
    """The connectors of every plugin by name, and a diagnostic for each plugin that failed or gave something else."""
    connectors: dict[str, Connector] = {}
    diagnostics = []
    plugins = manager.list_name_plugin()
    for name, plugin in sorted((name, plugin) for name, plugin in plugins if plugin is not None):
        others = [other for _name, other in plugins if other is not None and other is not plugin]
        # pluggy ends a whole call at the first plugin that raises: so each is called without the others.
        hook = manager.subset_hook_caller("competency_connectors", remove_plugins=others)
        try:
            for connector in [each for given in hook() for each in given]:
                _check(connector, connectors)
                connectors[connector.name] = connector
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises must not stop the others
            diagnostics.append(_failed(name, "could not say which connectors it has", error))
    return tuple(connectors[name] for name in sorted(connectors)), tuple(diagnostics)


def installed_fact_types() -> tuple[FactType, ...]:
    """The fact types that installed connectors bring, each table once; a plugin that fails brings none."""
    manager, _ = load_plugins()
    connectors, _ = connectors_of(manager)
    brought: dict[str, FactType] = {}
    for connector in connectors:
        for fact_type in connector.fact_types:
            brought.setdefault(fact_type.plural, fact_type)
    return tuple(brought.values())


def find_connector(
    name: str, manager: pluggy.PluginManager | None = None, *, also: Sequence[str] = ()
) -> tuple[Connector | None, tuple[Diagnostic, ...]]:
    """The installed connector of that name, or None with a diagnostic that says which there are, `also` those besides."""
    diagnostics: tuple[Diagnostic, ...] = ()
    if manager is None:
        manager, diagnostics = load_plugins()
    connectors, failed = connectors_of(manager)
    diagnostics += failed
    for connector in connectors:
        if connector.name == name:
            return connector, diagnostics
    names = [*also, *(connector.name for connector in connectors)]
    nearest = difflib.get_close_matches(name, names, n=1)
    remedy = f"Did you mean `{nearest[0]}`? " if nearest else ""
    installed = f"There are: {', '.join(names)}." if names else "No connector is installed."
    unknown = Diagnostic(
        CONNECTOR_UNKNOWN,
        f"There is no connector `{name}`.",
        notes=(installed,),
        fixes=(Fix(f"{remedy}Connectors come with plugins: install the one for your system with pip."),),
        data={"name": name, "installed": names, "nearest": nearest},
    )
    return None, (*diagnostics, unknown)


def _check(connector: object, taken: dict[str, Connector]) -> None:
    if not isinstance(connector, Connector):
        raise TypeError(f"{connector!r} lacks a member of a connector: name, title, source_help, fact_types or read")
    if connector.name in taken:
        raise ValueError(f"another plugin has a connector of the name {connector.name}")


def _failed(plugin: str, what: str, error: Exception) -> Diagnostic:
    return Diagnostic(
        CONNECTOR_FAILED,
        f"The plugin `{plugin}` {what}: {type(error).__name__}: {error}.",
        notes=("Its connectors are not there; the other plugins are.",),
        fixes=(Fix("Update or remove the plugin, and tell its makers what it said."),),
        data={"plugin": plugin, "error": type(error).__name__},
    )
