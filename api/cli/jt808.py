"""`yct jt808`: look into terminals' frames without a service."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import typer

from api.gateways.jt808.header import Header, split_payload
from api.gateways.jt808.location import Location, decode_batch, decode_location
from api.gateways.jt808.reassembly import Reassembler
from api.gateways.jt808.session import MessageId, decode_authentication, decode_registration
from api.gateways.jt808.wire import FrameError, unwrap

app = typer.Typer(help="JT/T 808 terminals: decode captured frames.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `decode` a subcommand while it is the only one."""


@app.command()
def decode() -> None:
    """Reads frames in hexadecimal, one a line, on standard input; writes one JSON object a line."""
    # A capture is whatever it is: a byte that is no text spoils its line alone.
    for described in describe(line.decode("ascii", "replace") for line in sys.stdin.buffer):
        sys.stdout.write(msgspec.json.encode(described).decode() + "\n")


def describe(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """One object a line: `id` (the terminal's number), `message`, position fields, or `error`."""
    joining: dict[str, Reassembler] = {}
    for line in lines:
        text = "".join(line.split()).removeprefix("0x")
        if text:
            yield _described(text, joining)


def _described(text: str, joining: dict[str, Reassembler]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    try:
        header, body = split_payload(unwrap(bytes.fromhex(text)))
        out |= {"id": header.phone, "message": f"0x{header.message_id:04x}", "serial": header.serial}
        if header.encrypted:
            raise FrameError("the body is encrypted")
        whole = joining.setdefault(header.phone, Reassembler()).add(header, body, at_s=time.monotonic())
        if whole is None:
            return out | {"part": header.part, "parts": header.parts}
        return out | _content(*whole)
    except FrameError as error:
        return out | {"error": str(error)}
    except ValueError:
        return {"error": "the line is not hexadecimal"}


def _content(header: Header, body: bytes) -> dict[str, Any]:
    match header.message_id:
        case MessageId.LOCATION:
            return _position(decode_location(body))
        case MessageId.LOCATION_ANSWER:
            return _position(decode_location(body[2:]))
        case MessageId.LOCATION_BATCH:
            locations, problems = decode_batch(body)
            newest = max(locations, key=lambda one: one.fixed_at, default=None)
            out = _position(newest) if newest is not None else {}
            out["positions"] = [_position(one) for one in locations]
            return out | ({"error": "; ".join(problems)} if problems else {})
        case MessageId.REGISTER:
            return {"registration": msgspec.to_builtins(decode_registration(body, version=header.version))}
        case MessageId.AUTHENTICATE:
            return {"authentication": decode_authentication(body, version=header.version)}
    return {}


def _position(location: Location) -> dict[str, Any]:
    return {
        "lon": location.lon,
        "lat": location.lat,
        "altitude_m": location.altitude_m,
        "speed_kmh": location.speed_kmh,
        "course_deg": location.course_deg,
        "fixed_at": location.fixed_at.isoformat().replace("+00:00", "Z"),
        "positioned": location.is_positioned,
        "alarm": location.alarm,
        "status": location.status,
        "items": location.items,
    }
