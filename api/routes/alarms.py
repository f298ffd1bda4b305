"""Alarms: what the desk must look at, until somebody says that he has."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from api.auth import InService, Operator
from api.schemas import Model
from dispatch_core.ids import AlarmId
from dispatch_core.services import escalating, views
from dispatch_core.store import alarms

router = APIRouter(prefix="/v1/alarms", tags=["alarms"])
Json = dict[str, Any]


class AcknowledgeIn(Model):
    """What is done about it; may be empty."""

    note: Annotated[str, Field(max_length=500)] = ""


@router.get("")
def list_alarms(
    service: InService,
    _: Operator,
    standing: bool = True,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Json:
    """Alarms that stand, or with `standing=false` those that are over too; the newest first."""
    with service.engine.connect() as connection:
        rows = alarms.page(connection, standing_only=standing, limit=limit)
    return {"alarms": [views.alarm_view(row) for row in rows]}


@router.post("/{alarm_id}/acknowledge")
def acknowledge(alarm_id: UUID, service: InService, _: Operator, body: AcknowledgeIn | None = None) -> Json:
    """Somebody looks after it; who did so first is kept, and it stands until its cause is gone."""
    with service.uow.begin() as tx:
        note = "" if body is None else body.note
        row = escalating.acknowledge(tx, AlarmId(alarm_id), note=note, by="operator")
        tx.commit()
    return views.alarm_view(row)
