"""What is committed beside the code keeps its promises: locks without addresses, two READMEs that agree."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from api.provision.places import ROOT

LOCKS = [*sorted(ROOT.glob("requirements*.lock")), ROOT / "package-lock.json"]
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==\S+", re.MULTILINE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_file_carries_an_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links)\b", text, re.MULTILINE)


@pytest.mark.parametrize(
    "lock", [path for path in LOCKS if path.suffix == ".lock"], ids=lambda path: path.name
)
def test_every_locked_python_package_is_hashed(lock: Path) -> None:
    packages = re.split(r"^(?=[A-Za-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]
    assert packages
    assert [package.split()[0] for package in packages if "--hash=sha256:" not in package] == []


def test_every_locked_front_end_library_is_hashed() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    wanted = [*project["dependencies"], *optional["dev"], *optional["region"]]
    names = {plain(re.split(r"[^A-Za-z0-9_.-]", requirement)[0]) for requirement in wanted}
    text = "".join(lock.read_text() for lock in LOCKS if lock.suffix == ".lock")
    assert names - {plain(name) for name in PINNED.findall(text)} == set()


def test_every_front_end_dependency_is_locked() -> None:
    asked = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert locked.get(kind) == asked.get(kind)


def test_there_is_no_uv_lock() -> None:
    assert not (ROOT / "uv.lock").exists()


@pytest.mark.skipif(
    not ((ROOT / "README.md").exists() and (ROOT / "README.zh-CN.md").exists()), reason="no two READMEs yet"
)
def test_both_readmes_have_the_same_headings_and_commands() -> None:
    one, other = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert [len(marks) for marks in headings(one)] == [len(marks) for marks in headings(other)]
    assert commands(one) == commands(other)


def headings(text: str) -> list[str]:
    outside = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^(#+) ", outside, flags=re.MULTILINE)


def commands(text: str) -> set[str]:
    return set(re.findall(r"^(?:make|yct|\.venv/bin/yct) .*$", text, flags=re.MULTILINE))
