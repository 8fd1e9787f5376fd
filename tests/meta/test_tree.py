"""The tree is as the checks assume: a folder they would silently pass over is an error."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "competency"


def test_every_folder_with_python_in_it_is_a_package() -> None:
    folders = {parent for path in PACKAGE.rglob("*.py") for parent in path.relative_to(PACKAGE).parents}
    assert [str(folder) for folder in sorted(folders) if not (PACKAGE / folder / "__init__.py").exists()] == []
