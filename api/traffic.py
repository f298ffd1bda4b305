"""The thread that keeps a process's road weights true: closures, a feed, and what the fleet drives."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime

import numpy as np

from api.rounds import RoundsThread
from dispatch_core.ids import MissionId
from dispatch_core.roads import Mode, Roads
from dispatch_core.roads.graph import Float32s, Int32s
from dispatch_core.roads.matching import Matcher
from dispatch_core.roads.profiles import SpeedProfile, hour_of_week
from dispatch_core.roads.traffic import TrafficParams, TrafficState, known_now, observed, speeds_now
from dispatch_core.services.fleet_speeds import FleetSpeeds
from dispatch_core.services.rerouting import drives_s, reroute
from dispatch_core.services.traffic import StreetMap
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import traffic

log = logging.getLogger("yct.traffic")
FLEET_EVERY_S = 30.0
LOOK_EVERY_S = 5.0  # a closure may begin or end by the clock, or be told by another process's commit


class TrafficKeeper(RoundsThread):
    """Re-weights both modes when something changed; questions are answered meanwhile on the old weights."""

    def __init__(
        self, uow: UnitOfWork, roads: Roads, streets: StreetMap, world: Callable[[], World],
        changed: Callable[[str], None], profile: Callable[[], SpeedProfile] = SpeedProfile.flat,
    ) -> None:  # fmt: skip
        """`changed` is told the cause after closures took effect: more, or less, can be decided now.
        `profile` are the usual speeds by the hour in the zone of `world`."""
        super().__init__("traffic", log, patience_s=10.0)
        self._uow, self._roads, self._streets, self._world = uow, roads, streets, world
        self._changed = changed
        self._profile = profile
        self._params = TrafficParams()
        self._fleet = FleetSpeeds(roads.graph, Matcher(roads.graph), since=uow.clock())
        self._usual_kmh = roads.graph.speed_kmh
        self.state = TrafficState.quiet(roads.graph, as_of=uow.clock())
        self._weighed: tuple[object, ...] = (
            (),
            (),
            self._usual_kmh.tobytes(),
        )  # what the weights in force were made of
        self._fleet_at = time.monotonic()
        self._fresh_passages = False
        self._reroute_once_more = False
        self._wake = threading.Event()

    def _rouse(self) -> None:
        self._wake.set()

    def told(self, topics: frozenset[str]) -> None:
        """Facts of these topics were committed, by whichever process; the usual speeds are a rule."""
        if topics & {"traffic", "rules"}:
            self._wake.set()

    def known_kmh(self, at: datetime) -> tuple[Int32s, Float32s]:
        """(edges int32[k], km/h float32[k]) of streets whose speed now is known from a feed or the fleet."""
        state = self.state
        edges = np.flatnonzero(known_now(state, at=at, params=self._params)).astype(np.int32)
        now = speeds_now(state, self._usual_kmh, at=at, siren=False, params=self._params)
        return edges, now.speed_kmh[edges]

    def _round(self) -> None:
        self._look()
        self._wake.wait(LOOK_EVERY_S)
        self._wake.clear()

    def _look(self) -> None:
        at = self._uow.clock()
        self._observe(at)
        closures, feed = self._read(at)
        usual = self._renew_usual(at)
        if self._reroute_once_more:
            # A decision that was under way on the old weights may have been carried out since.
            self._reroute_once_more = False
            self._reroute({}, even_if_nobody=False)
        if (closures, feed, usual) == self._weighed and not self._fresh_passages:
            return
        closed = closures != self._weighed[0]
        before_s = drives_s(self._uow, self._world()) if closed else {}
        self._reweigh(at)
        if closed:
            self._reroute(before_s, even_if_nobody=True)
            self._reroute_once_more = True
            self._changed("traffic.changed")
        self._weighed, self._fresh_passages = (closures, feed, usual), False

    def _renew_usual(self, at: datetime) -> bytes:
        """The usual speeds of this hour of the week; returns what tells them apart from before."""
        hour = hour_of_week(at.astimezone(self._world().zone))
        self._usual_kmh = self._profile().speed_kmh(self._roads.graph, hour)
        return self._usual_kmh.tobytes()

    def _reroute(self, before_s: dict[MissionId, float], *, even_if_nobody: bool) -> None:
        """Leads crews around, and tells every desk whom, and by how much later each comes."""
        led = reroute(self._uow, self._world(), before_s=before_s)
        log.info("roads changed: %d missions rerouted", len(led))
        if not led and not even_if_nobody:
            return
        with self._uow.begin() as tx:
            tx.record("roads", "rerouted", tx.new_id(), led=[asdict(one) for one in led])
            tx.commit()

    def _read(self, at: datetime) -> tuple[tuple[str, ...], tuple[object, ...]]:
        """Takes closures and feed into the state; returns what tells them apart from before."""
        with self._uow.engine.connect() as connection:
            standing = traffic.standing(connection, at=at)
            edges, kmh, until = traffic.fed(connection, self._streets.region, at=at)
        here = [kept for kept in map(self._streets.here, standing) if kept is not None]
        fed_kmh = np.full_like(self.state.fed_kmh, np.nan)
        fed_until_s = np.zeros_like(self.state.fed_until_s)
        fed_kmh[edges] = kmh
        fed_until_s[edges] = [moment.timestamp() for moment in until]
        self.state = replace(
            self.state,
            closures=tuple(kept.closure for kept in here),
            fed_kmh=fed_kmh,
            fed_until_s=fed_until_s,
        )
        in_force = tuple(kept.closure.id for kept in here if kept.closure.holds(at))
        return in_force, (edges.tobytes(), kmh.tobytes())

    def _observe(self, at: datetime) -> None:
        if time.monotonic() - self._fleet_at < FLEET_EVERY_S:
            return
        self._fleet_at = time.monotonic()
        with self._uow.engine.connect() as connection:
            passages = self._fleet.driven(connection, at=at, speed=self._world().speed)
        if len(passages.edge):
            self.state = observed(self.state, passages, self._usual_kmh, at=at, params=self._params)
            self._fresh_passages = True

    def _reweigh(self, at: datetime) -> None:
        for mode in Mode:
            now = speeds_now(
                self.state, self._usual_kmh, at=at, siren=mode is Mode.SIREN, params=self._params
            )
            self._roads.reweight(mode, edge_speed_kmh=now.speed_kmh.astype(np.float64), closed=now.closed)
