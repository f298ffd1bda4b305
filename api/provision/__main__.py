"""`python3 -m api.provision run|test`: everything a fresh machine lacks, by the standard library alone."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from api.provision import apt, chromium, environment, frontend, packages
from api.provision.places import ROOT, var_folder, venv_folder
from api.provision.shell import SetupError


def main(goal: str) -> int:
    os.chdir(ROOT)
    var = var_folder()

    def lacking() -> list[str]:
        return packages.missing(goal, var)

    try:
        with _one_at_a_time():
            if goal != "lint":
                apt.provide(lacking(), refresh=lacking)
                frontend.provide()
            environment.provide()
            if goal == "test" and chromium.found(var) is None:
                chromium.download(venv_folder(), var)
    except SetupError as failure:
        print(f"set-up: {failure}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two `make` at once must not build one environment; the second finds the work done."""
    var_folder().mkdir(parents=True, exist_ok=True)
    with (var_folder() / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
