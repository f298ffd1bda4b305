"""A past day decided again under another policy, from the live log."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.auth import InService, Operator
from dispatch_core.errors import Conflict
from dispatch_core.services.past_day import replay_day
from dispatch_core.services.rules import read_rules
from dispatch_core.store import day_log

router = APIRouter(prefix="/v1", tags=["readiness"])
Json = dict[str, Any]
Named = Literal["joint", "in_order", "nearest_idle"]
MOST_ACCIDENTS = 500  # a longer day would keep those who decide now from their work


@router.get("/replay")
def replay(
    day: Annotated[date, Query(description="by the region's clock")],
    service: InService,
    _: Operator,
    policy: Named = "in_order",
    against: Named = "nearest_idle",
) -> Json:
    """A day as it happened, and as each policy would have decided it, with bootstrap intervals.

    404 without accidents that day; 409 for a day with more than 500, which `yct replay` takes.
    """
    begins_at = datetime.combine(day, time(), tzinfo=service.zone)
    ends_at = begins_at + timedelta(days=1)
    with service.engine.connect() as connection:
        if len(day_log.reported_between(connection, begins_at, ends_at)) > MOST_ACCIDENTS:
            raise Conflict(
                f"{day} has more than {MOST_ACCIDENTS} accidents; ask `yct replay`", code="day-too-long"
            )
        rules = read_rules(connection, begins_at)
        cover = service.demand.cover(begins_at, params=rules.coverage)
        found = replay_day(
            connection, service.world(), cover, begins_at, ends_at,
            policies=list(dict.fromkeys((policy, against))), params=rules.params, limits=rules.limits,
            book=rules.book,
        )  # fmt: skip
    return {"day": day.isoformat(), **found}
