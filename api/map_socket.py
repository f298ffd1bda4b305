"""The map's WebSocket at `/v1/map`: positions alone, filtered as the map is panned, resumed without a gap.

The watcher speaks first, and again whenever it looks elsewhere:
`{"token": …, "box": "w,s,e,n", "agency": …, "mission": …, "seq": …}`, every one of them optional. It is told
`{"seq": …, "positions": [[unit, lon, lat, heading, speed, ms], …]}`: all that pass the filter, or what moved
after its `seq`, then twice a second what moved.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

import msgspec
from starlette.types import Receive, Scope, Send

from api.auth import COOKIE
from api.gateways.http import Refused, bearer, header
from api.gateways.senders import Senders
from api.streams.bus import LocalBus
from api.streams.feed import PositionFeed, until_next_tick_s
from api.streams.views import Views
from dispatch_core.errors import DispatchError, InvalidInput
from dispatch_core.store.devices import Authority

LARGEST_WISH = 2_000
FIRST_WISH_S = 10.0
GOING_AWAY, POLICY_VIOLATION = 1001, 1008  # RFC 6455, section 7.4.1


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What a watcher says."""

    token: str | None = None
    box: str | None = None
    agency: str | None = None
    mission: str | None = None
    seq: str | None = None


class MapSocket:
    """Each watcher waits for its own socket alone; what it was too slow for it is told newer, later."""

    def __init__(self, bus: LocalBus, views: Views, senders: Senders) -> None:
        self._bus = bus
        self._views = views
        self._senders = senders

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        try:
            first = await asyncio.wait_for(_heard(receive), FIRST_WISH_S)
            if first is None:
                return
            await self._admit(scope, first)
            feed = await self._feed(first, send)
        except TimeoutError:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "nothing was said"})
            return
        except (Refused, DispatchError) as refused:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": str(refused)[:100]})
            return
        with suppress(OSError):  # gone while it was being told
            await self._tell(feed, receive, send)

    async def _admit(self, scope: Scope, first: Wish) -> None:
        """Operators alone; a session's cookie counts on our own pages only."""
        if first.token:
            found: Authority | None = await self._senders.of_token(first.token)
        else:
            found = await bearer(scope, self._senders, COOKIE if _is_own_page(scope) else "")
        if found is None or found.sender is not None:
            raise Refused(403, "forbidden", "Forbidden", "an operator's token is needed")

    async def _feed(self, wish: Wish, send: Send) -> PositionFeed:
        view = await self._views.opened(box=wish.box, agency=wish.agency, mission=wish.mission)
        feed = PositionFeed(self._bus, view, _as_message)
        count = None if wish.seq is None else self._bus.count_of(wish.seq)
        if count is None:
            await _send(send, feed.everything())
        else:
            feed.resumes(count)
        return feed

    async def _tell(self, feed: PositionFeed, receive: Receive, send: Send) -> None:
        hearing = asyncio.ensure_future(_heard(receive))
        try:
            while not self._bus.closed:
                done, _ = await asyncio.wait([hearing], timeout=until_next_tick_s())
                if done:
                    wish = hearing.result()
                    if wish is None:
                        return
                    hearing = asyncio.ensure_future(_heard(receive))
                    feed = await self._feed(wish, send)
                frame = feed.frame()
                if frame is not None:
                    await _send(send, frame)
                await self._views.renewed()
            await send({"type": "websocket.close", "code": GOING_AWAY})
        except DispatchError as refused:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": str(refused)[:100]})
        finally:
            hearing.cancel()
            with suppress(asyncio.CancelledError, DispatchError):
                await hearing


async def _heard(receive: Receive) -> Wish | None:
    """The next wish; None when the watcher is gone."""
    message = await receive()
    if message["type"] == "websocket.disconnect":
        return None
    body: bytes = (message.get("text") or "").encode() or message.get("bytes") or b""
    if len(body) > LARGEST_WISH:
        raise InvalidInput("message", "is too long")
    try:
        return msgspec.json.decode(body or b"{}", type=Wish)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput("message", "must be an object with box, agency, mission, seq, token") from None


async def _send(send: Send, frame: bytes) -> None:
    await send({"type": "websocket.send", "text": frame.decode()})


def _as_message(rows: bytes, seq: str) -> bytes:
    return b'{"seq":"' + seq.encode() + b'","positions":' + rows + b"}"


def _is_own_page(scope: Scope) -> bool:
    origin = header(scope, b"origin")
    return bool(origin) and urlsplit(origin).netloc == header(scope, b"host")
