"""`.venv`: exactly the locked packages, and this checkout in place of an installed copy."""

from __future__ import annotations

from api.provision import interpreter, stamp, uv
from api.provision.places import ROOT, venv_folder
from api.provision.shell import run, step

_LOCKS = ("requirements.lock", "requirements-region.lock")


def provide() -> None:
    venv = venv_folder()
    made_from = stamp.digest(files=[ROOT / name for name in (*_LOCKS, "pyproject.toml")], words=[str(venv)])
    if interpreter.works(venv):
        if stamp.fresh(venv, made_from):
            return
        python = venv / "bin/python"
    else:
        python = interpreter.newest()
    command = str(uv.command(python))
    settings = uv.environment()
    if not interpreter.works(venv):
        with step(f"making .venv with {python}"):
            run([command, "venv", "-q", "--clear", "--python", str(python), str(venv)], env=settings)
    target = ["--python", str(venv / "bin/python")]
    with step("installing the locked Python packages"):
        # one sync with every lock: a second one would take out what the first put in
        # and compiled here: where PYTHONDONTWRITEBYTECODE is set, every start would do it anew, for seconds
        run(
            [command, "pip", "sync", "-q", "--compile-bytecode", "--require-hashes", *target, *_LOCKS],
            env=settings, cwd=ROOT,
        )  # fmt: skip
        run([command, "pip", "install", "-q", "--no-deps", *target, "-e", "."], env=settings, cwd=ROOT)
    stamp.stamp(venv, made_from)
