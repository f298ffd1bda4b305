"""How often the intake commits: at once where little comes, seldom and much where thousands come."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from api.gateways.intake import (
    COMMIT_AT_LEAST_EVERY_S,
    COMMIT_EVERY_S,
    FULL_COMMIT,
    Intake,
    Verdicts,
    commit_every_s,
)
from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.fixes import Fixes, FixRow, Sender, row_of
from dispatch_core.fleet.telemetry import Fix, TelemetryParams
from tests.city import Desk, corner, town_ground

BURSTS, BURST, APART_S = 40, 250, 0.02


@given(st.floats(0, 4_000))
def test_four_thousand_a_second_wait_no_longer_than_one(per_s: float) -> None:
    assert commit_every_s(per_s) == COMMIT_EVERY_S


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_who_are_more_wait_at_least_as_long_and_never_beyond_the_bound(one: float, other: float) -> None:
    fewer, more = sorted((one, other))
    assert COMMIT_EVERY_S <= commit_every_s(fewer) <= commit_every_s(more) <= COMMIT_AT_LEAST_EVERY_S


def test_ten_thousand_a_second_share_few_commits_and_each_is_stored_once(engine: Engine) -> None:
    desk = Desk(engine)
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    me, moved = Sender(device_id=unit, unit_id=unit), list[Fixes]()
    desk.wait(3_000)
    intake = Intake(desk.uow, town_ground(), params=TelemetryParams, moved=moved.append)

    def row(number: int) -> FixRow:
        at = desk.now - timedelta(milliseconds=100 * (BURSTS * BURST - number))
        here = corner(1, 1)
        return row_of(unit, Fix(event_id=str(number), lon=here.lon, lat=here.lat, fixed_at=at))

    rows = [row(number) for number in range(BURSTS * BURST)]

    async def reported() -> list[Verdicts]:
        answers = []
        for first in range(0, len(rows), BURST):
            answers += [intake.submit(me, (one,)) for one in rows[first : first + BURST]]
            await asyncio.sleep(APART_S)
        return await asyncio.gather(*answers)

    began = time.monotonic()
    intake.start()
    verdicts = asyncio.run(reported())
    intake.stop()
    took_s = time.monotonic() - began
    assert verdicts == [([0], [False])] * len(rows)
    # However slow the machine: one in each span of waiting, and one for each that was full before its end.
    assert intake.commits <= 1 + took_s / COMMIT_EVERY_S + len(rows) / FULL_COMMIT
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM dispatch.fix")).scalar_one() == len(rows) + 1
