"""The OsmAnd protocol as the Traccar Client speaks it: fields of a query or form, or JSON.

Speeds of the query form are knots; the JSON form nests what the phone's receiver says, in m/s, and is taken
flat as well, then in knots. Times are seconds or milliseconds since 1970, or ISO 8601.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope

from api import clock
from api.auth import COOKIE
from api.gateways.http import Refused, bearer, header, query, read_body
from api.gateways.intake import Intake
from api.gateways.senders import Senders
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.device import Protocol
from dispatch_core.fleet.fixes import MOCK, UNPOSITIONED, FixRow, Sender, event_number, microseconds
from dispatch_core.fleet.vehicle_alarms import EMERGENCY
from dispatch_core.store.devices import Authority

KMH_PER_KNOT = 1.852
KMH_PER_MS = 3.6
_MILLISECONDS_FROM = 2**31  # as a number of seconds it would be the year 2038
_BLANK_ZONE = re.compile(r"(:\d\d|\.\d+) (\d\d:?\d\d)$")
Fields = Mapping[str, Any]


class OsmAnd:
    """200 with an empty body once the position is stored, believed or not: it need not be sent again."""

    def __init__(self, intake: Intake, senders: Senders) -> None:
        self._intake = intake
        self._senders = senders

    async def __call__(self, scope: Scope, receive: Receive) -> tuple[int, Any]:
        body = await read_body(scope, receive)
        many = fields_of(scope, body)
        rows: dict[Sender, list[FixRow]] = {}
        for fields in many:
            sender = await self._sender(scope, fields)
            rows.setdefault(sender, []).append(row_of(sender, fields))
        for answer in [self._intake.submit(sender, sent) for sender, sent in rows.items()]:
            await answer
        return 200, None

    async def _sender(self, scope: Scope, fields: Fields) -> Sender:
        """By a token in the header, by the identifier as registered, or by a token used as identifier."""
        authority = await self._authority(scope, fields)
        if authority is None or authority.sender is None:
            raise Refused(404, "device-not-found", "Not found", "no such device; `yct device add` makes it")
        return authority.sender

    async def _authority(self, scope: Scope, fields: Fields) -> Authority | None:
        if header(scope, b"authorization"):
            return await bearer(scope, self._senders, COOKIE)
        number = str(_first(fields, "id", "deviceid", "device_id") or "")
        if not number:
            raise InvalidInput("id", "is missing")
        if "\0" in number:  # the database has no such text, and whoever shares the look-up would fail too
            raise InvalidInput("id", "holds a character that no identifier has")
        known = await self._senders.of_number(Protocol.OSMAND, number)
        return known if known is not None else await self._senders.of_token(number)


def fields_of(scope: Scope, body: bytes) -> list[Fields]:
    """The fields of each position in a request."""
    asked = query(scope)
    if "lat" in asked or "location" in asked:
        return [asked]
    if body.lstrip()[:1] in (b"{", b"["):
        return _of_json(body, asked)
    try:
        return [asked | dict(parse_qsl(body.decode()))]
    except (UnicodeDecodeError, ValueError):
        raise InvalidInput("body", "is neither a form nor JSON") from None


def _of_json(body: bytes, asked: dict[str, str]) -> list[Fields]:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput("body", "is not JSON") from None
    if not isinstance(told, dict):
        raise InvalidInput("body", "must be an object")
    location = told.get("location")
    if isinstance(location, list):
        return [_nested(told, asked, one) for one in location]
    return [_nested(told, asked, location) if isinstance(location, dict) else asked | told]


def _nested(told: dict[str, Any], asked: dict[str, str], location: Any) -> Fields:
    coords = location.get("coords") if isinstance(location, dict) else None
    if not isinstance(coords, dict):
        raise InvalidInput("location.coords", "is missing")
    speed, extras = coords.get("speed"), location.get("extras")
    return {
        **asked,
        "id": _first(told, "device_id", "id") or _first(asked, "id", "deviceid"),
        "timestamp": location.get("timestamp"),
        "lat": coords.get("latitude"),
        "lon": coords.get("longitude"),
        "accuracy": coords.get("accuracy"),
        "bearing": coords.get("heading"),
        "altitude": coords.get("altitude"),
        "speed_kmh": None if speed is None else _number("speed", speed) * KMH_PER_MS,
        "mock": location.get("mock", False),
        "event": location.get("uuid"),
        "alarm": extras.get("alarm") if isinstance(extras, dict) else None,  # the app's SOS
    }


def row_of(sender: Sender, fields: Fields) -> FixRow:
    """One position as the intake takes it; InvalidInput names a field that cannot be read."""
    lat, lon = fields.get("lat"), fields.get("lon")
    if lat is None and isinstance(fields.get("location"), str):
        lat, _, lon = fields["location"].partition(",")
    at = moment(fields.get("timestamp"))
    nested = "speed_kmh" in fields
    speed_kmh = _told(fields, "speed_kmh") if nested else _told(fields, "speed") * KMH_PER_KNOT
    heading = _told(fields, "bearing") if "bearing" in fields else _told(fields, "heading")
    x, y, at_us = _number("lon", lon), _number("lat", lat), microseconds(at)
    unpositioned = str(fields.get("valid", "true")).lower() not in ("true", "1")
    flags = (MOCK if _is_true(fields.get("mock")) else 0) | (UNPOSITIONED if unpositioned else 0)
    event = str(fields.get("event") or f"{at_us} {x!r} {y!r}")
    # Phones say -1 for "unknown".
    told = [v if v >= 0 else math.nan for v in (heading, speed_kmh, _told(fields, "accuracy"))]
    altitude, alarms = _told(fields, "altitude"), EMERGENCY if fields.get("alarm") == "sos" else 0
    number = event_number(sender.device_id, event)
    return number, at_us, x, y, told[0], told[1], told[2], flags, altitude, alarms


def moment(told: Any) -> datetime:
    """Seconds, milliseconds or ISO 8601, in UTC if it names no zone; now if the device has no clock."""
    if told is None or told == "":
        return clock.now()
    try:
        number = None if isinstance(told, bool) else float(told)
    except (TypeError, ValueError, OverflowError):
        number = None
    try:
        if number is not None:
            return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
        # In a query an unescaped "+" of the zone arrives as a blank.
        at = datetime.fromisoformat(_BLANK_ZONE.sub(r"\1+\2", str(told)))
    except (ValueError, OverflowError, OSError):
        raise InvalidInput("timestamp", "is neither seconds, milliseconds nor ISO 8601") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _first(fields: Fields, *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def _told(fields: Fields, name: str) -> float:
    value = fields.get(name)
    return math.nan if value in (None, "") else _number(name, value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool):
        raise InvalidInput(name, "must be a number")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInput(name, "is missing" if value is None else "must be a number") from None


def _is_true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1")
