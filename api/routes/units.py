"""Units, missions and places as the desk sees them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from api import tokens
from api.auth import Holders, InService, Operator
from api.schemas import ReasonIn, StatusIn
from dispatch_core.ids import MissionId, PlaceId, UnitId
from dispatch_core.places import PlaceKind
from dispatch_core.services import crews, views
from dispatch_core.services.inbound import arrivals_at
from dispatch_core.store import missions, places, positions, units
from dispatch_core.store import tokens as stored_tokens

router = APIRouter(prefix="/v1", tags=["units and missions"])
Json = dict[str, Any]


@router.get("/units")
def list_units(service: InService, _: Operator) -> Json:
    """Every unit with its status, mission and newest position."""
    with service.engine.connect() as connection:
        return {"units": views.unit_views(connection, now=service.uow.clock())}


@router.get("/units/{unit_id}")
def read_unit(unit_id: UUID, service: InService, _: Operator) -> Json:
    """One unit, with how many of its positions were refused and why."""
    with service.engine.connect() as connection:
        units.get(connection, UnitId(unit_id))
        (view,) = views.unit_views(connection, [UnitId(unit_id)], now=service.uow.clock())
        return view | {"refused_positions": positions.refusals(connection, UnitId(unit_id))}


@router.post("/units/{unit_id}/device-token", status_code=201)
def issue_device_token(unit_id: UUID, request: Request, service: InService, _: Operator) -> Json:
    """A new token for the unit's device; shown this once, and every earlier one is revoked."""
    token = tokens.draw()
    with service.uow.begin() as tx:
        unit = units.get(tx.connection, UnitId(unit_id))
        stored_tokens.revoke_unit(tx.connection, unit.id, at=tx.now)
        stored_tokens.add(
            tx.connection, tokens.known_digest(token), role="device", at=tx.now, unit_id=unit.id
        )
        tx.commit()
    holders: Holders = request.app.state.holders
    holders.forget()
    request.app.state.senders.forget()
    return {"unit_id": str(unit.id), "call_sign": unit.call_sign, "token": token}


@router.post("/units/{unit_id}/status")
def change_status(unit_id: UUID, body: StatusIn, service: InService, _: Operator) -> Json:
    """Begin or end a shift, take a unit out of service or back, from the desk."""
    with service.uow.begin() as tx:
        crews.shift(tx, UnitId(unit_id), body.event)
        tx.commit()
    with service.engine.connect() as connection:
        (view,) = views.unit_views(connection, [UnitId(unit_id)], now=service.uow.clock())
    return view


@router.get("/missions")
def list_missions(
    service: InService, _: Operator, active: bool = False, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> Json:
    """Missions, the newest first."""
    with service.engine.connect() as connection:
        found = missions.page(connection, active_only=active, limit=limit)
        return {"missions": views.mission_views(connection, found)}


@router.get("/missions/{mission_id}")
def read_mission(mission_id: UUID, service: InService, _: Operator) -> Json:
    with service.engine.connect() as connection:
        found = missions.get(connection, MissionId(mission_id))
        (view,) = views.mission_views(connection, [found])
    return view


@router.post("/missions/{mission_id}/cancel")
def cancel_mission(mission_id: UUID, body: ReasonIn, service: InService, _: Operator) -> Json:
    """Call a crew back; its need goes to the next candidate."""
    with service.uow.begin() as tx:
        ended = crews.cancel_mission(tx, MissionId(mission_id), reason=body.reason)
        tx.commit()
    with service.engine.connect() as connection:
        (view,) = views.mission_views(connection, [ended])
    return view


@router.get("/places")
def list_places(service: InService, _: Operator, kind: PlaceKind | None = None) -> Json:
    """Hospitals, repair shops, service points and yards."""
    with service.engine.connect() as connection:
        return {"places": [views.place_view(place) for place in places.all_places(connection, kind)]}


@router.get("/places/{place_id}/arrivals")
def list_arrivals(place_id: UUID, service: InService, _: Operator) -> Json:
    """Units on their way to the place with a patient or a vehicle, and between when and when each comes."""
    now = service.uow.clock()
    with service.engine.connect() as connection:
        place = views.place_view(places.get(connection, PlaceId(place_id)))
        coming = arrivals_at(connection, service.world(), PlaceId(place_id), now=now)
    return {"now": views.at(now), "place": place, "arrivals": coming}


@router.get("/stations")
def list_stations(service: InService, _: Operator) -> Json:
    """The bases that units set out from."""
    with service.engine.connect() as connection:
        found = units.all_stations(connection)
    return {
        "stations": [
            {"id": str(s.id), "name": s.name, "kind": s.kind.value, "lon": s.place.lon, "lat": s.place.lat}
            for s in found
        ]
    }
