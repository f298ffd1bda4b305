"""`yct jt808`: look into terminals' frames without a service."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import typer

from api.gateways.jt808.capture import frames_in, opened
from api.gateways.jt808.header import Header
from api.gateways.jt808.location import LOCATION_LENGTH, Location, decode_batch, decode_location
from api.gateways.jt808.reassembly import Reassembler
from api.gateways.jt808.session import MessageId, decode_authentication, decode_registration
from api.gateways.jt808.wire import FrameError

PICTURE_HEAD = 8  # of 0x0801: number, kind, format, event, channel

app = typer.Typer(help="JT/T 808 terminals: decode captured frames.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `decode` a subcommand while it is the only one."""


@app.command()
def decode() -> None:
    """Reads frames in hexadecimal, one a line, on standard input; writes one JSON object a line."""
    # A capture is whatever it is: a byte that is no text spoils its line alone.
    for described in describe(line.decode("utf-8", "replace") for line in sys.stdin.buffer):
        sys.stdout.write(msgspec.json.encode(described).decode() + "\n")
        sys.stdout.flush()  # whoever writes a line and waits for its answer has it


def describe(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """One object a frame: `id` (the terminal's number), `message`, position fields, or `error`.

    A line holds one frame, bare or spaced; what loggers write around and between frames is understood too.
    """
    joining: dict[str, Reassembler] = {}
    for line in lines:
        try:
            frames = frames_in(line)
        except FrameError as error:
            yield {"error": str(error)}
            continue
        for frame in frames:
            yield _described(frame, joining)


def _described(frame: bytes, joining: dict[str, Reassembler]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    try:
        header, body = opened(frame)
        out |= {"id": header.phone, "message": f"0x{header.message_id:04x}", "serial": header.serial}
        if header.encrypted:
            raise FrameError("the body is encrypted")
        whole = joining.setdefault(header.phone, Reassembler()).add(header, body, at_s=time.monotonic())
        if whole is None:
            return out | {"part": header.part, "parts": header.parts}
        return out | _content(*whole)
    except FrameError as error:
        return out | {"error": str(error)}


def _content(header: Header, body: bytes) -> dict[str, Any]:
    match header.message_id:
        case MessageId.LOCATION:
            return _position(decode_location(body))
        case MessageId.LOCATION_ANSWER | MessageId.CONTROL_ANSWER:
            return _position(decode_location(body[2:]))
        case MessageId.MULTIMEDIA:
            return _position_of_picture(body)
        case MessageId.LOCATION_BATCH:
            locations, problems = decode_batch(body)
            on_earth = [one for one in locations if one.is_on_earth]
            if len(on_earth) < len(locations):
                problems.append(f"{len(locations) - len(on_earth)} are not on earth")
            newest = max(on_earth, key=lambda one: one.fixed_at, default=None)
            out = _position(newest) if newest is not None else {}
            out["positions"] = [_position(one) for one in on_earth]
            return out | ({"error": "; ".join(problems)} if problems else {})
        case MessageId.REGISTER:
            return {"registration": msgspec.to_builtins(decode_registration(body, version=header.version))}
        case MessageId.AUTHENTICATE:
            return {"authentication": decode_authentication(body, version=header.version)}
    return {}


def _position_of_picture(body: bytes) -> dict[str, Any]:
    """Where a picture was taken; terminals of 2011 do not tell, and what follows is the picture."""
    told = body[PICTURE_HEAD : PICTURE_HEAD + LOCATION_LENGTH]
    try:
        return _position(decode_location(told))
    except FrameError:
        return {}


def _position(location: Location) -> dict[str, Any]:
    if not location.is_on_earth:
        raise FrameError(f"latitude {location.lat} or longitude {location.lon} is not on earth")
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
