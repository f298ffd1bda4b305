"""Devices as a gateway meets them: what they send, on plain sockets and by HTTP."""

from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import Location
from api.gateways.jt808.session import MessageId, Registration, encode_authentication, encode_registration
from api.gateways.jt808.wire import FrameSplitter, unwrap, wrap
from dispatch_core.geo import LonLat
from tests.api.town import Town
from tests.city import corner
from tests.waiting import PATIENCE_S

HERE = corner(4, 4)


@dataclass(frozen=True, slots=True)
class Beside:
    """A gateway as devices reach it, by HTTP with `http`."""

    url: str
    jt808_port: int
    town: Town
    http: httpx.Client

    def device(self, protocol: str, number: str, sign: str = "救护01", **facts: Any) -> dict[str, Any]:
        unit = next(u for u in self.town.get("/v1/units")["units"] if u["call_sign"] == sign)
        body = {"unit_id": unit["id"], "protocol": protocol, "number": number, **facts}
        added: dict[str, Any] = self.town.http.post("/v1/devices", json=body).raise_for_status().json()
        return added

    def position(self, sign: str = "救护01") -> Any:
        return next(u for u in self.town.get("/v1/units")["units"] if u["call_sign"] == sign)["position"]

    def terminal(self, phone: str, version: int | None = None) -> Terminal:
        return self.town.closing.enter_context(closing(Terminal(self.jt808_port, phone, version)))

    def stored(self) -> int:
        with self.town.service.engine.connect() as connection:
            count: int = connection.execute(text("SELECT count(*) FROM dispatch.fix")).scalar_one()
        return count


class Terminal:
    """What a vehicle's terminal does, on a plain socket."""

    def __init__(self, port: int, phone: str, version: int | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.phone, self.version, self.serial = phone, version, 0
        self._splitter = FrameSplitter()
        self._frames: list[bytes] = []

    def frame(self, message_id: int, body: bytes, *, parts: int = 1, part: int = 1) -> bytes:
        self.serial += 1
        header = Header(message_id=message_id, phone=self.phone, serial=self.serial, body_length=len(body),
                        version=self.version, parts=parts, part=part)  # fmt: skip
        return wrap(join_payload(header, body))

    def send(self, raw: bytes) -> None:
        self._socket.sendall(raw)

    def answer(self) -> tuple[Header, bytes]:
        while not self._frames:
            received = self._socket.recv(4096)
            assert received, "the server closed the connection"
            self._frames += self._splitter.feed(received)
        return split_payload(unwrap(self._frames.pop(0)))

    def ask(self, message_id: int, body: bytes) -> tuple[Header, bytes]:
        self.send(self.frame(message_id, body))
        return self.answer()

    def sign_in(self) -> None:
        registration = Registration(province=32, city=900, manufacturer="YCT", model="M1", terminal_id="T1",
                                    plate_colour=2, plate="苏J12345")  # fmt: skip
        header, body = self.ask(MessageId.REGISTER, encode_registration(registration, version=self.version))
        assert (header.message_id, body[:3]) == (0x8100, self.serial.to_bytes(2) + b"\0")
        code = body[3:].decode()
        _, body = self.ask(MessageId.AUTHENTICATE, encode_authentication(code, version=self.version))
        assert body[4] == 0

    def close(self) -> None:
        self._socket.close()


def location(
    place: LonLat = HERE, *, now: datetime | None = None, seconds: float = 0, **facts: Any
) -> Location:
    """One of several that must lie so many seconds apart is told their common `now`."""
    at = (now or datetime.now(UTC)).replace(microsecond=0) + timedelta(seconds=seconds)
    return Location(**{
        "lon": round(place.lon, 6), "lat": round(place.lat, 6), "altitude_m": 4, "speed_kmh": 36.5,
        "course_deg": 90, "fixed_at": at, "status": 3, **facts,
    })  # fmt: skip
