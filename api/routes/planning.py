"""Planners' scenarios: what stands today, drafts checked, plans run in the background and compared."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api import jobs
from api.auth import InService, Operator
from api.planning import telling
from api.planning.draft import LARGEST_CHARS, checked, told_by, toml_of
from api.planning.runner import RECORD_DAYS
from api.planning.today import recorded, scenario_of
from api.schemas import Model
from api.service import Service
from dispatch_core.errors import Conflict
from dispatch_core.ids import PlanId
from dispatch_core.store import plans
from simulations.kept_study import unpack
from simulations.report import report
from simulations.study import Study

router = APIRouter(prefix="/v1", tags=["planning"])
Json = dict[str, Any]
KEPT = 100
_FOLDER = Path("/nonexistent")  # a check reads no file


class Language(StrEnum):
    """Of sentences and reports."""

    EN = "en"
    ZH = "zh-CN"


class DraftIn(Model):
    """A scenario: as the page has it, or as TOML."""

    scenario: dict[str, Any] | None = None
    toml: Annotated[str, Field(max_length=LARGEST_CHARS)] | None = None


Chosen = Annotated[list[UUID], Query(alias="id", min_length=1, max_length=4)]


@router.get("/plans/today")
def today(service: InService, _: Operator, lang: Language = Language.ZH) -> Json:
    """The city as it stands, as a scenario to begin from."""
    with service.engine.connect() as connection:
        told = scenario_of(
            connection,
            service.region,
            region=service.settings.region,
            name="现状" if lang is Language.ZH else "Today",
            at=service.uow.clock(),
        )
    box = service.roads.graph.box
    return {
        "scenario": told, "toml": toml_of(told), "region": service.region.name,
        "bounds": [box.west, box.south, box.east, box.north],
    }  # fmt: skip


@router.get("/plans/recorded.csv")
def record(
    service: InService, _: Operator, days: Annotated[int, Query(ge=1, le=3660)] = RECORD_DAYS
) -> Response:
    """Reported accidents as `demand.history` reads them, by the city's clock."""
    now = service.uow.clock()
    with service.engine.connect() as connection:
        text = recorded(connection, service.zone, begins_at=now - timedelta(days=days), ends_at=now)
    return _file(text, "text/csv; charset=utf-8", "recorded.csv")


@router.post("/plans/check")
def check(draft: DraftIn, service: InService, _: Operator) -> Json:
    """The draft in both its forms, or what is wrong with it, with the line."""
    toml = _toml(draft)
    checked(toml, region=service.settings.region, folder=_FOLDER)
    return {"toml": toml, "scenario": told_by(toml)}


@router.get("/plans")
def listed(service: InService, _: Operator) -> Json:
    """The newest hundred, with their headline figures."""
    with service.engine.connect() as connection:
        return {"plans": [telling.view(one) for one in plans.newest(connection, limit=KEPT)]}


@router.post("/plans", status_code=201)
def ask(draft: DraftIn, service: InService, _: Operator) -> Json:
    """Keep a scenario and run it in the background."""
    toml = _toml(draft)
    scenario = checked(toml, region=service.settings.region, folder=_FOLDER)
    plan_id = PlanId(service.uow.new_id())
    with service.engine.begin() as connection:
        plans.add(connection, plan_id, name=_name(scenario.name), toml=toml,
                  wanted=scenario.replications, at=service.uow.clock())  # fmt: skip
        jobs.run_plan(connection, plan_id)
        return telling.view(plans.get(connection, plan_id), whole=True)


@router.get("/plans/comparison")
def comparison(chosen: Chosen, service: InService, _: Operator, lang: Language = Language.ZH) -> Json:
    """Plans that are done, against the first: figures with 95 % intervals, sentences, maps."""
    return telling.comparison(_studies(service, chosen), lang=lang.value)


@router.get("/plans/report")
def html_report(chosen: Chosen, service: InService, _: Operator, lang: Language = Language.ZH) -> Response:
    """The same as one file that opens with the network off."""
    now = service.uow.clock().astimezone(service.zone)
    page = report(_studies(service, chosen), made_at=now, lang=lang.value)
    return _file(page, "text/html; charset=utf-8", f"plans-{now:%Y%m%d-%H%M}.html")


@router.get("/plans/{plan_id}")
def one(plan_id: UUID, service: InService, _: Operator) -> Json:
    """One plan with its scenario."""
    with service.engine.connect() as connection:
        return telling.view(plans.get(connection, PlanId(plan_id)), whole=True)


@router.post("/plans/{plan_id}/cancel")
def cancel(plan_id: UUID, service: InService, _: Operator) -> Json:
    """Stop it, or take it out of the queue; one that is over stays as it is."""
    with service.engine.begin() as connection:
        plans.cancel(connection, PlanId(plan_id), at=service.uow.clock())
        return telling.view(plans.get(connection, PlanId(plan_id)))


@router.delete("/plans/{plan_id}", status_code=204)
def remove(plan_id: UUID, service: InService, _: Operator) -> None:
    """Forget it and its results."""
    with service.engine.begin() as connection:
        plans.remove(connection, PlanId(plan_id))


def _toml(draft: DraftIn) -> str:
    return draft.toml if draft.toml is not None else toml_of(draft.scenario or {})


def _name(name: str) -> str:
    return name.strip()[:200] or "plan"


def _studies(service: Service, chosen: list[UUID]) -> list[Study]:
    ids = [PlanId(one) for one in chosen]
    with service.engine.connect() as connection:
        kept = plans.studies(connection, ids)
        for plan_id in ids:
            if plan_id not in kept:
                plan = plans.get(connection, plan_id)
                raise Conflict(f"{plan.name} has not run to its end", code="plan-not-over")
    return [unpack(kept[plan_id]) for plan_id in ids]


def _file(text: str, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=headers)
