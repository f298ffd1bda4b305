"""From a fix to the screens: watchers of the stream in a process of their own, each age noted.

Reads {"host", "port", "token", "watchers", "seconds", "read_by", "settle_s"} as JSON on standard input and
writes what was seen. `read_by` watchers parse what they are told; the others count it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any, cast

import msgspec
import numpy as np

OPENED_EVERY_S = 0.01
_MARK = b"event: positions\ndata: "
_ROWS = msgspec.json.Decoder(list[tuple[str, float, float, float | None, float | None, int]])


class Screen(asyncio.BufferedProtocol):
    """Counts what it is sent and how long it had to wait for it."""

    shared = memoryview(bytearray(2**18))

    def __init__(self, request: bytes, from_s: float) -> None:
        self._request, self.from_s = request, from_s
        self.received, self.heard_at, self.longest_gap_s = 0, 0.0, 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return self.shared

    def buffer_updated(self, nbytes: int) -> None:
        now = time.monotonic()
        if now > self.from_s:
            self.received += nbytes
            self.longest_gap_s = max(self.longest_gap_s, now - max(self.heard_at, self.from_s))
        self.heard_at = now


class Reader(Screen):
    """Reads every event of positions and notes the age of each on its arrival."""

    def __init__(self, request: bytes, from_s: float, ages_s: list[float]) -> None:
        super().__init__(request, from_s)
        self._ages_s = ages_s
        self._text = bytearray()

    def buffer_updated(self, nbytes: int) -> None:
        super().buffer_updated(nbytes)
        self._text += self.shared[:nbytes]
        while (end := self._text.find(b"\n\n")) >= 0:
            event = bytes(self._text[:end])
            del self._text[: end + 2]
            start = event.find(_MARK)
            if start >= 0 and time.monotonic() > self.from_s:
                now_ms = time.time() * 1e3
                self._ages_s += [
                    (now_ms - row[-1]) / 1e3 for row in _ROWS.decode(event[start + len(_MARK) :])
                ]


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Opens every watcher, listens for `seconds`, counts what each was told."""
    loop = asyncio.get_running_loop()
    ages_s: list[float] = []
    from_s = time.monotonic() + plan["settle_s"]
    request = (
        f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {plan['token']}\r\n\r\n"
    ).encode()
    screens: list[Screen] = []
    for number in range(plan["watchers"]):
        screen = Screen(request, from_s) if number >= plan["read_by"] else Reader(request, from_s, ages_s)
        await loop.create_connection(lambda screen=screen: screen, plan["host"], plan["port"])  # type: ignore[misc]
        screens.append(screen)
        await asyncio.sleep(OPENED_EVERY_S)
    await asyncio.sleep(max(from_s - time.monotonic(), 0.0))
    cpu_s, began_s = time.process_time(), time.monotonic()
    await asyncio.sleep(plan["seconds"])
    ended = time.monotonic()
    cores = (time.process_time() - cpu_s) / (ended - began_s)
    ages_ms = np.array(ages_s or [np.nan]) * 1e3
    for screen in screens:
        screen.longest_gap_s = max(screen.longest_gap_s, ended - max(screen.heard_at, from_s))
        if screen.transport is not None:
            screen.transport.abort()
    return {
        "p50_ms": float(np.percentile(ages_ms, 50)), "p95_ms": float(np.percentile(ages_ms, 95)),
        "received": [screen.received for screen in screens],
        "longest_gap_ms": max(screen.longest_gap_s for screen in screens) * 1e3, "positions": len(ages_s),
        "cores": cores,
    }  # fmt: skip


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
