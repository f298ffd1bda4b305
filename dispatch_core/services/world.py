"""The physical world as the services ask it: places on roads, times, and how fast it all runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import numpy as np

from dispatch_core.fleet.capability import UnitKind
from dispatch_core.geo import Box, LonLat
from dispatch_core.missions import Arrival
from dispatch_core.roads import Mode, Path, Roads, Spots
from dispatch_core.roads.eta import EtaModel
from dispatch_core.roads.graph import Float64s
from dispatch_core.store.positions import Position

_A_DAY_S = 86_400.0  # so that an unreachable place still has a time
MODE_OF: dict[UnitKind, Mode] = {UnitKind.AMBULANCE: Mode.SIREN, UnitKind.TOW: Mode.ROAD}
FARTHEST_FROM_ROAD_M = 3000.0  # beyond, a place is at sea or in another region
_STRAY_M = 20_000.0  # a unit may leave the region by so much


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`speed` is 1 in earnest; a drill runs the world that many times faster. `etas` is what past drives
    taught of arrivals, by the hour in `zone`."""

    roads: Roads
    speed: float = 1.0
    etas: EtaModel = field(default_factory=EtaModel.untrained)
    zone: tzinfo = UTC

    @property
    def box(self) -> Box:
        """Where units may be."""
        return self.roads.graph.box.widened(_STRAY_M)

    def is_near_road(self, places: Sequence[LonLat]) -> list[bool]:
        """Whether each place is near enough to any road of the region."""
        found: list[bool] = self._snapped(places).found.tolist()
        return found

    def street_at(self, place: LonLat) -> str:
        """Name or reference of the street next to a place; empty if it has none."""
        spot = self._snapped([place])
        edge = int(spot.edge[0].max())
        return "" if edge < 0 else self.roads.graph.name(edge) or self.roads.graph.ref(edge)

    def eta_s(self, units: Sequence[Position], kind: UnitKind, incidents: Sequence[LonLat]) -> Float64s:
        """float64[incidents, units] seconds on the road in the mode of that kind; inf where there is none."""
        if not units or not incidents:
            return np.full((len(incidents), len(units)), np.inf)
        table = self.roads.table_s(self._stood(units), self._snapped(incidents), mode=MODE_OF[kind])
        return np.ascontiguousarray(table.T) / self.speed

    def between_s(self, starts: Sequence[LonLat], kind: UnitKind, goals: Sequence[LonLat]) -> Float64s:
        """float64[starts, goals] seconds on the road; inf where there is none."""
        table = self.roads.table_s(self._snapped(starts), self._snapped(goals), mode=MODE_OF[kind])
        return table / self.speed

    def road_m(self, here: LonLat, places: Sequence[LonLat]) -> list[float]:
        """Metres of the fastest drive between a place and each other, either way round; inf for none."""
        spots = self._snapped([here, *places])
        found = []
        for k in range(1, len(places) + 1):
            there, back = (
                self.roads.path(spots.row(a), spots.row(b), mode=Mode.ROAD) for a, b in ((0, k), (k, 0))
            )
            found.append(min((p.distance_m for p in (there, back) if p is not None), default=float("inf")))
        return found

    def arrival(self, drive_s: float, kind: UnitKind, *, leaves_at: datetime) -> Arrival:
        """When a drive of so many seconds on these roads is expected to end, and between when and when."""
        hour = leaves_at.astimezone(self.zone).hour
        # The model knows drives by their length in a world of ordinary speed.
        band = self.etas.band(min(drive_s, _A_DAY_S) * self.speed, mode=MODE_OF[kind].value, hour=hour)
        p10, p50, p90 = (
            leaves_at + timedelta(seconds=s / self.speed) for s in (band.p10_s, band.p50_s, band.p90_s)
        )
        return Arrival(eta_at=p50, earliest_at=p10, latest_at=p90)

    def drive(self, start: Position | LonLat, to: LonLat, kind: UnitKind) -> dict[str, Any] | None:
        """The fastest way as plain JSON: coordinates, at_s, distance_m, duration_s; None if there is none."""
        spot = self._stood([start]) if isinstance(start, Position) else self._snapped([start])
        path = self.roads.path(spot, self._snapped([to]), mode=MODE_OF[kind])
        return None if path is None else self._drawn(path)

    def _drawn(self, path: Path) -> dict[str, Any]:
        return {
            "coordinates": np.round(path.geometry, 6).tolist(),
            "at_s": np.round(path.at_s / self.speed, 2).tolist(),
            "distance_m": round(path.distance_m, 1),
            "duration_s": round(path.duration_s / self.speed, 1),
        }

    def _stood(self, units: Sequence[Position]) -> Spots:
        unknown = float("nan")
        return self.roads.snap(
            np.array([unit.lon for unit in units]),
            np.array([unit.lat for unit in units]),
            heading_deg=np.array([unknown if u.heading_deg is None else u.heading_deg for u in units]),
            speed_kmh=np.array([0.0 if u.speed_kmh is None else u.speed_kmh for u in units]),
            max_distance_m=FARTHEST_FROM_ROAD_M,
        )

    def _snapped(self, places: Sequence[LonLat]) -> Spots:
        lon = np.array([place.lon for place in places], np.float64)
        lat = np.array([place.lat for place in places], np.float64)
        return self.roads.snap(lon, lat, max_distance_m=FARTHEST_FROM_ROAD_M)
