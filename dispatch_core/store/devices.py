"""Devices, and who may send fixes in their name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from dispatch_core.errors import Conflict, NotFound
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.device import Device, Protocol
from dispatch_core.fleet.fixes import Sender
from dispatch_core.ids import UnitId
from dispatch_core.store.tables import device

_OF_TOKENS = text("""
SELECT token_sha256 AS key, 'device' AS role, id, unit_id, datum, priority FROM dispatch.device
WHERE token_sha256 = ANY(:keys) AND retired_at IS NULL
UNION ALL
SELECT sha256, role, unit_id, unit_id, 'wgs84', 50 FROM dispatch.token
WHERE sha256 = ANY(:keys) AND revoked_at IS NULL""")
_OF_NUMBERS = text("""
SELECT d.protocol, d.number, d.id, d.unit_id, d.datum, d.priority, d.token_sha256
FROM unnest(CAST(:protocols AS text[]), CAST(:numbers AS text[])) AS q (protocol, number)
JOIN dispatch.device d ON d.protocol = q.protocol AND d.number = q.number AND d.retired_at IS NULL""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who stands behind a token or number; `sender` None: an operator, who sends no fixes."""

    sender: Sender | None
    token_sha256: bytes | None = None


def _sender(row: Row[tuple[object, ...]]) -> Sender:
    return Sender(
        device_id=row.id, unit_id=UnitId(row.unit_id), datum=Datum(row.datum), priority=row.priority
    )


def of_tokens(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Authority]:
    """By the SHA-256 of a token: a device of its own, or a unit's app, whose device id is the unit's."""
    return {
        bytes(row.key): Authority(sender=_sender(row) if row.role == "device" else None)
        for row in connection.execute(_OF_TOKENS, {"keys": list(keys)})
    }


def of_numbers(
    connection: Connection, keys: Sequence[tuple[Protocol, str]]
) -> dict[tuple[Protocol, str], Authority]:
    """By what devices call themselves in their protocols."""
    asked = {"protocols": [p.value for p, _ in keys], "numbers": [number for _, number in keys]}
    return {
        (Protocol(row.protocol), row.number): Authority(
            sender=_sender(row), token_sha256=None if row.token_sha256 is None else bytes(row.token_sha256)
        )
        for row in connection.execute(_OF_NUMBERS, asked)
    }


def add(connection: Connection, one: Device, *, token_sha256: bytes | None = None) -> None:
    """Conflict if another device in use has its number."""
    values = {
        "id": one.id, "unit_id": one.unit_id, "protocol": one.protocol, "number": one.number,
        "token_sha256": token_sha256, "datum": one.datum, "priority": one.priority, "label": one.label,
        "added_at": one.added_at,
    }  # fmt: skip
    try:
        connection.execute(insert(device).values(values))
    except IntegrityError:
        raise Conflict(f"there is a {one.protocol} device {one.number}", code="device-exists") from None


def page(connection: Connection, *, unit_id: UnitId | None = None) -> list[Device]:
    """All devices, or one unit's; those retired too."""
    query = select(device).order_by(device.c.protocol, device.c.number)
    if unit_id is not None:
        query = query.where(device.c.unit_id == unit_id)
    return [
        Device(
            id=row.id, unit_id=UnitId(row.unit_id), protocol=Protocol(row.protocol), number=row.number,
            datum=Datum(row.datum), priority=row.priority, label=row.label, added_at=row.added_at,
            retired_at=row.retired_at,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def give_token(connection: Connection, device_id: UUID, token_sha256: bytes) -> None:
    """Replaces the device's token; the earlier one is worthless."""
    changed = update(device).where(device.c.id == device_id, device.c.retired_at.is_(None))
    done = connection.execute(changed.values(token_sha256=token_sha256).returning(device.c.id)).first()
    if done is None:
        raise NotFound("device", device_id)


def retire(connection: Connection, device_id: UUID, *, at: datetime) -> None:
    """It sends no more; its number is free again."""
    changed = update(device).where(device.c.id == device_id, device.c.retired_at.is_(None))
    done = connection.execute(changed.values(retired_at=at).returning(device.c.id)).first()
    if done is None:
        raise NotFound("device", device_id)
