"""A past day decided again under another policy: the same accidents, crews and handling times.

What crews did not do cannot be known: everybody accepts, nobody breaks down, and a unit is free again at the
scene when the logged handling time of that need is over (the day's median where nobody ever came).
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident, TowOrder
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Assignment, Plan
from dispatch_core.assignment.policy import POLICIES
from dispatch_core.assignment.problem import pose
from dispatch_core.assignment.stop import AT_THE_DESK
from dispatch_core.fleet.capability import Capability, Need, UnitKind
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.incidents import outstanding
from dispatch_core.services.replayed import Replayed, Response
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An accident of the day; `handling_s` is how long each need held its unit at work.

    `district` is the jurisdiction that it lies in, `tows_kg` the heaviest vehicle to be towed; `tow_order`
    says when towing may begin.
    """

    id: IncidentId
    at_s: float
    priority: int
    place: LonLat
    needs: tuple[Need, ...]
    handling_s: Mapping[Capability, float]
    district: str | None = None
    tows_kg: float = 0.0
    tow_order: TowOrder | None = None


_Event = Call | tuple[str, UnitId, int]  # a report; or an arrival or release of a unit on that errand


@dataclass(slots=True)
class _Crew:
    unit: Unit
    place: LonLat
    call: Call | None = None
    need: Capability | None = None
    left_s: float = 0.0
    there_s: float = 0.0
    errand: int = 0
    drive_m: float = 0.0

    def at(self, now_s: float) -> LonLat:
        """Along the straight line to its scene: near enough for one who is only weighed."""
        if self.call is None or self.there_s <= self.left_s:
            return self.place
        share = min(max((now_s - self.left_s) / (self.there_s - self.left_s), 0.0), 1.0)
        to = self.call.place
        return LonLat(
            self.place.lon + share * (to.lon - self.place.lon),
            self.place.lat + share * (to.lat - self.place.lat),
        )


