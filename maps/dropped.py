"""A tally of what an import left out or changed, by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


class Dropped:
    """Counts by a reason that people can read; a reason counted zero times is not one."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def count(self, reason: str, times: int = 1) -> None:
        if times:
            self._counts[reason] += times

    def by_reason(self) -> Mapping[str, int]:
        """The most frequent first."""
        return dict(self._counts.most_common())
