"""When a solver must answer with the best that it has."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_core.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`work` counts the solver's own deterministic units, about seconds: a replay stops at the same place.

    `wall_s` is the desk's patience, which no replay can repeat; `gap` is the share of the cost that is not
    worth a search.
    """

    work: float = 0.5
    wall_s: float = 1.0
    gap: float = 1e-4

    def __post_init__(self) -> None:
        if not (0 < self.work <= 3600 and 0 < self.wall_s <= 3600 and 0 <= self.gap < 1):
            raise InvalidInput("stop", "must lie between 0 and 3,600, its gap below 1")


# The desk, its recommendations and what-ifs, and a replay of what it did: a crew that leaves now beats a plan
# that is one part in a hundred better.
AT_THE_DESK = Stop(work=0.02, wall_s=0.1, gap=0.01)
