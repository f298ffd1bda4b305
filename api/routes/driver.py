"""What a driver's app asks: see and answer offers, advance the mission; positions come by `gateways`."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.auth import Device, InService
from api.directions import directions
from api.number_proxy import SimulatedNumberProxy
from api.schemas import StepIn
from api.service import Service
from dispatch_core.errors import InvalidInput, NotFound
from dispatch_core.fleet.unit import UnitEvent
from dispatch_core.ids import MissionId, PlaceId, UnitId
from dispatch_core.missions import ACTIVE, Mission, MissionEvent
from dispatch_core.services import crews, views
from dispatch_core.store import incidents, missions

router = APIRouter(prefix="/v1/driver", tags=["driver"])
Json = dict[str, Any]
LOOK_AGAIN_S = 20.0  # should a waking be lost with the database's connection


class Step(StrEnum):
    """A crew's steps as the address names them."""

    ACCEPT = "accept"
    DECLINE = "decline"
    DEPART = "depart"
    ARRIVE = "arrive"
    LOAD = "load"
    DELIVER = "deliver"
    FINISH = "finish"
    BREAK_DOWN = "break-down"


class Shift(StrEnum):
    BEGIN = "begin"
    END = "end"


@router.get("/me")
def me(service: InService, unit_id: Device) -> Json:
    """The unit that the token stands for."""
    return _unit(service, unit_id)


@router.get("/mission", responses={204: {"description": "no mission"}})
async def mission(
    service: InService,
    unit_id: Device,
    wait_s: Annotated[float, Query(ge=0, le=60)] = 0.0,
    known_version: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """The unit's offer or mission, with the place and the way there; 204 if it has none.

    With `wait_s` the answer is held back until there is another mission than the one known (its
    `known_version`, none if left out), so that an app need not ask every second.
    """
    wake = service.bus.watch(str(unit_id))
    try:
        until = time.monotonic() + wait_s
        while True:
            wake.clear()
            found = await run_in_threadpool(_mission, service, unit_id)
            left_s = until - time.monotonic()
            if (
                left_s <= 0
                or service.bus.closed
                or (None if found is None else found["version"]) != known_version
            ):
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), min(left_s, LOOK_AGAIN_S))
    finally:
        service.bus.unwatch(wake)
    return Response(status_code=204) if found is None else JSONResponse(found)


def _mission(service: Service, unit_id: UnitId) -> Json | None:
    with service.engine.connect() as connection:
        found = missions.active_of_unit(connection, unit_id)
        if found is None:
            return None
        (view,) = views.mission_views(connection, [found])
        (incident,) = views.incident_views(connection, [incidents.get(connection, found.incident_id)])
    now = views.at(service.uow.clock())
    return view | {"incident": incident, "drill": service.drill(), "now": now}


@router.get("/missions/{mission_id}/directions")
def directions_of(mission_id: UUID, service: InService, unit_id: Device) -> Json:
    """The way of the unit's own mission as streets and turns."""
    with service.engine.connect() as connection:
        known = _own(connection, mission_id, unit_id)
        (view,) = views.mission_views(connection, [known])
    line = [] if view["route"] is None else view["route"]["coordinates"]
    return {"version": known.version, "directions": directions(service.roads, line)}


@router.post("/missions/{mission_id}/call")
def call_party(mission_id: UUID, service: InService, unit_id: Device) -> Json:
    """A number to dial in place of the first caller's, which the crew is never told; 404 without a caller."""
    with service.engine.connect() as connection:
        known = _own(connection, mission_id, unit_id)
        phones = [
            r.caller_phone for r in incidents.reports_of(connection, known.incident_id) if r.caller_phone
        ]
    if not phones or known.status not in ACTIVE:
        raise NotFound("caller", mission_id)
    proxy = SimulatedNumberProxy(service.settings.var / "log" / "calls-simulated.jsonl")
    bound = proxy.bind(mission_id=str(mission_id), party_phone=phones[0], at=service.uow.clock())
    return {
        "number": bound.number, "party": bound.party, "expires_at": views.at(bound.ends_at),
        "simulated": bound.simulated,
    }  # fmt: skip


def _own(connection: Connection, mission_id: UUID, unit_id: UnitId) -> Mission:
    found = missions.get(connection, MissionId(mission_id))
    if found.unit_id != unit_id:
        raise NotFound("mission", mission_id)
    return found


@router.post("/missions/{mission_id}/{step}")
def advance(
    mission_id: UUID, step: Step, service: InService, unit_id: Device, body: StepIn | None = None
) -> Any:
    """One step of the unit's own mission; repeating a step already made is answered with its state."""
    said = body if body is not None else StepIn()
    event = MissionEvent(step.value.replace("-", "_"))
    with service.uow.begin() as tx:
        moved = crews.advance(
            tx, service.world(), unit_id, MissionId(mission_id), event,
            reason=said.reason, destination_id=_place_id(said.destination_id), patient=said.patient(),
        )  # fmt: skip
        tx.commit()
    with service.engine.connect() as connection:
        (view,) = views.mission_views(connection, [moved])
    return JSONResponse(view)


def _place_id(text: str | None) -> PlaceId | None:
    if text is None:
        return None
    try:
        return PlaceId(UUID(text))
    except ValueError:
        raise InvalidInput("destination_id", "is not an id") from None


@router.post("/shift/{which}")
def shift(which: Shift, service: InService, unit_id: Device) -> Json:
    """Begin or end the shift; beginning one that runs is answered with the unit as it is."""
    event = UnitEvent.BEGIN_SHIFT if which is Shift.BEGIN else UnitEvent.END_SHIFT
    return _changed(service, unit_id, event)


@router.post("/repaired")
def repaired(service: InService, unit_id: Device) -> Json:
    """The unit can be sent again after a breakdown."""
    return _changed(service, unit_id, UnitEvent.REPAIRED)


# Statuses in which the event has nothing left to do: an app that was restarted says it again.
_ALREADY: dict[UnitEvent, frozenset[str]] = {
    UnitEvent.BEGIN_SHIFT: frozenset({"available", "engaged"}),
    UnitEvent.END_SHIFT: frozenset({"off_shift"}),
    UnitEvent.REPAIRED: frozenset({"available", "engaged"}),
}


def _changed(service: Service, unit_id: UnitId, event: UnitEvent) -> Json:
    if _unit(service, unit_id)["status"] not in _ALREADY[event]:
        with service.uow.begin() as tx:
            crews.shift(tx, unit_id, event)
            tx.commit()
    return _unit(service, unit_id)


def _unit(service: Service, unit_id: UnitId) -> Json:
    with service.engine.connect() as connection:
        (view,) = views.unit_views(connection, [unit_id], now=service.uow.clock())
    return view | {"drill": service.drill()}