class Replay:
    """One run; `run` may be called once."""

    def __init__(
        self, world: World, calls: Sequence[Call], crews: Sequence[tuple[Unit, LonLat]], *, policy: str,
        params: DispatchParams, limits: UnitLimits | None = None,
    ) -> None:  # fmt: skip
        self._limits = limits or UnitLimits()
        self._world, self._policy, self._params = world, POLICIES[policy], params
        self._crews = {unit.id: _Crew(unit=unit, place=place) for unit, place in crews}
        self._calls = {call.id: call for call in calls}
        self._open: dict[IncidentId, Call] = {}
        self._filled: defaultdict[IncidentId, list[Capability]] = defaultdict(list)
        self._events: list[tuple[float, int, _Event]] = []
        self._numbers = 0
        self.answer = Replayed()
        for call in calls:
            self._later(call.at_s, call)

    def run(self) -> Replayed:
        while self._events:
            now_s, _, event = heapq.heappop(self._events)
            if self._happens(now_s, event):
                # Who becomes free may relieve a crew that is far from its scene, though nobody waits.
                self._decide(now_s, relieving=not isinstance(event, Call))
        for call in self._open.values():
            self.answer.unserved += sum(n.count for n in outstanding(call.needs, self._filled[call.id]))
        return self.answer

    def _later(self, at_s: float, event: _Event) -> None:
        self._numbers += 1
        heapq.heappush(self._events, (at_s, self._numbers, event))

    def _happens(self, now_s: float, event: _Event) -> bool:
        """Whether there is something to decide."""
        if isinstance(event, Call):
            self._open[event.id] = event
            free = [crew for crew in self._crews.values() if crew.call is None]
            self.answer.stood.append({crew.unit.id: (crew.place.lon, crew.place.lat) for crew in free})
            return True
        kind, unit_id, errand = event
        crew = self._crews[unit_id]
        if crew.errand != errand or crew.call is None or crew.need is None:
            return False  # it was sent elsewhere meanwhile
        if kind == "arrive":
            self._arrived(crew, now_s)
            return False
        crew.place, crew.call, crew.need = crew.call.place, None, None
        return True

    def _arrived(self, crew: _Crew, now_s: float) -> None:
        assert crew.call is not None
        assert crew.need is not None
        call = crew.call
        self.answer.drive_m += crew.drive_m
        self.answer.responses.append(
            Response(
                incident_id=call.id, need=crew.need, priority=call.priority, response_s=now_s - call.at_s
            )
        )
        begins_s = now_s if crew.unit.kind is UnitKind.AMBULANCE else max(now_s, self._rescued_s(call))
        self._later(begins_s + call.handling_s[crew.need], ("free", crew.unit.id, crew.errand))

    def _rescued_s(self, call: Call, *, until_s: float = math.inf) -> float:
        """When rescue is over by those ambulances that arrived, or are to arrive, by `until_s`."""
        work_s = None if call.tow_order is None else call.tow_order.rescue_work_s
        if work_s is None:
            return 0.0
        there = [
            crew.there_s
            for crew in self._crews.values()
            if crew.call is call and crew.unit.kind is UnitKind.AMBULANCE and crew.there_s <= until_s
        ]
        return max(there, default=-math.inf) + work_s

    def _decide(self, now_s: float, *, relieving: bool) -> None:
        asking = [
            (call, left)
            for call in self._open.values()
            if (left := outstanding(call.needs, self._filled[call.id]))
        ]
        rolling = [c for c in self._crews.values() if c.call is not None and now_s < c.there_s]
        if not asking and not (relieving and rolling):
            return
        known = {call.id for call, _ in asking}
        also = {crew.call.id: crew.call for crew in rolling if crew.call and crew.call.id not in known}
        calls = [*asking, *((call, ()) for call in also.values())]
        plan = self._plan(calls, now_s)
        for move in plan.moves:
            self._taken_off(self._crews[move.unit_id], now_s)
        for assignment in plan.assignments:
            self._sent(assignment, now_s)

    def _plan(self, calls: Sequence[tuple[Call, tuple[Need, ...]]], now_s: float) -> Plan:
        crews = list(self._crews.values())
        eta_s = np.full((len(calls), len(crews)), np.inf)
        scenes = [call.place for call, _ in calls]
        for kind in UnitKind:
            columns = [
                k
                for k, crew in enumerate(crews)
                if crew.unit.kind is kind and (crew.call is None or now_s < crew.there_s)
            ]
            starts = [crews[k].at(now_s) for k in columns]
            if columns:
                eta_s[:, columns] = self._world.between_s(starts, kind, scenes).T
        problem = pose(
            [self._open_incident(call, left, now_s) for call, left in calls],
            [self._candidate(crew, now_s) for crew in crews],
            eta_s=eta_s,
        )
        return self._policy(problem, params=self._params, stop=AT_THE_DESK)

    def _open_incident(self, call: Call, left: tuple[Need, ...], now_s: float) -> OpenIncident:
        order = call.tow_order
        if order is not None and order.rescue_work_s is not None:
            rescued_in_s = self._rescued_s(call, until_s=now_s) - now_s
            order = replace(order, not_before_s=min(max(rescued_in_s, 0.0), 86_400.0))
        return OpenIncident(
            id=call.id, priority=call.priority, needs=left, waited_s=now_s - call.at_s,
            district=call.district, tows_kg=call.tows_kg, tow_order=order,
        )  # fmt: skip

    def _candidate(self, crew: _Crew, now_s: float) -> Candidate:
        return replace(
            _candidate(crew, now_s), districts=self._limits.served_by(crew.unit),
            tows_at_most_kg=self._limits.tows_at_most_kg.get(crew.unit.call_sign),
        )  # fmt: skip

    def _taken_off(self, crew: _Crew, now_s: float) -> None:
        assert crew.call is not None
        assert crew.need is not None
        self._filled[crew.call.id].remove(crew.need)
        gone = max(now_s - crew.left_s, 0.0) / max(crew.there_s - crew.left_s, 1.0)
        self.answer.drive_m += crew.drive_m * min(gone, 1.0)
        self.answer.redispatches += 1
        crew.place, crew.call, crew.need = crew.at(now_s), None, None
        crew.errand += 1

    def _sent(self, assignment: Assignment, now_s: float) -> None:
        crew, call = self._crews[assignment.unit_id], self._calls[assignment.incident_id]
        route = self._world.drive(crew.place, call.place, crew.unit.kind)
        crew.drive_m = 0.0 if route is None else float(route["distance_m"])
        crew.call, crew.need = call, assignment.need
        crew.left_s = now_s + assignment.depart_in_s + assignment.turnout_s
        crew.there_s = crew.left_s + assignment.eta_s
        crew.errand += 1
        self._filled[call.id].append(assignment.need)
        self._later(crew.there_s, ("arrive", crew.unit.id, crew.errand))


def _candidate(crew: _Crew, now_s: float) -> Candidate:
    """At work, rolling and movable by its commitment, or free."""
    commitment = None
    turnout_s = crew.unit.turnout_s
    if crew.call is not None and crew.need is not None and now_s < crew.there_s:
        commitment = Commitment(incident_id=crew.call.id, need=crew.need)
        turnout_s = min(max(crew.left_s - now_s, 0.0), turnout_s)
    status = UnitStatus.AVAILABLE if crew.call is None else UnitStatus.ENGAGED
    unit = replace(crew.unit, status=status, turnout_s=turnout_s)
    return Candidate.of(unit, position_age_s=0.0, commitment=commitment)


def unit_places(
    stood: Sequence[Mapping[str, Sequence[float]]], fleet: Sequence[Unit]
) -> list[tuple[Unit, LonLat]]:
    """Where each unit stood when the day's decisions first saw it free; others did not work that day."""
    first: dict[UnitId, LonLat] = {}
    known = {str(unit.id): unit.id for unit in fleet}
    for seen in stood:
        for name, place in seen.items():
            if name in known:
                first.setdefault(known[name], LonLat(place[0], place[1]))
    return [(unit, first[unit.id]) for unit in fleet if unit.id in first]
