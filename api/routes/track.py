"""One party's view of its own rescue, by an opaque link; nothing else can be seen through it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.auth import InService
from api.routes.stream import HEADERS
from api.schemas import Model
from api.service import Service
from api.tokens import digest
from dispatch_core.errors import NotFound
from dispatch_core.ids import PlaceId
from dispatch_core.incidents import IncidentStatus, outstanding
from dispatch_core.missions import FILLING, Mission, MissionStatus
from dispatch_core.services import choosing, views
from dispatch_core.store import duplicates, incidents, missions, positions, tokens, units

router = APIRouter(prefix="/v1/track", tags=["tracking"])
Json = dict[str, Any]
LOOK_EVERY_S = 1.0
# A track is shown from the crew's acceptance to its arrival (domain dossier 2.11), not a moment longer.
_COMING = frozenset({MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE})
_SHOWN = FILLING


def rescue_of(service: Service, token: str) -> Json:
    """What the holder of a link may see now; NotFound for any other token."""
    key = digest(token)
    now = service.uow.clock()
    with service.uow.reading() as connection:
        link = tokens.find_link(connection, key) if key is not None else None
        if link is None:
            raise NotFound("link", "at this address; ask the desk for a new one")
        # What turned out to be the same accident is this party's own rescue.
        incident = incidents.get(connection, duplicates.root(connection, link[0]))
        shown = [m for m in missions.of_incidents(connection, [incident.id]) if m.status in _SHOWN]
        fleet = {unit.id: unit for unit in units.by_ids(connection, {m.unit_id for m in shown})}
        where = positions.newest(connection, [m.unit_id for m in shown if m.status in _COMING])
        told = missions.signs_and_routes(connection, [m.id for m in shown if m.status in _COMING])
    still_open = incident.status is IncidentStatus.OPEN and (
        outstanding(incident.needs, [m.need for m in shown]) or any(_is_awaited(m) for m in shown)
    )

    def mission_of(m: Mission) -> Json:
        unit, position = fleet[m.unit_id], where.get(m.unit_id)
        return {
            "id": str(m.id),
            "call_sign": unit.call_sign,
            "plate": unit.plate,
            "kind": unit.kind.value,
            "need": m.need.value,
            "status": m.status.value,
            "eta_at": views.at(m.eta_at) if m.status in _COMING else None,
            "eta_band": views.eta_band(m),
            "position": None if position is None else views.position_view(position, now=now),
            "route": told[m.id][1] if m.id in told else None,
        }

    return {
        "now": views.at(now),
        "drill": service.drill(),
        "ended": not still_open,
        "incident": {
            "lon": incident.place.lon, "lat": incident.place.lat, "address": incident.address,
            "kind": incident.kind.value, "status": incident.status.value,
        },
        "missions": [mission_of(m) for m in shown],
    }  # fmt: skip


def _is_awaited(mission: Mission) -> bool:
    return mission.status in _COMING or mission.status is MissionStatus.OFFERED


@router.get("/{token}")
def rescue(token: str, service: InService) -> Json:
    """What comes, from where, and when."""
    return rescue_of(service, token)


class ShopIn(Model):
    """A repair shop, or null to take the choice back."""

    place_id: UUID | None


@router.get("/{token}/repair-shops")
def repair_shops(token: str, service: InService) -> Json:
    """Every repair shop in an order that favours none; the choice is the party's, nothing is preselected."""
    with service.engine.connect() as connection:
        return _shops(choosing.shops_for(connection, _key(token)))


@router.put("/{token}/repair-shop")
def choose_repair_shop(token: str, body: ShopIn, service: InService) -> Json:
    """Where the party wants its car towed; without a choice it goes to a yard."""
    with service.uow.begin() as tx:
        chosen = None if body.place_id is None else PlaceId(body.place_id)
        choosing.choose_shop(tx, _key(token), chosen)
        tx.commit()
    with service.engine.connect() as connection:
        return _shops(choosing.shops_for(connection, _key(token)))


def _key(token: str) -> bytes:
    key = digest(token)
    if key is None:
        raise NotFound("link", "at this address; ask the desk for a new one")
    return key


def _shops(found: choosing.Shops) -> Json:
    return {
        "repair_shops": [
            {"id": str(s.id), "name": s.name, "lon": s.place.lon, "lat": s.place.lat, "phone": s.phone}
            for s in found.shops
        ],
        "chosen_id": None if found.chosen is None else str(found.chosen),
    }


@router.get("/{token}/stream", response_class=StreamingResponse)
async def follow(token: str, service: InService) -> StreamingResponse:
    """`rescue` whenever it changes, `end` once everybody has arrived."""
    first = await run_in_threadpool(rescue_of, service, token)
    return StreamingResponse(_changes(service, token, first), media_type="text/event-stream", headers=HEADERS)


async def _changes(service: Service, token: str, first: Json) -> AsyncIterator[bytes]:
    shown, told = first, None
    silent = 0
    while not service.bus.closed:
        words = {k: v for k, v in shown.items() if k != "now"}
        if shown["ended"]:
            yield b"event: end\ndata: " + msgspec.json.encode(shown) + b"\n\n"
            return
        if words != told:
            told, silent = words, 0
            yield b"event: rescue\ndata: " + msgspec.json.encode(shown) + b"\n\n"
        elif silent >= 15:
            silent = 0
            yield b": still here\n\n"
        silent += 1
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            shown = await run_in_threadpool(rescue_of, service, token)
        except NotFound:
            return
