"""What is asked often and changes seldom: read once in a while, and anew after a change."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Safe on any thread; what was being read when it was forgotten is kept for nobody else."""

    def __init__(self, read: Callable[[], T], *, for_s: float) -> None:
        self._read, self._for_s = read, for_s
        self._kept: list[tuple[float, T]] = []

    def value(self) -> T:
        kept = self._kept  # `forget` puts another list in its place: a reading begun before it is lost
        if kept and time.monotonic() - kept[-1][0] < self._for_s:
            return kept[-1][1]
        found = self._read()
        kept[:] = [(time.monotonic(), found)]
        return found

    def forget(self) -> None:
        """Reads anew at the next question; call it when the change is committed."""
        self._kept = []
