"""Plugins are found and asked one by one: one that fails is told, and the others go on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pluggy
import pytest

from competency.plugin_api import Connector, FactType, Place, RawRow, hookimpl
from competency.plugin_api.loading import connectors_of, find_connector, load_plugins, new_manager


@dataclass(frozen=True, slots=True)
class Gradebook:
    name: str
    title: str = "A gradebook"
    source_help: str = "A folder."
    fact_types: tuple[FactType, ...] = ()

    def read(self, source: Path | str) -> Iterator[RawRow]:
        yield RawRow("learners", {"learner": "Ana"}, Place(str(source), 1))


def module_with(hook: object) -> ModuleType:
    module = ModuleType("made_here")
    module.competency_connectors = hook  # type: ignore[attr-defined]
    return module


def plugin(*connectors: object) -> object:
    @hookimpl
    def competency_connectors() -> Sequence[object]:
        return connectors

    return module_with(competency_connectors)


def failing_plugin() -> object:
    @hookimpl
    def competency_connectors() -> Sequence[Connector]:
        raise RuntimeError("no licence")

    return module_with(competency_connectors)


def manager(**plugins: object) -> pluggy.PluginManager:
    made = new_manager()
    for name, each in plugins.items():
        made.register(each, name)
    return made


def test_connectors_of_all_plugins_come_by_name() -> None:
    found, diagnostics = connectors_of(
        manager(b=plugin(Gradebook("zeta")), a=plugin(Gradebook("beta"), Gradebook("eta")))
    )
    assert [connector.name for connector in found] == ["beta", "eta", "zeta"]
    assert diagnostics == ()


@pytest.mark.parametrize("order", [("bad", "good"), ("good", "bad")])
def test_a_plugin_that_fails_is_named_and_the_others_go_on(order: tuple[str, str]) -> None:
    plugins = {"bad": failing_plugin(), "good": plugin(Gradebook("beta"))}
    found, (diagnostic,) = connectors_of(manager(**{name: plugins[name] for name in order}))
    assert [connector.name for connector in found] == ["beta"]
    assert diagnostic.kind.code == "CBE705"
    assert "`bad`" in diagnostic.message
    assert "no licence" in diagnostic.message


@pytest.mark.parametrize("given", [object(), None, SimpleNamespace(name="half")])
def test_what_is_no_connector_is_told(given: object) -> None:
    found, (diagnostic,) = connectors_of(manager(odd=plugin(given), good=plugin(Gradebook("beta"))))
    assert [connector.name for connector in found] == ["beta"]
    assert "lacks a member of a connector" in diagnostic.message


def test_two_connectors_of_one_name_are_told() -> None:
    found, (diagnostic,) = connectors_of(manager(a=plugin(Gradebook("beta")), b=plugin(Gradebook("beta"))))
    assert len(found) == 1
    assert "`b`" in diagnostic.message


def test_an_unknown_connector_is_told_with_the_nearest() -> None:
    found, (diagnostic,) = find_connector("slat", manager(a=plugin(Gradebook("slate"))))
    assert found is None
    assert diagnostic.kind.code == "CBE706"
    assert "Did you mean `slate`?" in diagnostic.fixes[0].text
    assert find_connector("slate", manager(a=plugin(Gradebook("slate")))) == (Gradebook("slate"), ())


def install(folder: Path, name: str, code: str) -> None:
    """A distribution as pip leaves it: a module, and metadata that announce it."""
    (folder / f"{name}.py").write_text(code)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[competency]\n{name} = {name}\n")


def test_installed_plugins_are_found_and_broken_ones_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "aa_broken_import", "import a_module_that_is_not_there\n")
    install(
        tmp_path,
        "bb_unknown_hook",
        "from competency.plugin_api import hookimpl\n@hookimpl\ndef competency_conectors():\n    return []\n",
    )
    install(
        tmp_path,
        "cc_good",
        "from competency.plugin_api import hookimpl\n@hookimpl\ndef competency_connectors():\n    return []\n",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded, diagnostics = load_plugins()
    names = {name for name, each in loaded.list_name_plugin() if each is not None}
    assert "cc_good" in names
    assert not {"aa_broken_import", "bb_unknown_hook"} & names
    ours = [
        diagnostic for diagnostic in diagnostics if diagnostic.data["plugin"] in sys.modules | {"aa_broken_import": 0}
    ]
    assert [diagnostic.data["plugin"] for diagnostic in ours] == ["aa_broken_import", "bb_unknown_hook"]
    assert {diagnostic.kind.code for diagnostic in ours} == {"CBE705"}
    assert "unknown hook" in ours[1].message
