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
from api.incident_views import numbered
from api.service import Service
from api.streams.bus import Event
from api.streams.feed import PositionFeed, until_next_tick_s
from api.streams.follower import events_of
from api.streams.snapshots import Snapshots
from api.streams.views import Views
from dispatch_core.services import views
from dispatch_core.store import alarms, duplicates, outbox, places

router = APIRouter(prefix="/v1", tags=["streams"])

HEARTBEAT_S = 15.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
LONGEST_RESUME = 5000  # facts; a watcher who missed more is told everything anew


@router.get("/stream", response_class=StreamingResponse)
async def stream(
    request: Request, service: InService, _: Operator,
    box: str | None = None, agency: str | None = None, mission: str | None = None,
) -> StreamingResponse:  # fmt: skip
    """`snapshot`, then `unit`, `incident`, `mission`, `alarm`, `duplicate`, `place`, `drill` as they change.

    `positions` come twice a second. Events that end a batch carry an id: send the last one as
    `Last-Event-ID` to go on without a gap. With `box` (west,south,east,north) only positions inside it are
    told, and that a unit left it; with `agency` or `mission` only those of its units.
    """
    shared: Views = request.app.state.views
    feed = PositionFeed(service.bus, await shared.opened(box=box, agency=agency, mission=mission))
    last_id = request.headers.get("last-event-id", "")
    seq = int(last_id) if last_id.isdigit() and len(last_id) < 19 else None
    return StreamingResponse(_events(request, seq, feed), media_type="text/event-stream", headers=HEADERS)


async def _events(request: Request, seq: int | None, feed: PositionFeed) -> AsyncIterator[bytes]:
    service: Service = request.app.state.service
    snapshots: Snapshots = request.app.state.snapshots
    shared: Views = request.app.state.views
    wake = service.bus.watch()
    try:
        place, _ = service.bus.here
        resumed = service.bus.place_of(seq) if seq is not None else None
        if resumed is not None:
            place = resumed
            yield feed.everything()  # facts have a sequence, positions only a newest
        elif seq is not None and (missed := await run_in_threadpool(_missed, service, seq)) is not None:
            yield missed
            yield feed.everything()
        else:
            snapshot = await snapshots.newest()
            place = feed.goes_on(snapshot)
            yield snapshot.content
        beat_at = time.monotonic()
        while not service.bus.closed:
            wake.clear()
            events = service.bus.after(place)
            if events is None:
                snapshot = await snapshots.newest()
                place = feed.goes_on(snapshot)
                yield snapshot.content
            elif events:
                place = events[-1].place
                yield b"".join(map(_framed, events))
            positions = feed.frame()
            if positions is not None:
                yield positions
            if positions is not None or events:
                beat_at = time.monotonic()
            elif time.monotonic() - beat_at > HEARTBEAT_S:
                beat_at = time.monotonic()
                yield b": still here\n\n"
            await shared.renewed()
            try:
                await asyncio.wait_for(wake.wait(), until_next_tick_s())
            except TimeoutError:
                continue
    finally:
        service.bus.unwatch(wake)


def _framed(event: Event) -> bytes:
    number = "" if event.seq is None else f"id: {event.seq}\n"
    return f"event: {event.name}\n{number}data: {event.data}\n\n".encode()


def _missed(service: Service, seq: int) -> bytes | None:
    """What changed since `seq`, out of the database; None if that is too long ago or was never."""
    with service.uow.reading() as connection:
        oldest, newest = outbox.span(connection)
        if not (oldest - 1 <= seq <= newest and newest - seq <= LONGEST_RESUME):
            return None
        rows = outbox.after(connection, seq, limit=LONGEST_RESUME)
        events = events_of(connection, rows) if rows else []
    last = len(events) - 1
    return b": resumed\n\n" + b"".join(
        _framed(Event(0, name, data, newest if i == last else None)) for i, (name, data) in enumerate(events)
    )


def take_snapshot(service: Service) -> bytes:
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
            "incidents": numbered(connection, open_incidents),
            "missions": active,
            "alarms": [views.alarm_view(row) for row in alarms.standing(connection)],
            "duplicates": [views.duplicate_view(row) for row in duplicates.waiting(connection)],
            "places": [views.place_view(place) for place in places.all_places(connection)],
        }
    return f"event: snapshot\nid: {newest}\ndata: ".encode() + msgspec.json.encode(shown) + b"\n\n"
