"""Server-sent events: the desk's stream of everything, and one party's stream of its own rescue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.auth import InService, Operator
from api.service import Service
from api.streams.bus import Event
from api.streams.follower import events_of
from dispatch_core.services import views
from dispatch_core.store import outbox, places

router = APIRouter(prefix="/v1", tags=["streams"])

POSITIONS_EVERY_S = 0.5
HEARTBEAT_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
LONGEST_RESUME = 5000  # facts; a watcher who missed more is told everything anew


@router.get("/stream", response_class=StreamingResponse)
async def stream(request: Request, service: InService, _: Operator) -> StreamingResponse:
    """`snapshot`, then `unit`, `incident`, `mission` and `drill` as they change, `positions` twice a second.

    Events that end a batch carry an id: send the last one as `Last-Event-ID` to go on without a gap.
    """
    last_id = request.headers.get("last-event-id", "")
    seq = int(last_id) if last_id.isdigit() and len(last_id) < 19 else None
    return StreamingResponse(_events(service, seq), media_type="text/event-stream", headers=HEADERS)


async def _events(service: Service, seq: int | None) -> AsyncIterator[bytes]:
    wake = service.bus.watch()
    try:
        place, moves = service.bus.here
        resumed = service.bus.place_of(seq) if seq is not None else None
        if resumed is not None:
            place = resumed
        else:
            yield await run_in_threadpool(_caught_up, service, seq)
        beat_at = time.monotonic()
        while not service.bus.closed:
            wake.clear()
            events = service.bus.after(place)
            if events is None:
                place, moves = service.bus.here
                yield await run_in_threadpool(_snapshot, service)
            elif events:
                place = events[-1].place
                yield b"".join(map(_framed, events))
            moves, rows = service.bus.moved_since(moves)
            if rows:
                yield b"event: positions\ndata: " + msgspec.json.encode(rows) + b"\n\n"
            if rows or events:
                beat_at = time.monotonic()
            elif time.monotonic() - beat_at > HEARTBEAT_S:
                beat_at = time.monotonic()
                yield b": still here\n\n"
            try:
                await asyncio.wait_for(wake.wait(), POSITIONS_EVERY_S)
            except TimeoutError:
                continue
    finally:
        service.bus.unwatch(wake)


def _framed(event: Event) -> bytes:
    number = "" if event.seq is None else f"id: {event.seq}\n"
    return f"event: {event.name}\n{number}data: {event.data}\n\n".encode()


def _caught_up(service: Service, seq: int | None) -> bytes:
    """What changed since `seq`, out of the database; everything if that is too long ago or was never."""
    if seq is not None:
        with service.uow.reading() as connection:
            oldest, newest = outbox.span(connection)
            if oldest - 1 <= seq <= newest and newest - seq <= LONGEST_RESUME:
                rows = outbox.after(connection, seq, limit=LONGEST_RESUME)
                events = events_of(connection, rows) if rows else []
                last = len(events) - 1
                return b": resumed\n\n" + b"".join(
                    _framed(Event(0, name, data, newest if i == last else None))
                    for i, (name, data) in enumerate(events)
                )
    return _snapshot(service)


def _snapshot(service: Service) -> bytes:
    """Everything as of one instant, with the sequence number from which to follow."""
    now = service.uow.clock()
    with service.uow.reading() as connection:
        _, newest = outbox.span(connection)
        open_incidents, active = views.open_views(connection)
        shown: dict[str, Any] = {
            "seq": newest,
            "now": views.at(now),
            "drill": service.drill(),
            "units": views.unit_views(connection, now=now),
            "incidents": open_incidents,
            "missions": active,
            "places": [views.place_view(place) for place in places.all_places(connection)],
        }
    return f"event: snapshot\nid: {newest}\ndata: ".encode() + msgspec.json.encode(shown) + b"\n\n"
