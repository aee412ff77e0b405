"""The lock files: every dependency pinned with hashes, and nothing said of where it came from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOME = Path(__file__).parent.parent.parent


def locked(name: str) -> dict[str, list[str]]:
    """The pinned names of a lock file, each with its hashes."""
    text = (HOME / name).read_text().replace("\\\n", " ")
    found = {}
    for line in filter(None, text.splitlines()):
        pinned = re.match(r"([a-z0-9-]+)==\S+", line)
        assert pinned is not None, line
        found[pinned[1]] = re.findall(r"--hash=sha256:[0-9a-f]{64}", line)
    return found


def wanted(*extras: str) -> set[str]:
    """What pyproject asks for."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    for extra in extras:
        lines += project["project"]["optional-dependencies"][extra]
    return {canonicalize_name(Requirement(line).name) for line in lines}


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("requirements.lock", ["redis-server"]),
        ("requirements-dev.lock", ["redis-server", "dev"]),
    ],
)
def test_every_dependency_is_pinned_with_hashes(name: str, extras: list[str]) -> None:
    found = locked(name)
    assert wanted(*extras) <= set(found)
    assert all(found.values())


def test_the_environment_of_developers_is_that_of_users_and_more() -> None:
    users, developers = locked("requirements.lock"), locked("requirements-dev.lock")
    assert users.items() <= developers.items()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_no_registry_is_named(name: str) -> None:
    assert not re.search(r"://|index-url|find-links", (HOME / name).read_text())
