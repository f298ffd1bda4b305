"""One connection to a NATS server, from its opening to its end; whoever holds it comes back by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from nats.aio.client import Client

log = logging.getLogger("yct.nats")
CONNECTED_S = 2
PING_S = 5

Ended = Callable[[], Awaitable[None]]


@asynccontextmanager
async def linked(address: str, *, ended: Ended | None = None) -> AsyncIterator[Client]:
    """Never reconnects: what the server missed meanwhile is the holder's concern, `ended` tells it."""
    client = Client()
    try:
        await client.connect(
            address, name="yct", allow_reconnect=False, no_echo=True, connect_timeout=CONNECTED_S,
            ping_interval=PING_S, error_cb=_noted, closed_cb=ended, disconnected_cb=ended,
        )  # fmt: skip
        yield client
    finally:
        transport = client._transport
        await client.close()
        if transport is not None:  # of one who was refused the driver leaves it open
            transport.close()  # type: ignore[no-untyped-call]
        await asyncio.sleep(0)


async def _noted(error: Exception) -> None:
    log.info("NATS: %s", type(error).__name__)
