"""Coverage now, units better placed elsewhere, and what would happen if."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field

from api.auth import InService, Operator
from api.routes.desk import whole
from api.schemas import Model
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.ids import IncidentId, MoveUpId, PlaceId, UnitId
from dispatch_core.services import standing_by, views, what_if
from dispatch_core.store import move_ups

router = APIRouter(prefix="/v1", tags=["readiness"])
Json = dict[str, Any]


class SendIn(Model):
    unit_id: UUID
    incident_id: UUID


class WhatIfIn(Model):
    """Everything imagined at once."""

    send: Annotated[list[SendIn], Field(max_length=50, default_factory=list)]
    close_hospitals: Annotated[list[UUID], Field(max_length=50, default_factory=list)]
    more_crews: Annotated[
        dict[UnitKind, Annotated[int, BeforeValidator(whole), Field(ge=0, le=200)]],
        Field(default_factory=dict),
    ]


class AnswerIn(Model):
    """Why a recommendation is ignored; may be empty where it is accepted."""

    reason: Annotated[str, Field(max_length=500)] = ""


@router.get("/coverage")
def coverage(service: InService, _: Operator) -> Json:
    """The share of expected accidents that free units reach in time, by district, and each unit's part."""
    at, rules = service.uow.clock(), service.rules.read()
    cover = service.demand.cover(at, params=rules.coverage)
    with service.engine.connect() as connection:
        free = standing_by.free_units(connection, at, params=rules.params)
    kinds = cover.now(service.world(), free.units, free.places, limits=rules.limits)
    return {"at": views.at(at), "cells": len(cover.demand.cell), "busy": cover.params.busy, "kinds": kinds}


@router.get("/coverage/cells")
def coverage_cells(service: InService, _: Operator, kind: UnitKind = UnitKind.AMBULANCE) -> Json:
    """GeoJSON hexagons: the share of demand, by how many free units it is reached in time, how soon."""
    at, rules = service.uow.clock(), service.rules.read()
    cover = service.demand.cover(at, params=rules.coverage)
    with service.engine.connect() as connection:
        free = standing_by.free_units(connection, at, params=rules.params)
    told = cover.cells(service.world(), kind, free.units, free.places)
    return {
        "type": "FeatureCollection",
        "standard_s": cover.params.standard_s[kind],
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [one.pop("outline")]},
                "properties": one,
            }
            for one in told
        ],
    }


@router.get("/move-ups")
def recommended_moves(service: InService, _: Operator) -> Json:
    """Free units that would cover more from another station; each recommendation is kept with its answer."""
    at, rules = service.uow.clock(), service.rules.read()
    cover = service.demand.cover(at, params=rules.coverage)
    with service.uow.reading() as connection:
        free = standing_by.free_units(connection, at, params=rules.params)
        found = standing_by.recommend(
            connection, service.world(), cover, free, at, params=rules.moving_up, compliance=rules.compliance
        )
    with service.uow.begin() as tx:
        told = standing_by.keep(tx, found)
        tx.commit()
    return {"move_ups": told}


@router.get("/move-ups/history")
def past_moves(service: InService, _: Operator, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Json:
    """What was recommended and what the desk made of it, the newest first."""
    with service.engine.connect() as connection:
        rows = move_ups.page(connection, limit=limit)
    return {
        "move_ups": [
            {
                "id": str(r.id), "unit_id": str(r.unit_id), "station_id": str(r.station_id),
                "gain_points": r.gain_points, "drive_s": r.drive_s, "answer": r.answer, "reason": r.reason,
                "recommended_at": views.at(r.recommended_at), "answered_at": views.at(r.answered_at),
            }
            for r in rows
        ]
    }  # fmt: skip


@router.post("/move-ups/{move_id}/accept")
def accept_move(move_id: UUID, service: InService, _: Operator, body: AnswerIn | None = None) -> Json:
    return _answered(service, move_id, True, "" if body is None else body.reason)


@router.post("/move-ups/{move_id}/ignore")
def ignore_move(move_id: UUID, body: AnswerIn, service: InService, _: Operator) -> Json:
    return _answered(service, move_id, False, body.reason)


def _answered(service: Any, move_id: UUID, accept: bool, reason: str) -> Json:
    with service.uow.begin() as tx:
        unit_id = standing_by.answer(tx, MoveUpId(move_id), accept=accept, reason=reason, by="operator")
        tx.commit()
    return {"id": str(move_id), "unit_id": str(unit_id), "answer": "accepted" if accept else "ignored"}


@router.post("/what-if")
def imagine(body: WhatIfIn, service: InService, _: Operator) -> Json:
    """The plan as things stand and as imagined; nothing is changed, nobody is told."""
    change = what_if.Change(
        send=tuple((UnitId(one.unit_id), IncidentId(one.incident_id)) for one in body.send),
        closed=frozenset(PlaceId(place) for place in body.close_hospitals),
        more_crews=body.more_crews,
    )
    rules = service.rules.read()
    cover = service.demand.cover(service.uow.clock(), params=rules.coverage)
    return what_if.what_if(service.uow, service.world(), rules, cover, change)
