"""What users get: the wheel holds grammar and pages, the source archive builds the same wheel, an editable one is live."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="hatchling, which builds the distributions, is not installed")

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ["pyproject.toml", "README.md", "LICENSE", "src/competency", "grammar", "docs/diagnostics"]
A_FIXED_TIME = "1700000000"  # seconds since 1970: archives of equal files are then equal
SECONDS_MAX = 120

Checkout = Path


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A copy of what is shipped, so that building leaves nothing in the project."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in SHIPPED:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", checkout, tmp_path_factory.mktemp("wheel"))


def run(arguments: list[str], folder: Path) -> str:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": A_FIXED_TIME}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(kind: str, project: Path, folder: Path) -> Path:
    """Builds a `wheel`, an `sdist` or an `editable` wheel as pip would, without a network."""
    run(["-c", f"import hatchling.build as b; b.build_{kind}({str(folder)!r})"], project)
    (built,) = folder.iterdir()
    return built


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_holds_the_package_the_grammar_the_pages_and_nothing_else(checkout: Checkout, wheel: Path) -> None:
    package = {f"competency/{name}" for name in files_below(checkout / "src/competency")}
    grammar = {f"competency/grammar/{name}" for name in files_below(checkout / "grammar")}
    pages = {f"competency/diagnostics/pages/{name}" for name in files_below(checkout / "docs/diagnostics")}
    assert {"competency/py.typed", "competency/grammar/rules.lark"} <= package | grammar
    assert "competency/diagnostics/pages/CBE001.md" in pages
    assert {name for name in names(wheel) if ".dist-info/" not in name} == package | grammar | pages


def test_the_grammar_folder_holds_no_python(checkout: Checkout) -> None:
    assert list((checkout / "grammar").rglob("*.py")) == []


def test_the_source_archive_builds_the_same_wheel(
    checkout: Checkout, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    archive = build("sdist", checkout, tmp_path_factory.mktemp("sdist"))
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as opened:
        opened.extractall(unpacked, filter="data")
    (project,) = unpacked.iterdir()
    assert contents(build("wheel", project, tmp_path_factory.mktemp("rebuilt"))) == contents(wheel)


def test_an_installed_wheel_reads_its_own_pages(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    assert read_page(tmp_path).startswith("# CBE001 missing-file")


def test_an_editable_installation_reads_the_live_files_and_keeps_no_copy(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    editable = build("editable", checkout, tmp_path_factory.mktemp("editable"))
    assert not [name for name in names(editable) if name.endswith((".lark", ".py")) or "/pages/" in name]
    installed = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(editable) as archive:
        archive.extractall(installed)
    live = checkout / "docs/diagnostics/CBE001.md"
    before = live.read_text(encoding="utf-8")
    live.write_text("# changed\n", encoding="utf-8")
    try:
        assert read_page(installed) == "# changed\n"
    finally:
        live.write_text(before, encoding="utf-8")


def read_page(installed: Path) -> str:
    """The page that a Python sees which has nothing but this folder installed (-S: no other site-packages)."""
    program = (
        f"import site; site.addsitedir({str(installed)!r})\n"
        "from competency.diagnostics.pages import page\n"
        "print(page('CBE001'), end='')"
    )
    return run(["-I", "-S", "-c", program], installed)
