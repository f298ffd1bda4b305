"""The wire over NATS: a thread with an event loop of its own, newest per unit, nothing queued.

Core NATS, not JetStream: a position that was missed is in the table, and the next one is a second away.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from api.streams.nats_link import linked
from api.streams.wire import Row

log = logging.getLogger("yct.wire")

SUBJECT = "yct.positions"
GATHER_S = 0.02  # commits of so long travel as one message
LARGEST_MESSAGE = 5_000  # rows, some 80 bytes each: NATS takes a megabyte
AGAIN_S = 0.5
_ROWS = msgspec.msgpack.Decoder(list[list[str | float | int | None]])


class NatsWire:
    """Lives through any absence of the server; `is_up` says whether it hears."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._heard: Callable[[list[Row]], None] | None = None
        self._unsent: dict[str, Row] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop = asyncio.Event()
        self._due = asyncio.Event()
        self._broken = asyncio.Event()
        self.is_up = False

    def start(self, heard: Callable[[list[Row]], None] | None = None) -> None:
        self._heard = heard
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="nats", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None and self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end)
            self._thread.join(5)

    def send(self, rows: list[Row]) -> None:
        """Gathers the newest row of each unit; while the server is away nothing is kept."""
        if not self.is_up:
            return
        with self._lock:
            idle = not self._unsent
            self._unsent.update((row[0], row) for row in rows)
        if idle and self._loop is not None:
            self._loop.call_soon_threadsafe(self._due.set)

    # -- the wire's own thread -----------------------------------------------------------------------------

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._live())
        finally:
            loop.close()

    def _end(self) -> None:
        self._stop.set()
        self._broken.set()
        self._due.set()

    async def _live(self) -> None:
        told = False
        while not self._stop.is_set():
            try:
                await self._connected()
                told = False
            except (OSError, TimeoutError, NatsError) as error:
                if not told:
                    log.warning("waiting for NATS: %s; screens follow the table", type(error).__name__)
                told = True
            try:
                await asyncio.wait_for(self._stop.wait(), AGAIN_S)
            except TimeoutError:
                continue

    async def _connected(self) -> None:
        """From one connection to its end."""
        self._broken.clear()
        async with linked(self.address, ended=self._closed) as client:
            if self._heard is not None:
                await client.subscribe(SUBJECT, cb=self._take)
                await client.flush(2)
            self.is_up = True
            log.info("NATS answers")
            try:
                while not self._broken.is_set():
                    await self._due.wait()
                    await self._forward(client)
                    await asyncio.sleep(GATHER_S)
            finally:
                self.is_up = False
                with self._lock:
                    self._unsent.clear()

    async def _forward(self, client: Client) -> None:
        self._due.clear()
        with self._lock:
            rows, self._unsent = list(self._unsent.values()), {}
        for first in range(0, len(rows), LARGEST_MESSAGE):
            await client.publish(SUBJECT, msgspec.msgpack.encode(rows[first : first + LARGEST_MESSAGE]))

    async def _take(self, message: Msg) -> None:
        try:
            rows = _ROWS.decode(message.data)
        except msgspec.DecodeError:
            log.warning("somebody else speaks on %s", SUBJECT)
            return
        if self._heard is not None:
            self._heard(rows)

    async def _closed(self) -> None:
        self._broken.set()
        self._due.set()
