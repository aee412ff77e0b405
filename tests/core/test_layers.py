"""Who may import whom, held by import-linter; and that its contracts can be broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent.parent

BREACHES = [
    ("core.services.orders", "web.render"),
    ("core.http", "flask"),
    ("core.models.order", "core.services.orders"),
    ("core.ledger.lanes", "core.work"),
    ("web.render", "hanpan.cli"),
    ("core.store", "rq"),
    ("plugins.smartstore.orders", "core.store"),
    ("plugins.smartstore.orders", "hanpan.logs"),
    ("plugins.smartstore.orders", "plugins.another"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Hold the packages in `folder` to the contracts of its pyproject."""
    command = "import sys; from importlinter.cli import lint_imports_command as c; c()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our packages, to be spoilt."""
    folder = tmp_path_factory.mktemp("layers")
    for name in ("core", "hanpan", "plugins", "web"):
        shutil.copytree(
            HOME / name,
            folder / name,
            ignore=lambda at, names: [n for n in names if not _is_code(Path(at) / n)],
        )
    (folder / "plugins" / "another").mkdir()
    (folder / "plugins" / "another" / "__init__.py").touch()
    shutil.copy(HOME / "pyproject.toml", folder)
    return folder


def _is_code(path: Path) -> bool:
    return path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")


def test_everybody_imports_only_what_they_may() -> None:
    done = lint(HOME)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_contract_notices_its_breaches(copy: Path) -> None:
    assert lint(copy).returncode == 0
    for importer, imported in BREACHES:
        with (copy / importer.replace(".", "/")).with_suffix(".py").open("a") as file:
            file.write(f"\nimport {imported}\n")
    done = lint(copy)
    assert done.returncode == 1
    assert "Contracts: 0 kept, 5 broken" in done.stdout
    for importer, imported in BREACHES:
        assert f"{importer} -> {imported} " in done.stdout
