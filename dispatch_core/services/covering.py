"""The share of expected demand that free units reach within the standard, over routed times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dispatch_core.coverage.demand import HOURS_OF_WEEK, DemandCells, demand_of_points, hexagons
from dispatch_core.coverage.expected import (
    covered_share,
    expected_share,
    marginal_loss,
    reaches,
    share_by_district,
)
from dispatch_core.coverage.params import CoverageParams
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.geo import LonLat
from dispatch_core.ids import UnitId
from dispatch_core.roads.graph import Float64s, RoadGraph
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.world import World

_MOST_PRIOR_POINTS = 20_000
# Before any accident is known: one in so many days, anywhere that streets meet.
_PRIOR_ACCIDENTS_A_WEEK = 7.0


class Standing(Protocol):
    """What coverage asks of a unit."""

    @property
    def id(self) -> UnitId: ...
    @property
    def kind(self) -> UnitKind: ...
    @property
    def turnout_s(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Demand by cell with how it is to be reached; `hour` is that of the week."""

    demand: DemandCells
    hour: int
    params: CoverageParams = field(default_factory=CoverageParams)

    @property
    def expected(self) -> Float64s:
        """float64[c]"""
        return self.demand.at(self.hour)

    def of_day(self) -> Cover:
        """The same with the mean demand of the 24 hours from `hour` on."""
        hours = (self.hour + np.arange(24)) % HOURS_OF_WEEK
        mean = np.broadcast_to(self.demand.expected[hours].mean(axis=0), self.demand.expected.shape)
        return replace(self, demand=replace(self.demand, expected=mean))

    def drive_s(self, world: World, kind: UnitKind, starts: Sequence[LonLat]) -> Float64s:
        """float64[s, c]: road times to the middle of each cell."""
        if not starts:
            return np.empty((0, len(self.demand.cell)))
        cells = [
            LonLat(x, y) for x, y in zip(self.demand.lon.tolist(), self.demand.lat.tolist(), strict=True)
        ]
        return world.between_s(starts, kind, cells)

    @staticmethod
    def at_place(place: Sequence[float]) -> LonLat:
        return LonLat(place[0], place[1])

    def reach(
        self,
        world: World,
        kind: UnitKind,
        units: Sequence[Standing],
        places: Mapping[UnitId, Sequence[float]],
    ) -> NDArray[np.bool_]:
        """bool[u, c] of units of one kind."""
        starts = [self.at_place(places[unit.id]) for unit in units]
        # A drill hurries crews too.
        turnout_s = np.array([u.turnout_s for u in units], np.float64).reshape(-1, 1) / world.speed
        seconds = self.drive_s(world, kind, starts) + turnout_s
        return reaches(seconds, standard_s=self.params.standard_s[kind] / world.speed)

    def points(
        self, world: World, units: Sequence[Standing], places: Mapping[UnitId, Sequence[float]]
    ) -> dict[str, float]:
        """Expected coverage of each kind in percentage points."""
        answer = {}
        for kind in UnitKind:
            mine = [unit for unit in units if unit.kind is kind]
            reach = self.reach(world, kind, mine, places)
            answer[kind.value] = round(100 * expected_share(reach, self.expected, busy=self.params.busy), 2)
        return answer

    def cells(
        self,
        world: World,
        kind: UnitKind,
        units: Sequence[Standing],
        places: Mapping[UnitId, Sequence[float]],
    ) -> list[dict[str, Any]]:
        """Each cell's outline, its demand in points, by how many units it is reached, the shortest drive."""
        mine = [unit for unit in units if unit.kind is kind]
        reach = self.reach(world, kind, mine, places)
        drive_s = world.speed * self.drive_s(world, kind, [self.at_place(places[u.id]) for u in mine])
        share = 100 * self.expected / max(float(self.expected.sum()), 1e-12)
        soonest = drive_s.min(axis=0) if len(mine) else np.full(len(share), np.inf)
        return [
            {
                "outline": outline,
                "demand_points": round(float(part), 3),
                "units": int(n),
                "drive_s": None if np.isinf(s) else round(float(s)),
            }
            for outline, part, n, s in zip(
                hexagons(self.demand.cell), share, reach.sum(axis=0), soonest, strict=True
            )
        ]

    def now(
        self, world: World, units: Sequence[Standing], places: Mapping[UnitId, Sequence[float]], *,
        limits: UnitLimits,
    ) -> dict[str, Any]:  # fmt: skip
        """For each kind: points covered by anybody, expected points, and what each unit's leaving costs.

        `district_points` are the expected points of each district's own demand.
        """
        districts = limits.districts_at(self.demand.lon, self.demand.lat)
        told = {}
        for kind in UnitKind:
            mine = [unit for unit in units if unit.kind is kind]
            reach = self.reach(world, kind, mine, places)
            loss = marginal_loss(reach, self.expected, busy=self.params.busy)
            told[kind.value] = {
                "standard_s": self.params.standard_s[kind],
                "free_units": len(mine),
                "covered_points": round(100 * covered_share(reach, self.expected), 2),
                "expected_points": round(
                    100 * expected_share(reach, self.expected, busy=self.params.busy), 2
                ),
                "district_points": {
                    name: round(100 * share, 2)
                    for name, share in share_by_district(
                        reach, self.expected, districts, busy=self.params.busy
                    ).items()
                    if name is not None
                },
                "loss_points": {
                    str(unit.id): round(100 * float(lost), 3) for unit, lost in zip(mine, loss, strict=True)
                },
            }
        return told


def demand_of(graph: RoadGraph, past: Sequence[tuple[float, float, int]]) -> DemandCells:
    """Expected accidents by cell: a thin even prior over junctions, and each past one (lon, lat, hour)."""
    step = max(1, len(graph.node_lon) // _MOST_PRIOR_POINTS)
    lon, lat = graph.node_lon[::step], graph.node_lat[::step]
    each = np.full(len(lon), _PRIOR_ACCIDENTS_A_WEEK / max(len(lon), 1))
    prior = demand_of_points(lon, lat, weight=each)
    if not past:
        return prior
    known = np.array(past, np.float64)
    seen = demand_of_points(known[:, 0], known[:, 1], hour=known[:, 2].astype(np.int64))
    return _added(prior, seen)


def _added(one: DemandCells, other: DemandCells) -> DemandCells:
    cell, place = np.unique(np.concatenate([one.cell, other.cell]), return_inverse=True)
    expected = np.zeros((one.expected.shape[0], len(cell)))
    lon, lat = np.zeros(len(cell)), np.zeros(len(cell))
    for part, at in ((one, place[: len(one.cell)]), (other, place[len(one.cell) :])):
        expected[:, at] += part.expected
        lon[at], lat[at] = part.lon, part.lat
    return DemandCells(cell=cell, lon=lon, lat=lat, expected=expected)
