"""What the desk orders: recommendations confirmed or overridden, alarms, hospitals, units moved up."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field

from api.auth import InService, Operator
from api.incident_views import incidents_told
from api.schemas import Model
from dispatch_core.assignment.explanation import explain
from dispatch_core.assignment.policy import nearest_idle
from dispatch_core.assignment.record import explanation_record, plan_record
from dispatch_core.assignment.wording import Language, why
from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import IncidentId, PlaceId, UnitId
from dispatch_core.missions import Mission
from dispatch_core.services import alarms, ordering, views
from dispatch_core.store import incidents, missions

router = APIRouter(prefix="/v1", tags=["desk"])
Json = dict[str, Any]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


def whole(value: Any) -> Any:
    """Neither true nor "7" nor 7.0."""
    if isinstance(value, bool | str | float):
        raise ValueError("must be a whole number")
    return value


class OverrideIn(Model):
    """Another unit than the one recommended, and why."""

    unit_id: UUID
    need: Capability
    reason: Reason
    even_unavailable: bool = False


class AlarmIn(Model):
    level: Annotated[int, BeforeValidator(whole), Field(ge=2, le=5)]
    reason: Reason


class PlaceIn(Model):
    """What changes of a place; what is left out stays."""

    beds: Annotated[int, BeforeValidator(whole), Field(ge=0, le=10_000)] | None = None
    diversion: bool | None = None
    trauma: bool | None = None
    burns: bool | None = None
    paediatrics: bool | None = None
    direct_pay: bool | None = None


@router.get("/incidents/{incident_id}/recommendation")
def recommendation(
    incident_id: UUID,
    service: InService,
    _: Operator,
    lang: Annotated[Language, Query(description="of the sentences")] = "zh-CN",
) -> Json:
    """What the machine would send to the incident now, with its reasons; nothing is done."""
    rules, asked = service.rules.read(), IncidentId(incident_id)
    with service.engine.connect() as connection:
        incident = incidents.get(connection, asked)
    found = ordering.recommend(
        service.uow, service.world(), rules, asked=asked, loss_of=service.loss_of(rules)
    )
    baseline = nearest_idle(found.problem, params=rules.params)
    needs = explain(found.problem, found.plan, params=rules.params, baseline=baseline)
    mine = [need for need in needs if need.incident_id == asked]
    plan = plan_record(found.plan)
    mode = rules.modes.of(incident.kind)
    return {
        "incident_id": str(asked),
        "mode": mode.mode.value,
        "confirm_within_s": mode.confirm_within_s,
        "assignments": [a for a in plan["assignments"] if a["incident_id"] == str(asked)],
        "held": [h for h in plan["held"] if h["incident_id"] == str(asked)],
        "moves": [m for m in plan["moves"] if m["to_incident_id"] == str(asked)],
        "explanation": explanation_record(mine),
        "told": [why(need, language=lang) for need in mine],
        "gap": found.plan.gap,
        "took_ms": round(found.took_ms, 2),
    }


@router.post("/incidents/{incident_id}/confirm", status_code=201)
def confirm(incident_id: UUID, service: InService, _: Operator) -> Json:
    """Send what is recommended now."""
    rules = service.rules.read()
    made = ordering.confirm(
        service.uow, service.world(), rules, IncidentId(incident_id),
        loss_of=service.loss_of(rules),
    )  # fmt: skip
    return _shown(service, made)


@router.post("/incidents/{incident_id}/override", status_code=201)
def override(incident_id: UUID, body: OverrideIn, service: InService, _: Operator) -> Json:
    """Send a unit of one's own choice; the reason is kept with the decision and in the case's timeline."""
    order = ordering.Override(
        incident_id=IncidentId(incident_id), unit_id=UnitId(body.unit_id), need=body.need,
        reason=body.reason, even_unavailable=body.even_unavailable,
    )  # fmt: skip
    rules = service.rules.read()
    loss_of = service.loss_of(rules)
    made = ordering.override(service.uow, service.world(), rules, order, loss_of=loss_of)
    return _shown(service, made)


def _shown(service: Any, made: list[Mission]) -> Json:
    with service.engine.connect() as connection:
        found = missions.by_ids(connection, [mission.id for mission in made])
        return {"missions": views.mission_views(connection, found)}


@router.post("/incidents/{incident_id}/alarm")
def raise_alarm(incident_id: UUID, body: AlarmIn, service: InService, _: Operator) -> Json:
    """A higher alarm level: what the response plan adds for it is asked on top of what is asked already."""
    book = service.rules.read().book
    with service.uow.begin() as tx:
        raised = alarms.raise_alarm(
            tx, IncidentId(incident_id), level=body.level, book=book, reason=body.reason, by="operator"
        )
        tx.commit()
    with service.engine.connect() as connection:
        (view,) = incidents_told(connection, [raised])
    return view


@router.patch("/places/{place_id}")
def change_place(place_id: UUID, body: PlaceIn, service: InService, _: Operator) -> Json:
    """A hospital's free beds, its wards, and whether it asks to be spared (diversion)."""
    changes = {name: value for name, value in body.model_dump().items() if value is not None}
    with service.uow.begin() as tx:
        changed = alarms.change_place(tx, PlaceId(place_id), changes, by="operator")
        tx.commit()
    return views.place_view(changed)
