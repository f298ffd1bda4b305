"""The house stands as it was drawn: who may import whom, how large a room is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from api.provision.places import ROOT

ROOMS = ("dispatch_core", "accident_case", "maps", "simulations", "api", "tests")
LONGEST = 400
MIGRATIONS = ROOT / "api/migrations/versions"


def test_imports_go_only_where_the_contracts_let_them() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_set_up_needs_nothing_but_the_standard_library() -> None:
    """It runs before `.venv` exists, with the machine's own Python, isolated from every installed package."""
    modules = sorted(path.stem for path in (ROOT / "api/provision").glob("*.py") if path.stem[0] != "_")
    imports = "; ".join(f"import api.provision.{module}" for module in [*modules, "__main__"])
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {imports}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd="/", capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_that_wants_four_hundred_lines_is_two_rooms(room: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / room).rglob("*")
        if path.suffix in (".py", ".js") and path.parent != MIGRATIONS  # laid once, never changed again
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "manager"])
def test_no_room_is_a_heap(word: str) -> None:
    names = {path.stem.lower() for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    folders = {path.parent.name.lower() for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert word not in names | folders
