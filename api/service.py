"""The parts of the running service, composed once: database, roads, bus, dispatcher."""

from __future__ import annotations

import gc
import logging
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from accident_case.services.timeline import recorder
from api import clock
from api.database import connected
from api.desk_rules import DemandBook, RulesBook
from api.dispatcher import Dispatcher
from api.eta_book import EtaBook
from api.running_drill import RunningDrill
from api.settings import Settings
from api.streams.bus import LocalBus
from api.streams.follower import Follower
from api.streams.opened_wire import opened
from api.streams.wire import NoWire, Wire
from api.timekeeper import Timekeeper
from api.traffic import TrafficKeeper
from api.turns import Turns
from dispatch_core.fleet.telemetry import TelemetryParams
from dispatch_core.roads import Mode, Roads, TurnParams
from dispatch_core.services.pricing import LossOf, coverage_loss
from dispatch_core.services.rules import DeskRules
from dispatch_core.services.traffic import StreetMap
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from maps.embedded import known_region
from maps.folder import region_path, tiles_path
from maps.region import DrivingSide, Region

log = logging.getLogger("yct.service")


def opened_roads(region: Region) -> Roads:
    """The road-time engine of a region, with its side of driving."""
    turns = TurnParams(drives_on_right=region.provenance.driving_side is DrivingSide.RIGHT)
    return Roads(region.graph, region.order, turns=turns)


@dataclass
class Service:
    """One process's service; `start` and `stop` frame its background threads."""

    settings: Settings
    engine: Engine
    region: Region
    roads: Roads
    telemetry: TelemetryParams = field(default_factory=TelemetryParams)
    bus: LocalBus = field(default_factory=LocalBus)
    wire: Wire = field(default_factory=NoWire)
    reports: Turns = field(default_factory=Turns)

    def __post_init__(self) -> None:
        self.zone = zone = ZoneInfo(self.region.provenance.time_zone)
        self.uow = UnitOfWork(
            engine=self.engine, clock=clock.now, new_id=clock.new_id, subscribers=[recorder(zone)]
        )
        self.rules = RulesBook(self.engine, clock.now)
        self.demand = DemandBook(self.engine, self.roads.graph, zone)
        self.running_drill = RunningDrill(self.engine)
        self.dispatcher = Dispatcher(self)
        self.timekeeper = Timekeeper(self.uow, self.world)
        provenance = self.region.provenance
        self.streets = StreetMap(
            graph=self.roads.graph, region=f"{provenance.name} {provenance.built_at.isoformat()}"
        )
        self.traffic = TrafficKeeper(
            self.uow, self.roads, self.streets, self.world, self.dispatcher.wake,
            profile=lambda: self.rules.read().profile,
        )  # fmt: skip
        self.etas = EtaBook(self.engine, zone)
        self.follower = Follower(self.engine, self.bus, told=self._told)
        self.uow.listeners.append(self.dispatcher.facts_seen)

    @classmethod
    def open(cls, settings: Settings, *, url: str) -> Service:
        """Loads the region and compiles what is to be compiled; the database is migrated already."""
        region = known_region(settings.region)
        roads = opened_roads(region)
        warm(roads)
        settle()
        wire = opened(settings.bus)
        return cls(settings=settings, engine=connected(url), region=region, roads=roads, wire=wire)

    @property
    def tiles(self) -> Path:
        return tiles_path(region_path(self.settings.region))

    def rules_changed(self) -> None:
        """A rule was set here just now: what waits is decided by it at once."""
        self.rules.forget()
        self.traffic.told(frozenset({"rules"}))
        self.dispatcher.wake("rules")

    def loss_of(self, rules: DeskRules) -> LossOf | None:
        """The price of coverage as decisions are to count it; None where a supervisor has set none."""
        if rules.params.coverage_point_s == 0:
            return None
        cover = self.demand.cover(self.uow.clock(), params=rules.coverage)
        return partial(coverage_loss, world=self.world(), cover=cover)

    def _told(self, topics: frozenset[str]) -> None:
        if "rules" in topics:
            self.rules.forget()
        self.traffic.told(topics)

    def start(self) -> None:
        self.wire.start(self.bus.moved)
        self.follower.start()
        self.traffic.start()
        self.dispatcher.start()
        self.timekeeper.start()

    def stop(self) -> None:
        self.timekeeper.stop()
        self.dispatcher.stop()
        self.traffic.stop()
        self.follower.stop()
        self.wire.stop()
        self.etas.stop()
        self.engine.dispose()

    def drill(self) -> dict[str, Any] | None:
        """The drill that runs now, such as `{"speed": 20}`."""
        return self.running_drill.read()

    def forget_drill(self) -> None:
        """Reads anew at the next question."""
        self.running_drill.forget()

    def world(self) -> World:
        """The physical world, as fast as the drill makes it."""
        speed = self.running_drill.speed
        return World(roads=self.roads, speed=speed, etas=self.etas.model(drilled=speed != 1), zone=self.zone)


def warm(roads: Roads) -> None:
    """Compiles every kernel, or reads it from disk, before anybody waits for an answer."""
    spots = roads.snap(roads.graph.node_lon[:8], roads.graph.node_lat[:8])
    for mode in Mode:
        roads.table_s(spots, spots[:1], mode=mode)
        roads.table_s(spots, spots, mode=mode)
        roads.path(spots.row(0), spots.row(5), mode=mode)


def settle() -> None:
    """What was loaded stays for ever: the collector need not look at it again while somebody waits."""
    gc.collect()
    gc.freeze()
