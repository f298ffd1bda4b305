"""One past day as it was logged: its accidents, what each errand took, where units stood."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from dispatch_core.ids import DecisionId, IncidentId
from dispatch_core.incidents import Incident, IncidentStatus
from dispatch_core.store import incidents
from dispatch_core.store.tables import decision, incident


def reported_between(connection: Connection, begins_at: datetime, ends_at: datetime) -> list[Incident]:
    """Accidents reported in the span that were not called off or joined to others, the first first."""
    happened = [IncidentStatus.OPEN.value, IncidentStatus.CLOSED.value]
    query = select(incident.c.id).where(
        incident.c.reported_at >= begins_at, incident.c.reported_at < ends_at, incident.c.status.in_(happened)
    )
    found = incidents.by_ids(connection, [IncidentId(row.id) for row in connection.execute(query)])
    return sorted(found, key=lambda one: (one.reported_at, one.id))


def stood_between(
    connection: Connection, begins_at: datetime, ends_at: datetime
) -> dict[DecisionId, dict[str, Any]]:
    """Where the free units of each decision stood, `{unit id: [lon, lat]}`, the first decision first."""
    query = select(decision.c.id, decision.c.inputs["stood"]).where(
        decision.c.made_at >= begins_at, decision.c.made_at < ends_at
    )
    rows = connection.execute(query.order_by(decision.c.made_at, decision.c.id))
    return {DecisionId(number): stood for number, stood in rows if stood}
