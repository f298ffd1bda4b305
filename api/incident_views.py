"""Incidents as the desk is told of them everywhere: with the number of their case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from accident_case.store import cases
from dispatch_core.incidents import Incident
from dispatch_core.services import views

Json = dict[str, Any]


def incidents_told(connection: Connection, found: Iterable[Incident]) -> list[Json]:
    """In the order given."""
    return numbered(connection, views.incident_views(connection, found))


def numbered(connection: Connection, told: Sequence[Json]) -> list[Json]:
    """Views with `case_number` added."""
    if not told:
        return []
    numbers = cases.numbers(connection, [UUID(one["id"]) for one in told])
    return [one | {"case_number": numbers.get(UUID(one["id"]))} for one in told]
