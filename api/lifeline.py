"""A process that must not outlive the one that started it."""

from __future__ import annotations

import os
import signal
import threading


def end_with_parent() -> None:
    """Ctrl-C for this process as soon as its standard input ends: a pipe that the parent alone holds.

    The kernel closes it however the parent ended, by `kill -9` too, even before this was called. Call it on
    the main thread: a shell has its jobs in the background ignore Ctrl-C, which this process may not.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    # Not through sys.stdin, whose lock a process that ends otherwise would find taken.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGINT)
