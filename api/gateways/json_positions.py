"""Our own form: one position, or `{"positions": [...]}` with up to a hundred, each with its event id."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.types import Receive, Scope

from api.auth import COOKIE
from api.gateways.http import Refused, bearer, read_body
from api.gateways.intake import Intake, Verdicts
from api.gateways.senders import Senders
from dispatch_core.errors import Forbidden, InvalidInput
from dispatch_core.fleet.fixes import MOCK, FixRow, Sender, event_number
from dispatch_core.fleet.pipeline import REFUSALS

# Wider than the earth: what is off it is kept with its reason like any other refusal.
Degrees = Annotated[float, Meta(ge=-1000, le=1000)]
_WORDS: tuple[str | None, ...] = (None, *(refusal.value for refusal in REFUSALS))
_WHERE = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"field `(\w+)`")
_BATCH, _SINGLE = b'"positions"', b'"event_id"'


class PositionIn(Struct, forbid_unknown_fields=True):
    """One GPS observation; `event_id` is the device's own and makes a repetition harmless."""

    event_id: Annotated[str, Meta(min_length=1, max_length=64)]
    lon: Degrees
    lat: Degrees
    fixed_at: Annotated[datetime, Meta(tz=True)]
    heading_deg: Annotated[float, Meta(ge=0, le=360)] | None = None
    speed_kmh: Annotated[float, Meta(ge=0, le=100_000)] | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    altitude_m: Annotated[float, Meta(ge=-1000, le=20_000)] | None = None
    is_mock: bool = False


class PositionsIn(Struct, forbid_unknown_fields=True):
    positions: Annotated[list[PositionIn], Meta(min_length=1, max_length=100)]


class Outcome(Struct):
    """`reason` where it is not accepted; `duplicate`: it was stored before, and this is what became of it."""

    event_id: str
    accepted: bool
    reason: str | None
    duplicate: bool


_one = msgspec.json.Decoder(PositionIn)
_many = msgspec.json.Decoder(PositionsIn)


def decoded(body: bytes) -> list[PositionIn]:
    """Either form; InvalidInput names the field."""
    batch, single = body.find(_BATCH), body.find(_SINGLE)
    try:
        if batch >= 0 and (single < 0 or batch < single):
            return _many.decode(body).positions
        return [_one.decode(body)]
    except msgspec.ValidationError as wrong:
        raise _invalid(str(wrong)) from None
    except msgspec.DecodeError as wrong:
        raise InvalidInput("body", f"is not JSON: {wrong}") from None


def _invalid(message: str) -> InvalidInput:
    where = _WHERE.search(message)
    path = where[1] if where else ""
    missing = _MISSING.search(message)
    field = ".".join(part for part in (path, missing[1] if missing else "") if part)
    return InvalidInput(field or "body", _WHERE.sub("", message))


def rows_of(sender: Sender, positions: list[PositionIn]) -> list[FixRow]:
    """As the intake takes them."""
    nan, device_id = math.nan, str(sender.device_id)  # spelling a UUID takes as long as its hash
    return [
        (
            event_number(device_id, p.event_id), round(p.fixed_at.timestamp() * 1e6), p.lon, p.lat,
            nan if p.heading_deg is None else p.heading_deg, nan if p.speed_kmh is None else p.speed_kmh,
            nan if p.accuracy_m is None else p.accuracy_m, MOCK if p.is_mock else 0,
            nan if p.altitude_m is None else p.altitude_m, 0,
        )
        for p in positions
    ]  # fmt: skip


def outcomes_of(positions: list[PositionIn], verdicts: Verdicts) -> list[Outcome]:
    return [
        Outcome(position.event_id, code == 0, _WORDS[code], repeated)
        for position, code, repeated in zip(positions, *verdicts, strict=True)
    ]


class JsonPositions:
    """`POST /v1/driver/positions`: the answer comes once the positions are stored."""

    def __init__(self, intake: Intake, senders: Senders) -> None:
        self._intake = intake
        self._senders = senders

    async def __call__(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        """200 with each outcome; 422 with the same outcomes if every one is refused (and kept)."""
        authority = await bearer(scope, self._senders, COOKIE)
        positions = decoded(await read_body(scope, receive))
        if authority.sender is None:
            raise Refused(403, Forbidden.code, "Forbidden", "this needs a device's token; yours is a desk's")
        verdicts = await self._intake.submit(authority.sender, rows_of(authority.sender, positions))
        outcomes = outcomes_of(positions, verdicts)
        if not any(outcome.accepted for outcome in outcomes):
            reasons = ", ".join(sorted({outcome.reason or "" for outcome in outcomes}))
            told = [msgspec.to_builtins(outcome) for outcome in outcomes]
            raise Refused(
                422, "all-refused", "Every position was refused", f"{reasons}; they are kept", outcomes=told
            )
        return 200, {"outcomes": outcomes}
