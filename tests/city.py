"""A small town for tests: a grid of two-way streets, units, and the services on a fresh database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import Engine

from accident_case.services.timeline import recorder
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.duplicates import DuplicateParams
from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.fixes import Fixes, Sender
from dispatch_core.fleet.ground import Ground
from dispatch_core.fleet.telemetry import Fix, TelemetryParams
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import METRES_PER_DEGREE, LonLat
from dispatch_core.ids import PlaceId, UnitId
from dispatch_core.incidents import IncidentKind
from dispatch_core.missions import Mission, OfferParams
from dispatch_core.places import Place, PlaceKind
from dispatch_core.roads import Roads, TurnParams, compute_order
from dispatch_core.services import dispatching, reporting, tracking
from dispatch_core.services.reports import AccidentReport
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import places, positions, units
from maps.region import DrivingSide, Provenance, Region
from maps.streets import Streets, directed

ORIGIN = LonLat(120.14, 33.35)  # Yancheng
BLOCK_M = 500.0
SIDE = 9
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Yancheng


def corner(column: float, row: float) -> LonLat:
    """The place so many blocks east and north of the origin; halves lie in mid-block."""
    dlat = BLOCK_M / METRES_PER_DEGREE
    return LonLat(ORIGIN.lon + column * dlat / np.cos(np.radians(ORIGIN.lat)), ORIGIN.lat + row * dlat)


@cache
def town() -> Roads:
    """SIDE x SIDE crossings joined by two-way streets of 60 km/h; junctions cost nothing."""
    tails, heads = [], []
    for row in range(SIDE):
        for column in range(SIDE):
            here = row * SIDE + column
            tails += [here] * ((column + 1 < SIDE) + (row + 1 < SIDE))
            heads += [here + 1] * (column + 1 < SIDE) + [here + SIDE] * (row + 1 < SIDE)
    nodes = np.array([(p.lon, p.lat) for p in (corner(k % SIDE, k // SIDE) for k in range(SIDE**2))])
    s = len(tails)
    both, none = np.ones(s, np.bool_), np.zeros(s, np.uint8)
    streets = Streets(
        node_lon=nodes[:, 0], node_lat=nodes[:, 1], node_signal=np.zeros(len(nodes), np.bool_),
        a=np.array(tails, np.int32), b=np.array(heads, np.int32), forward=both, backward=both,
        speed_forward_kmh=np.full(s, 60, np.float32), speed_backward_kmh=np.full(s, 60, np.float32),
        flags_forward=none, flags_backward=none, road_class=none, level=np.zeros(s, np.int8),
        way_id=np.arange(s), name_id=np.ones(s, np.int32), ref_id=np.zeros(s, np.int32),
        names=("", "解放路"), geometry_first=np.arange(0, 2 * s + 1, 2),
        geometry=np.stack([nodes[tails], nodes[heads]], axis=1).reshape(-1, 2),
    )  # fmt: skip
    graph = directed(streets)
    return Roads(graph, compute_order(graph), turns=TurnParams.none())


def town_region() -> Region:
    graph = town().graph
    facts = Provenance(
        name="town", source="tests", source_sha256="0" * 64, built_at=datetime(2026, 1, 1, tzinfo=UTC),
        licence="none", attribution="none", time_zone="Asia/Shanghai", driving_side=DrivingSide.RIGHT,
        dropped={},
    )  # fmt: skip
    return Region(provenance=facts, graph=graph, order=compute_order(graph))


@cache
def town_ground() -> Ground:
    return Ground.of(town().graph)


@dataclass
class Desk:
    """The services as the application composes them, with a clock that the test moves."""

    engine: Engine
    now: datetime = NOON
    new_id: Callable[[], UUID] = uuid4
    params: DispatchParams = field(default_factory=DispatchParams)
    duplicates: DuplicateParams = field(default_factory=DuplicateParams)

    def __post_init__(self) -> None:
        self.world = World(roads=town())
        self.uow = UnitOfWork(
            engine=self.engine, clock=lambda: self.now, new_id=self.new_id, subscribers=[recorder(UTC)]
        )

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def add_unit(self, sign: str, at: LonLat, *capabilities: Capability) -> UnitId:
        """An available unit that has just reported its position."""
        kind = capabilities[0].kind
        unit = Unit(
            id=UnitId(self.new_id()), call_sign=sign, kind=kind, capabilities=frozenset(capabilities),
            status=UnitStatus.AVAILABLE, agency="test", turnout_s=30.0,
        )  # fmt: skip
        with self.uow.begin() as tx:
            units.add(tx.connection, [unit])
            tx.commit()
        self.drive_to(unit.id, at)
        return unit.id

    def add_hospital(self, name: str, at: LonLat) -> PlaceId:
        place = Place(id=PlaceId(self.new_id()), kind=PlaceKind.HOSPITAL, name=name, place=at)
        with self.uow.begin() as tx:
            places.add(tx.connection, [place])
            tx.commit()
        return place.id

    def drive_to(self, unit_id: UnitId, at: LonLat) -> tracking.Recorded:
        fix = Fix(event_id=str(uuid4()), lon=at.lon, lat=at.lat, fixed_at=self.now)
        fixes = Fixes.of(Sender(device_id=unit_id, unit_id=unit_id), [fix])
        return tracking.record_fixes(self.uow, town_ground(), fixes, params=TelemetryParams())

    def report(
        self, at: LonLat, *, kind: IncidentKind = IncidentKind.INJURY_ACCIDENT, key: str | None = None,
        casualties: int = 1, vehicles: int = 1, phone: str = "13800001234", plates: tuple[str, ...] = (),
    ) -> reporting.Reported:  # fmt: skip
        said = AccidentReport(
            kind=kind, place=at, casualties=casualties, vehicles=vehicles, idempotency_key=key,
            caller_phone=phone, plates=plates,
        )  # fmt: skip
        with self.uow.begin() as tx:
            reported = reporting.report_accident(tx, self.world, said, params=self.duplicates)
            tx.commit()
        return reported

    def solve(self) -> list[Mission]:
        return dispatching.solve_open(
            self.uow, self.world, params=self.params, offers=OfferParams(), cause="test"
        )

    def unit(self, unit_id: UnitId) -> Unit:
        with self.engine.connect() as connection:
            return units.get(connection, unit_id)

    def position(self, unit_id: UnitId) -> LonLat:
        with self.engine.connect() as connection:
            found = positions.newest(connection, [unit_id])[unit_id]
        return LonLat(found.lon, found.lat)
