"""From a fix to the screens: watchers of the stream in a process of their own, each age noted.

Reads {"host", "port", "token", "watchers", "seconds"} as JSON on standard input and writes what was seen.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from typing import Any

import numpy as np

READ_BY = 20  # watchers whose events are parsed; the others only receive
WARM_UP_S = 3.0


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Opens every watcher, listens for `seconds`, counts what each was told."""
    ages_s: list[float] = []
    received = [0] * plan["watchers"]
    from_s = time.monotonic() + WARM_UP_S + plan["watchers"] / 100
    tasks = []
    for number in range(plan["watchers"]):
        tasks.append(asyncio.create_task(_watch(plan, number, ages_s, received, from_s)))
        await asyncio.sleep(0.01)
    await asyncio.sleep(max(from_s - time.monotonic(), 0.0) + plan["seconds"])
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks)
    ages_ms = np.array(ages_s or [np.nan]) * 1e3
    return {
        "p50_ms": float(np.percentile(ages_ms, 50)), "p95_ms": float(np.percentile(ages_ms, 95)),
        "fewest_bytes": min(received), "most_bytes": max(received), "positions": len(ages_s),
    }  # fmt: skip


async def _watch(
    plan: dict[str, Any], number: int, ages_s: list[float], received: list[int], from_s: float
) -> None:
    reader, writer = await asyncio.open_connection(plan["host"], plan["port"], limit=2**24)
    request = f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {plan['token']}\r\n\r\n"
    writer.write(request.encode())
    try:
        if number >= READ_BY:
            while piece := await reader.read(2**20):
                received[number] += len(piece) if time.monotonic() > from_s else 0
            return
        name = b""
        while line := await reader.readline():
            if time.monotonic() > from_s:
                received[number] += len(line)
                if line.startswith(b"data: ") and name == b"event: positions\n":
                    now_ms = time.time() * 1e3
                    ages_s += [(now_ms - row[-1]) / 1e3 for row in json.loads(line[6:])]
            name = line if line.startswith(b"event: ") else name
    finally:
        writer.close()


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
