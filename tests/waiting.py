"""What comes about in a moment, on a busy machine a little later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 30.0
T = TypeVar("T")


def eventually(ask: Callable[[], T]) -> T:
    """The first answer that is true; AssertionError after half a minute without one."""
    until = time.monotonic() + PATIENCE_S
    while not (found := ask()):
        if time.monotonic() > until:
            raise AssertionError("it did not come about in time")
        time.sleep(0.03)
    return found
