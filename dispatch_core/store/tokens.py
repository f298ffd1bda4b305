"""Tokens and tracking links, by the SHA-256 of their secret; the secret itself is never kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from dispatch_core.ids import IncidentId, PlaceId, UnitId
from dispatch_core.store.tables import token, tracking_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whom a token stands for: `role` operator, or device with its unit."""

    role: str
    unit_id: UnitId | None = None


def add(
    connection: Connection,
    sha256: bytes,
    *,
    role: str,
    at: datetime,
    unit_id: UnitId | None = None,
    label: str = "",
) -> None:
    connection.execute(
        insert(token).values(sha256=sha256, role=role, unit_id=unit_id, label=label, issued_at=at)
    )


def find(connection: Connection, sha256: bytes) -> Holder | None:
    """Who holds the token; None if it is unknown or revoked."""
    query = select(token.c.role, token.c.unit_id).where(
        token.c.sha256 == sha256, token.c.revoked_at.is_(None)
    )
    row = connection.execute(query).one_or_none()
    return (
        None if row is None else Holder(role=row.role, unit_id=UnitId(row.unit_id) if row.unit_id else None)
    )


def revoke(connection: Connection, sha256: bytes, *, at: datetime) -> bool:
    """Whether there was one to revoke."""
    revoked = connection.execute(
        update(token).where(token.c.sha256 == sha256, token.c.revoked_at.is_(None)).values(revoked_at=at)
    )
    return revoked.rowcount == 1


def revoke_unit(connection: Connection, unit_id: UnitId, *, at: datetime) -> None:
    """All tokens of one unit's devices."""
    connection.execute(
        update(token).where(token.c.unit_id == unit_id, token.c.revoked_at.is_(None)).values(revoked_at=at)
    )


def add_link(
    connection: Connection, sha256: bytes, *, incident_id: IncidentId, party: str, at: datetime
) -> None:
    connection.execute(
        insert(tracking_link).values(sha256=sha256, incident_id=incident_id, party=party, issued_at=at)
    )


def find_link(connection: Connection, sha256: bytes) -> tuple[IncidentId, str] | None:
    """(incident, party) of a tracking link; None if it is unknown or revoked."""
    query = select(tracking_link.c.incident_id, tracking_link.c.party).where(
        tracking_link.c.sha256 == sha256, tracking_link.c.revoked_at.is_(None)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (IncidentId(row.incident_id), row.party)


def move_links(connection: Connection, *, origin: IncidentId, to: IncidentId, issued_at: datetime) -> None:
    """The link that was made with a report goes with it: both have the time of one transaction."""
    moved = update(tracking_link).where(
        tracking_link.c.incident_id == origin, tracking_link.c.issued_at == issued_at
    )
    connection.execute(moved.values(incident_id=to))


def choose_shop(connection: Connection, sha256: bytes, place_id: PlaceId | None, *, at: datetime) -> None:
    """What the party of a link chose, or that it takes its choice back."""
    chosen = update(tracking_link).where(tracking_link.c.sha256 == sha256)
    chosen_at = None if place_id is None else at
    connection.execute(chosen.values(repair_shop_id=place_id, chosen_at=chosen_at))


def chosen_shop(connection: Connection, sha256: bytes) -> PlaceId | None:
    query = select(tracking_link.c.repair_shop_id).where(tracking_link.c.sha256 == sha256)
    found = connection.execute(query).scalar()
    return None if found is None else PlaceId(found)


def chosen_shops(connection: Connection, incident_ids: Iterable[IncidentId]) -> list[PlaceId]:
    """One for each party that chose, who chose first first."""
    query = select(tracking_link.c.repair_shop_id).where(
        tracking_link.c.incident_id.in_(list(incident_ids)), tracking_link.c.repair_shop_id.is_not(None)
    )
    ordered = query.order_by(tracking_link.c.chosen_at, tracking_link.c.sha256)
    return [PlaceId(row.repair_shop_id) for row in connection.execute(ordered)]
