"""Finding and ending the server's processes; a pid file alone proves nothing after a crash or a reboot."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def running(data: Path) -> int | None:
    """The pid of the postmaster of this data folder, None if the pid file is stale or its pid another's."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if _is_postmaster(pid, data) else None


def _is_postmaster(pid: int, data: Path) -> bool:
    words = _command_line(pid).split(b"\0")
    return b"postgres" in words[0] and os.fsencode(data) in words


def orphans(cluster_name: str) -> list[int]:
    """Backends that outlived their postmaster: they hold its shared memory and bar a new start."""
    title = f"postgres: {cluster_name}: ".encode()
    numbers = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    return [pid for pid in numbers if _command_line(pid).startswith(title)]


def _command_line(pid: int) -> bytes:
    # readable by everybody, unlike /proc/PID/cwd and /proc/PID/exe, which containers hide even from root
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def end_orphans(cluster_name: str) -> None:
    """They notice the postmaster's death within moments, unless stuck in a query; then they are killed."""
    if wait_until(lambda: not orphans(cluster_name), timeout_s=3):
        return
    for pid in orphans(cluster_name):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not orphans(cluster_name), timeout_s=10)


def stop(data: Path, *, timeout_s: float = 60) -> bool:
    """Fast shutdown: sessions are ended, everything is on disk; true when the postmaster is gone."""
    pid = running(data)
    if pid is None:
        return True
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    return wait_until(lambda: not _is_postmaster(pid, data), timeout_s=timeout_s)


def wait_until(claim: Callable[[], bool], *, timeout_s: float) -> bool:
    """Look again every few milliseconds; false when the time is over first."""
    ends = time.monotonic() + timeout_s
    while not claim():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True
