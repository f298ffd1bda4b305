"""Child processes of the set-up: quiet when they succeed, one clear line when they do not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from api.provision.places import var_folder

# The authorities that the machine trusts: apt asks them, the registries' clients bring lists of their own.
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_READ_BY = ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")


class SetupError(Exception):
    """Set-up cannot go on; the message is one line that says what is missing and what to type."""


def run(argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """Standard output of the command; all it printed goes to `log/setup.log`, failure raises its tail."""
    done = subprocess.run(
        argv,
        env={**_trusting(), **os.environ, **(env or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    log(f"$ {' '.join(argv)}\n{done.stdout}{done.stderr}")
    if done.returncode:
        tail = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
        raise SetupError(f"`{' '.join(argv[:4])} …` failed ({done.returncode}): {' / '.join(tail)}")
    return done.stdout


def _trusting() -> dict[str, str]:
    return dict.fromkeys(_READ_BY, str(_AUTHORITIES)) if _AUTHORITIES.exists() else {}


def answers(*argv: str) -> bool:
    """The command exists and works; a pyenv shim may exist and not work."""
    try:
        return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def log(text: str) -> None:
    path = var_folder() / "log" / "setup.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as out:
        out.write(text.rstrip() + "\n")


@contextmanager
def step(what: str) -> Iterator[None]:
    """One progress line for a piece of work that takes time."""
    began = time.monotonic()
    print(f"set-up: {what} …", end="", flush=True)
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", flush=True)
    sys.stdout.flush()
