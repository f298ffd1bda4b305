"""The load of `yct bench positions`: devices by the thousand in a process of their own.

Reads a plan as JSON on standard input, drives the gateway, writes what it saw as JSON. A device sends its
next positions when the last are acknowledged, or every second where the plan says so (`every_s`): a terminal
then whether it heard of the last or not, an app only if it did.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import numpy as np

from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import Location, encode_location, stamp_of
from api.gateways.jt808.session import MessageId, encode_authentication
from api.gateways.jt808.wire import FrameSplitter, unwrap, wrap

CONNECTED_AT_ONCE = 100
DRAIN_S = 30.0  # for the last answers, at most
_SERIAL, _SERIAL_AT = struct.Struct(">H"), 10
_LAT, _LAT_AT = struct.Struct(">I"), 12 + 8
_TIME_AT = 12 + 22
_OK_LENGTH = 1 + 12 + 5 + 1 + 1  # of an answer in which nothing is escaped


@dataclass(slots=True)
class Seen:
    """What all devices together saw; `due` is what the plan wanted sent, `lags_s` how late the load was."""

    acknowledged: int = 0
    refused: int = 0
    sent: int = 0
    broken: int = 0
    due: int = 0
    latencies_s: list[float] = field(default_factory=list)
    lags_s: list[float] = field(default_factory=list)


class Device(asyncio.Protocol):
    """One connection: sends what `speak` gives, `heard` counts the answers to it."""

    waits = True  # for its answers, before it sends again

    def __init__(self, plan: dict[str, Any], number: int, seen: Seen) -> None:
        self.plan, self.number, self.seen = plan, number, seen
        self.count = 0
        self.awaiting = 0
        self.sent_at: deque[float] = deque()
        self.transport: asyncio.Transport | None = None
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if self.open:
            self.seen.broken += 1
        self.transport = None

    def send(self) -> None:
        if self.transport is None or not self.open or (self.awaiting and self.waits):
            return
        raw, count = self.speak()
        self.awaiting += count
        self.seen.sent += count
        self.sent_at.append(time.perf_counter())
        self.transport.write(raw)

    def heard(self, accepted: int, answered: int) -> None:
        self.seen.acknowledged += answered
        self.seen.refused += answered - accepted
        self.awaiting -= answered
        self.seen.latencies_s.append(time.perf_counter() - self.sent_at.popleft())
        if not self.plan["every_s"]:
            self.send()

    def speak(self) -> tuple[bytes, int]:
        raise NotImplementedError

    def next_at(self) -> datetime:
        """One second later than the last; with `every_s` it is now."""
        self.count += 1
        if self.plan["every_s"]:
            return datetime.now(UTC)
        return datetime.fromisoformat(self.plan["from_at"]) + timedelta(seconds=self.count)


class JsonDevice(Device):
    """HTTP/1.1 keep-alive, `batch` positions a request."""

    def __init__(self, plan: dict[str, Any], number: int, seen: Seen) -> None:
        super().__init__(plan, number, seen)
        lon, lat = plan["places"][number % len(plan["places"])]
        self._wheres = [f'"lon":{lon + n * 1e-5:.6f},"lat":{lat + n * 1e-5:.6f}' for n in range(8)]
        self._name = f"{random.getrandbits(64):016x}-{number:06d}"
        self._token = plan["tokens"][number]
        self._received = b""

    def speak(self) -> tuple[bytes, int]:
        batch = self.plan["batch"]
        told = [
            f'{{"event_id":"{self._name}-{self.count:012d}",{self._wheres[self.count & 7]},"fixed_at":'
            f'"{self.next_at().isoformat()}","speed_kmh":30.5,"heading_deg":90,"accuracy_m":5}}'
            for _ in range(batch)
        ]
        body = told[0] if batch == 1 else f'{{"positions":[{",".join(told)}]}}'
        head = (
            f"POST /v1/driver/positions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode(), batch

    def data_received(self, received: bytes) -> None:
        self._received += received
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        if len(rest) < length:
            return
        answer, self._received = rest[:length], rest[length:]
        if head[9:12] == b"200":
            self.heard(answer.count(b'"accepted":true'), answer.count(b'"accepted"'))
        else:
            self.seen.broken += 1
            self.awaiting = 0
            self.sent_at.clear()
            asyncio.get_running_loop().call_later(1.0, self.send)


class TerminalDevice(Device):
    """JT/T 808: authenticates, then a location at a time.

    Each is made of the first, with serial, latitude and time set anew: the load must not take the processor
    that it measures.
    """

    def __init__(self, plan: dict[str, Any], number: int, seen: Seen) -> None:
        super().__init__(plan, number, seen)
        self._phone = f"{number + 1:012d}"
        self._splitter = FrameSplitter()
        self._serial = 0
        self._report: bytearray | None = None
        self._lat = 0
        self.ready = False
        self.waits = not plan["every_s"]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        code = encode_authentication(self.plan["tokens"][self.number], version=None)
        cast(asyncio.Transport, transport).write(self._frame(MessageId.AUTHENTICATE, code))

    def send(self) -> None:
        if self.ready:
            super().send()

    def speak(self) -> tuple[bytes, int]:
        if self._report is None:
            self._report, self._lat = self._made()
        report, self._serial = self._report, (self._serial + 1) & 0xFFFF
        _SERIAL.pack_into(report, _SERIAL_AT, self._serial)
        _LAT.pack_into(report, _LAT_AT, self._lat + (self.count & 7) * 10)
        report[_TIME_AT : _TIME_AT + 6] = stamp_of(self.next_at().replace(microsecond=0))
        return wrap(bytes(report)), 1

    def _made(self) -> tuple[bytearray, int]:
        """The report before its checksum and escapes, and the latitude in it."""
        lon, lat = self.plan["places"][self.number % len(self.plan["places"])]
        location = Location(
            lon=lon, lat=lat, altitude_m=4, speed_kmh=30.5, course_deg=90, fixed_at=datetime.now(UTC),
            status=3,
        )  # fmt: skip
        report = bytearray(unwrap(self._frame(MessageId.LOCATION, encode_location(location))))
        return report, int(_LAT.unpack_from(report, _LAT_AT)[0])

    def _frame(self, message_id: int, body: bytes) -> bytes:
        self._serial = (self._serial + 1) & 0xFFFF
        header = Header(message_id=message_id, phone=self._phone, serial=self._serial, body_length=len(body))
        return wrap(join_payload(header, body))

    def data_received(self, received: bytes) -> None:
        if self.ready and len(received) == _OK_LENGTH and received[-3:-2] == b"\0":
            self.heard(1, 1)
            return
        for frame in self._splitter.feed(received):
            _, body = split_payload(unwrap(frame))
            if self.ready:
                self.heard(1 if body[4] == 0 else 0, 1)
            elif body[4] == 0:
                self.ready = True
            else:
                self.seen.broken += 1


KINDS: dict[str, type[Device]] = {"json": JsonDevice, "jt808": TerminalDevice}


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Connects everybody, lets them send for `seconds`, waits for the last answers."""
    seen, loop = Seen(), asyncio.get_running_loop()
    devices: list[Device] = []

    def made(number: int) -> Callable[[], Device]:
        return lambda: KINDS[plan["kind"]](plan, number, seen)

    for first in range(0, plan["devices"], CONNECTED_AT_ONCE):
        numbers = range(first, min(first + CONNECTED_AT_ONCE, plan["devices"]))
        opened = [loop.create_connection(made(n), plan["host"], plan["port"]) for n in numbers]
        devices += [device for _, device in await asyncio.gather(*opened)]
    await asyncio.sleep(1.0)
    before = seen.acknowledged
    cpu_s, began = time.process_time(), time.perf_counter()
    await _driven(devices, plan, seen)
    took_s, acknowledged = time.perf_counter() - began, seen.acknowledged - before
    cpu_s = time.process_time() - cpu_s
    for device in devices:
        device.open = False
    until = time.perf_counter() + DRAIN_S
    while any(device.awaiting for device in devices) and time.perf_counter() < until:
        await asyncio.sleep(0.05)
    for device in devices:
        if device.transport is not None:
            device.transport.abort()
    latencies = np.array(seen.latencies_s or [np.nan]) * 1e3
    return {
        "per_s": acknowledged / took_s, "acknowledged": seen.acknowledged, "refused": seen.refused,
        "sent": seen.sent, "broken": seen.broken, "p50_ms": float(np.percentile(latencies, 50)),
        "p99_ms": float(np.percentile(latencies, 99)), "load_cpu_s": cpu_s / took_s,
        "due_per_s": seen.due / took_s, "lag_p99_ms": float(np.percentile(seen.lags_s or [0.0], 99)) * 1e3,
    }  # fmt: skip


async def _driven(devices: list[Device], plan: dict[str, Any], seen: Seen) -> None:
    every_s = plan["every_s"]
    if not every_s:
        for device in devices:
            device.send()
        await asyncio.sleep(plan["seconds"])
        return
    loop = asyncio.get_running_loop()
    began, turn = loop.time(), 0
    while loop.time() - began < plan["seconds"]:
        due = int((loop.time() - began) / every_s * len(devices))
        seen.lags_s.append(loop.time() - began - turn * every_s / len(devices))
        while turn < due:
            devices[turn % len(devices)].send()
            turn += 1
        await asyncio.sleep(0.005)
    seen.due = turn


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(run(json.load(sys.stdin)))))
