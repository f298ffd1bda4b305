"""A drill of a minute: no unit on two missions, no incident forgotten, every mission ends, no error."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sqlalchemy import text

from api.drill.conductor import Conductor, DrillParams, Summary
from tests.api.town import Town
from tests.city import town, town_region


def _play(service: Town, *, minutes: float, per_day: float) -> Summary:
    params = DrillParams(
        url=service.url, token=service.token, speed=100.0, accidents_per_day=per_day, minutes=minutes, seed=7
    )
    return asyncio.run(Conductor(params, town_region(), town(), say=lambda _: None).run())


def test_a_minutes_drill_breaks_no_rule(town_service: Town, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="yct"):
        summary = _play(town_service, minutes=0.5, per_day=600.0)
    assert summary.accidents >= 3
    assert (summary.double_missions, summary.forgotten_incidents, summary.unfinished_missions) == (0, 0, 0)
    assert (summary.errors, summary.refused_positions) == (0, 0)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
    with town_service.service.engine.connect() as connection:
        busy = "SELECT count(*) FROM dispatch.unit WHERE status = 'engaged'"
        waiting = "SELECT count(*) FROM dispatch.incident WHERE status = 'open'"
        engaged, open_ones = (connection.execute(text(query)).scalar() for query in (busy, waiting))
        overlap = connection.execute(
            text(
                "SELECT count(*) FROM dispatch.mission a JOIN dispatch.mission b ON a.unit_id = b.unit_id "
                "AND a.id < b.id "
                "AND tstzrange(a.offered_at, a.ended_at) && tstzrange(b.offered_at, b.ended_at)"
            )
        ).scalar()
    assert (engaged, open_ones, overlap) == (0, 0, 0)
