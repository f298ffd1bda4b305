"""How long a decision takes, road times included: open incidents and units drawn over a region's streets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np

from api.bench import BenchLine
from api.bench.region_files import region_file_of
from api.provision.places import ROOT
from api.service import opened_roads, settle, warm
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.policy import POLICIES
from dispatch_core.assignment.response_book import DEFAULT_BOOK
from dispatch_core.assignment.stop import AT_THE_DESK
from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.incidents import Incident, IncidentKind, IncidentStatus
from dispatch_core.roads import RoadGraph
from dispatch_core.services.situation import Situation, circumstances, posed
from dispatch_core.services.world import World
from dispatch_core.store.positions import Position
from maps import region_file
from maps.folder import DEFAULT_REGION

# Beside a checkout, where the developers have real maps to measure on.
SHARED = ROOT.parent / "shared" / "data" / "regions" / "rhein_neckar.osm.pbf"
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
SIZES = ((10, 300, 60), (200, 2000, 25))  # incidents, units, decisions measured
_CREWS = ((Capability.ALS,), (Capability.BLS,), (Capability.WHEEL_LIFT,), (Capability.FLATBED,))


def region_of(named: str) -> Path:
    """The region's file; that of Rhein-Neckar where its source lies about, else the embedded city."""
    return region_file_of(named or (str(SHARED) if SHARED.is_file() else DEFAULT_REGION))


def run(region: Path, *, policy: str = "in_order") -> Iterator[BenchLine]:
    """p95 in ms of routing, posing and solving one situation after another, each drawn anew."""
    roads = opened_roads(region_file.load(region))
    warm(roads)
    settle()
    world, rng = World(roads=roads), np.random.default_rng(7)
    for incidents, units, decisions in SIZES:
        times_ms = []
        for number in range(decisions + 3):
            situation = drawn(roads.graph, incidents, units, rng)
            began = time.perf_counter()
            POLICIES[policy](
                posed(situation, world, book=DEFAULT_BOOK), params=DispatchParams(), stop=AT_THE_DESK
            )
            if number >= 3:  # the first fill caches
                times_ms.append((time.perf_counter() - began) * 1e3)
        p95 = round(float(np.percentile(times_ms, 95)), 1)
        yield BenchLine(name=f"decide_{incidents}x{units}_p95_ms", value=p95, unit="ms")


def drawn(graph: RoadGraph, incidents: int, units: int, rng: np.random.Generator) -> Situation:
    """Accidents that ask an ambulance or a tow truck or both, and units of four kinds, all at junctions."""
    asking = tuple(_incident(k, _place(graph, rng), rng) for k in range(incidents))
    fleet = tuple(_unit(k) for k in range(units))
    return Situation(
        at=NOW,
        incidents=asking,
        needs={incident.id: incident.needs for incident in asking},
        units=fleet,
        positions={unit.id: _position(unit.id, _place(graph, rng), rng) for unit in fleet},
        declined_at={},
    )


def _place(graph: RoadGraph, rng: np.random.Generator) -> LonLat:
    node = int(rng.integers(len(graph.node_lon)))
    return LonLat(float(graph.node_lon[node]), float(graph.node_lat[node]))


def _incident(number: int, place: LonLat, rng: np.random.Generator) -> Incident:
    kinds = (IncidentKind.INJURY_ACCIDENT, IncidentKind.DAMAGE_ACCIDENT, IncidentKind.PEDESTRIAN_ACCIDENT)
    kind = kinds[int(rng.integers(len(kinds)))]
    asked = Incident(
        id=IncidentId(UUID(int=number + 1)), kind=kind, status=IncidentStatus.OPEN,
        priority=int(rng.integers(1, 5)), place=place, needs=(), casualties=int(rng.integers(0, 3)),
        vehicles=1, reported_at=NOW - timedelta(seconds=float(rng.uniform(0, 300))),
    )  # fmt: skip
    planned = DEFAULT_BOOK.needs(circumstances(asked))
    return Incident(
        id=asked.id, kind=kind, status=asked.status, priority=asked.priority, place=place,
        reported_at=asked.reported_at, needs=tuple(one.need for one in planned),
        casualties=asked.casualties, vehicles=asked.vehicles,
    )  # fmt: skip


def _unit(number: int) -> Unit:
    crew = _CREWS[number % len(_CREWS)]
    return Unit(
        id=UnitId(UUID(int=10_000 + number)), call_sign=f"U{number}", kind=crew[0].kind,
        capabilities=frozenset(crew), status=UnitStatus.AVAILABLE, agency="bench",
    )  # fmt: skip


def _position(unit_id: UnitId, place: LonLat, rng: np.random.Generator) -> Position:
    seen_at = NOW - timedelta(seconds=float(rng.uniform(0, 90)))
    return Position(unit_id=unit_id, lon=place.lon, lat=place.lat, fixed_at=seen_at, received_at=seen_at)
