"""`python -m api.planning.runner PLAN`: one plan, in a process of its own that gives way to the desk."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from api import clock
from api.database import connected
from api.lifeline import end_with_parent
from api.planning.draft import checked
from api.planning.today import RECORDED, recorded
from api.settings import from_environment
from dispatch_core.errors import DispatchError
from dispatch_core.ids import PlanId
from dispatch_core.store import plans
from maps import region_file
from maps.folder import region_path
from simulations.kept_study import pack
from simulations.scenario import Scenario
from simulations.study import Study, pool, run_scenario

log = logging.getLogger("yct.planning")

RECORD_DAYS = 366
_TELL_EVERY_S = 0.5
_NICE = 15
_HEADLINES = ("mean_s", "median_s", "p90_s", "late_share", "utilisation", "tow_mean_s", "tow_p90_s",
              "tow_late_share")  # fmt: skip


class CalledOff(Exception):
    """Somebody cancelled it meanwhile."""


@dataclass(slots=True)
class Teller:
    """Writes how far it is, not more often than somebody could read."""

    engine: Engine
    plan_id: PlanId
    wanted: int
    done: int = 0
    told_at: float = 0.0

    def __call__(self) -> None:
        self.done += 1
        if time.monotonic() - self.told_at < _TELL_EVERY_S:
            return
        self.told_at = time.monotonic()
        wanted = max(self.wanted, self.done)
        with self.engine.begin() as connection:
            if not plans.advance(connection, self.plan_id, done=self.done, wanted=wanted, at=clock.now()):
                raise CalledOff


def run(engine: Engine, plan_id: PlanId, *, region: str) -> None:
    """From its beginning to its end; a plan that cannot be run is marked so, with the reason."""
    with engine.begin() as connection:
        toml = plans.begin(connection, plan_id, at=clock.now())
    if toml is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="yct-plan-") as folder:
            scenario = checked(toml, region=region, folder=Path(folder))
            _write_record(engine, scenario)
            study = _run(engine, plan_id, scenario)
    except CalledOff:
        log.info("plan %s was called off", plan_id)
        return
    except DispatchError as wrong:
        with engine.begin() as connection:
            plans.fail(connection, plan_id, problem=wrong.message, at=clock.now())
        return
    with engine.begin() as connection:
        plans.finish(connection, plan_id, study=pack(study), figures=headline(study), at=clock.now())


def _run(engine: Engine, plan_id: PlanId, scenario: Scenario) -> Study:
    # One core stays the desk's.
    workers = max((os.cpu_count() or 1) - 1, 1)
    executor = pool(workers)
    try:
        return run_scenario(
            replace(scenario, region=str(region_path(str(scenario.region)))), executor=executor,
            progress=Teller(engine, plan_id, scenario.replications),
        )  # fmt: skip
    finally:
        if executor is not None:
            executor.shutdown(cancel_futures=True)


def _write_record(engine: Engine, scenario: Scenario) -> None:
    if scenario.history is None:
        return
    zone = ZoneInfo(region_file.read_provenance(region_path(str(scenario.region))).time_zone)
    now = clock.now()
    with engine.connect() as connection:
        text = recorded(connection, zone, begins_at=now - timedelta(days=RECORD_DAYS), ends_at=now)
    assert scenario.history.name == RECORDED
    scenario.history.write_text(text, encoding="utf-8")


def headline(study: Study) -> dict[str, Any]:
    """Means with the half-widths of their 95 % intervals, for a list."""
    told = {name: study.interval(name) for name in _HEADLINES if name in study.figures}
    return {name: {"mean": one.mean, "half_width": one.half_width} for name, one in told.items()}


def main() -> None:
    end_with_parent()  # nobody else would take the result, or stop it
    os.nice(_NICE)
    settings = from_environment()
    assert settings.database_url is not None, "the service tells its runner where the database is"
    engine = connected(settings.database_url)
    try:
        run(engine, PlanId(UUID(sys.argv[1])), region=settings.region)
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
