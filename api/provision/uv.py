"""Finding uv, or getting it from the package registry into a place of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from api.provision import apt
from api.provision.places import ROOT, var_folder
from api.provision.shell import SetupError, answers, run, step

# pip's extra indexes stay out: uv would ask them first and take whatever old version they have.
_MIRROR = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def command(python: Path) -> Path:
    """The uv that works: on PATH, in var/uv, or freshly installed there from its own hashed lock."""
    own = var_folder() / "uv"
    for candidate in ("uv", str(own / "bin/uv")):
        if answers(candidate, "--version"):
            return Path(candidate)
    pip = _pip(python, own)
    with step("fetching uv"):
        run(
            [*pip, "install", "-q", "--require-hashes", "-r", str(ROOT / "requirements-uv.lock")],
            env=_pip_path(own),
        )
    return own / "bin/uv"


def _pip(python: Path, own: Path) -> list[str]:
    """pip in a private environment; Debian's Python may lack ensurepip, whose wheel is then unpacked."""
    if answers(str(python), "-c", "import ensurepip, venv"):
        try:
            run([str(python), "-m", "venv", str(own)])
            return [str(own / "bin/python"), "-m", "pip"]
        except SetupError:
            pass  # Debian splits ensurepip's wheels off: the module is there, its wheels are not
    run([str(python), "-m", "venv", "--without-pip", "--clear", str(own)])
    if not _pip_wheels():
        apt.provide(["python3-pip-whl"], refresh=lambda: ["python3-pip-whl"])
    return [str(own / "bin/python"), "-m", "pip"]


def _pip_wheels() -> list[Path]:
    trees = (Path("/"), var_folder() / "debian")
    return [wheel for tree in trees for wheel in (tree / "usr/share/python-wheels").glob("pip-*.whl")]


def _pip_path(own: Path) -> dict[str, str]:
    has_pip = any(own.glob("lib/python3*/site-packages/pip"))
    return {} if has_pip else {"PYTHONPATH": str(_pip_wheels()[0])}


def environment() -> dict[str, str]:
    """What uv runs with: no interpreter of its own, and the mirror that pip is configured for."""
    wanted = {"UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_TIMEOUT": "180", "UV_NO_PROGRESS": "1"}
    return {**_pip_mirror(), **{name: os.environ.get(name, value) for name, value in wanted.items()}}


def _pip_mirror() -> dict[str, str]:
    """uv does not read pip's configuration; a machine that is set up for pip is set up for us too."""
    found: dict[str, str] = {}
    for option, variable in _MIRROR.items():
        value = os.environ.get(f"PIP_{option.upper().replace('-', '_')}") or _pip_setting(option)
        if value and variable not in os.environ:
            found[variable] = value
    return found


def _pip_setting(option: str) -> str:
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", f"global.{option}"], capture_output=True, text=True
    )
    return asked.stdout.strip() if asked.returncode == 0 else ""
