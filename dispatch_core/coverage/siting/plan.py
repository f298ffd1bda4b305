"""A siting answer, and how far it may be from the best."""

from __future__ import annotations

import time
from dataclasses import dataclass

from dispatch_core.errors import InvalidInput

PROVEN = 1e-9  # gaps below this are rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingPlan:
    """`sites` are rows of the problem's candidates, sorted; one named twice holds two units.

    objective   in the problem's own measure
    bound       no plan is better than this
    gap         |objective − bound| / |objective|
    uncovered   demand points that no candidate reaches; LSCP and the double standard leave them out
    """

    objective: float
    sites: tuple[int, ...]
    bound: float
    gap: float
    seconds: float
    uncovered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingParams:
    """When to be content, and how long to search before proving.

    wanted_gap      stop as soon as the plan is certified within it
    search_rounds   of tabu search from different starts, each `search_steps` long
    ascent_steps    of the primal–dual method on the linear relaxation
    """

    wanted_gap: float = 0.0
    search_rounds: int = 16
    search_steps: int = 200
    ascent_steps: int = 1400

    def __post_init__(self) -> None:
        if not 0 <= self.wanted_gap < 1:
            raise InvalidInput("wanted_gap", "is a share of at least 0 and below 1")
        if min(self.search_rounds, self.search_steps, self.ascent_steps) < 1:
            raise InvalidInput("search_rounds", "and steps must be at least 1")


class Patience:
    """How long the caller still wants to wait."""

    def __init__(self, wall_s: float) -> None:
        self._began = time.perf_counter()
        self._wall_s = wall_s

    @property
    def spent_s(self) -> float:
        return time.perf_counter() - self._began

    @property
    def left_s(self) -> float:
        return max(self._wall_s - self.spent_s, 0.0)


def gap_of(objective: float, bound: float) -> float:
    """Share by which another plan could be better; 0 within the rounding of sums."""
    apart = abs(objective - bound)
    size = max(abs(objective), abs(bound), 1e-12)
    return 0.0 if apart <= PROVEN * size else apart / max(abs(objective), 1e-12)
