"""A network cable between browser and service that a test can pull out and plug in again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Relay:
    """Carries bytes both ways between a port of its own and the service, unless it is cut."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._to = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._whole = True
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.requests: list[bytes] = []

    def start(self) -> str:
        self._thread.start()
        self._ready.wait(5)
        return f"http://127.0.0.1:{self._port}"

    def stop(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def cut(self) -> None:
        """Every connection breaks at once and no new one comes through."""
        self._whole = False
        asyncio.run_coroutine_threadsafe(self._break(), self._loop).result(5)

    def mend(self) -> None:
        self._whole = True

    async def _break(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        # An aborted connection is closed on the loop's next turn, not at once.
        self._loop.run_until_complete(asyncio.sleep(0.02))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._to)
        ends = {writer, far_writer}
        self._writers |= ends
        try:
            # Cancelled when the relay stops: asyncio logs a callback that ends so.
            with suppress(ConnectionError, asyncio.CancelledError):
                await asyncio.gather(
                    self._pump(reader, far_writer, keep=True), self._pump(far_reader, writer, keep=False)
                )
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, keep: bool) -> None:
        while chunk := await source.read(65536):
            if keep:
                self.requests.append(chunk)
            sink.write(chunk)
            await sink.drain()
        sink.close()


@contextmanager
def relayed(target: str) -> Iterator[tuple[str, Relay]]:
    relay = Relay(target)
    try:
        yield relay.start(), relay
    finally:
        relay.stop()
