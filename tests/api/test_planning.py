"""A planner's afternoon through HTTP: today's city, a what-if, both run in the background, compared."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api import jobs
from api.cli import simulate
from simulations.scenario import read_scenario
from simulations.scenario_city import ground_of
from tests.api.town import Town
from tests.city import corner
from tests.waiting import eventually

Json = dict[str, Any]


def today(town: Town) -> Json:
    """Small enough to run in a second."""
    scenario: Json = town.get("/v1/plans/today?lang=en")["scenario"]
    scenario["run"] |= {"replications": 3, "days": 3}
    return scenario


def asked(town: Town, scenario: Json) -> Json:
    answer: Json = town.http.post("/v1/plans", json={"scenario": scenario}).raise_for_status().json()
    return answer


def over(town: Town, plan_id: str) -> Json:
    """The plan once it runs no more; on a new machine the first one compiles the simulator."""
    for _ in range(6000):
        plan: Json = town.get(f"/v1/plans/{plan_id}")
        if plan["status"] not in ("queued", "running"):
            return plan
        time.sleep(0.1)
    raise AssertionError("the plan does not end")


def no_job(town: Town) -> None:
    """Returns once the runner has left."""
    jobs_of_plans = text("SELECT 1 FROM jobs.procrastinate_jobs WHERE lock = 'plans'")

    def has_left() -> bool:
        with town.service.engine.connect() as connection:
            return connection.execute(jobs_of_plans).first() is None

    eventually(has_left)


def test_a_what_if_is_run_beside_the_desk_and_compared(town_service: Town) -> None:
    town = town_service
    now = today(town)
    assert sum(s["units"] for s in now["fleet"]["station"] if s["kind"] == "ambulance") == 20
    few = now | {"name": "Two ambulances", "fleet": now["fleet"] | {"station": [
        one | {"units": 0 if one["kind"] == "ambulance" else one["units"]} for one in now["fleet"]["station"]
    ] + [{"kind": "ambulance", "lon": corner(0, 0).lon, "lat": corner(0, 0).lat, "units": 2}]}}  # fmt: skip
    plans = [over(town, asked(town, scenario)["id"]) for scenario in (now, few)]
    assert [(p["status"], p["done"], p["problem"]) for p in plans] == [("done", 3, "")] * 2
    assert plans[1]["scenario"] == few
    found = town.get(f"/v1/plans/comparison?lang=en&id={plans[0]['id']}&id={plans[1]['id']}")
    assert "“Two ambulances” is worse" in found["summary"][1]
    change = found["scenarios"][1]["change"]["mean_s"]
    assert change["verdict"] == "worse"
    assert change["mean"] == pytest.approx(
        plans[1]["figures"]["mean_s"]["mean"] - plans[0]["figures"]["mean_s"]["mean"]
    )
    assert found["scenarios"][0]["cells"]["wait"]
    assert found["scenarios"][0]["cells"]["reach"]
    page = town.http.get(f"/v1/plans/report?lang=en&id={plans[0]['id']}&id={plans[1]['id']}")
    assert "attachment" in page.headers["content-disposition"]
    assert "“Two ambulances” is worse" in page.text
    assert [p["name"] for p in town.get("/v1/plans")["plans"]] == ["Two ambulances", "Today"]
    town.http.delete(f"/v1/plans/{plans[0]['id']}").raise_for_status()
    assert town.http.get(f"/v1/plans/{plans[0]['id']}").status_code == 404


def test_a_plan_is_the_toml_that_the_command_line_reads(town_service: Town) -> None:
    town = town_service
    both = town.http.post("/v1/plans/check", json={"scenario": today(town)}).raise_for_status().json()
    again = town.http.post("/v1/plans/check", json={"toml": both["toml"]}).raise_for_status().json()
    assert again["scenario"] == both["scenario"] == today(town)


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (
            'name = "a"\n[fleet]\nambulence = 3\n',
            "line 3: fleet.ambulence is unknown; did you mean ambulances?",
        ),
        ('base = "/etc/passwd"\n', "stands on no base"),
        ('[city]\nmodel = "/etc/passwd"\n', "needs the command line"),
        ('[city]\nregion = "/etc/passwd"\n', "plans for the region"),
        ('[demand]\nhistory = "/etc/passwd"\n', 'can only be "recorded.csv"'),
        ("[run]\nreplications = 9000\n", "at most 200"),
        ("[run\n", "plan.toml: "),
    ],
)
def test_a_mistake_is_told_with_its_line_and_no_file_is_read(
    town_service: Town, toml: str, told: str
) -> None:
    answer = town_service.http.post("/v1/plans", json={"toml": toml})
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert town_service.get("/v1/plans")["plans"] == []


def test_a_plan_that_cannot_be_run_says_why(town_service: Town) -> None:
    scenario = today(town_service)
    scenario["fleet"]["station"].append({"kind": "tow", "lon": 121.5, "lat": 33.0, "units": 1})
    plan = over(town_service, asked(town_service, scenario)["id"])
    assert plan["status"] == "failed"
    assert "no street within 2 km" in plan["problem"]
    answer = town_service.http.get(f"/v1/plans/comparison?id={plan['id']}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/plan-not-over")


def test_a_plan_can_be_called_off_and_the_next_one_runs(town_service: Town) -> None:
    town = town_service
    long = today(town)
    long["run"] |= {"replications": 190, "days": 28}
    first = asked(town, long)
    second = asked(town, today(town))
    while town.get(f"/v1/plans/{first['id']}")["status"] == "queued":
        time.sleep(0.05)
    assert town.http.post(f"/v1/plans/{first['id']}/cancel").json()["status"] == "cancelled"
    assert over(town, second["id"])["status"] == "done"
    assert town.get(f"/v1/plans/{first['id']}")["status"] == "cancelled"


def test_a_plan_whose_service_died_is_run_by_the_next(town_service: Town) -> None:
    town = town_service
    plan = asked(town, today(town))
    over(town, plan["id"])
    no_job(town)
    # As a killed service leaves it: begun by a worker that is gone.
    with town.service.engine.begin() as connection:
        connection.execute(text("UPDATE dispatch.plan SET status = 'running', study = NULL"))
        connection.execute(text(
            "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, lock, args, status) "
            "VALUES ('plans', 'run_plan', 'plans', CAST(:args AS jsonb), 'doing')"
        ), {"args": f'{{"plan_id": "{plan["id"]}"}}'})  # fmt: skip
    settings = town.service.settings
    another = jobs.Worker(town.service.engine, messages=settings.var / "sms", region=settings.region)
    another.start()
    try:
        assert over(town, plan["id"])["status"] == "done"
    finally:
        another.stop()


def test_what_was_recorded_can_be_planned_with(town_service: Town) -> None:
    town = town_service
    for column in (1, 3, 7):
        town.report(corner(column, 2)).raise_for_status()
    rows = list(csv.DictReader(io.StringIO(town.http.get("/v1/plans/recorded.csv").text)))
    assert [round(float(row["lon"]), 4) for row in rows] == [round(corner(c, 2).lon, 4) for c in (1, 3, 7)]
    assert all(row["reported_at"].endswith("+08:00") for row in rows)
    scenario = today(town)
    scenario["demand"]["history"] = "recorded.csv"
    plan = over(town, asked(town, scenario)["id"])
    assert (plan["status"], plan["problem"]) == ("done", "")


def test_a_crew_plans_nothing(town_service: Town) -> None:
    device = town_service.device("救护01")
    assert device.get("/v1/plans").status_code == 403
    assert device.post("/v1/plans", json={"toml": ""}).status_code == 403


def test_the_live_city_is_written_as_files_that_the_simulator_reads(
    town_service: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town_service.report(corner(2, 2)).raise_for_status()
    address = town_service.service.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("YCT_DATABASE_URL", address)
    monkeypatch.setenv("YCT_REGION", town_service.service.settings.region)
    done = CliRunner().invoke(simulate.app, ["export", "-o", str(tmp_path / "now")])
    assert done.exit_code == 0, done.output
    assert "75 units" in done.output
    assert "1 accidents" in done.output
    model = ground_of(read_scenario(tmp_path / "now" / "today.toml")).model
    assert len(model.fleet.base) == 75
    assert len(model.hospitals) == 7


def test_a_city_without_a_fleet_is_planned_as_it_would_be_furnished(town_service: Town) -> None:
    with town_service.service.engine.begin() as connection:
        connection.execute(text("UPDATE dispatch.unit SET station_id = NULL"))
        connection.execute(text("DELETE FROM dispatch.station"))
        connection.execute(text("DELETE FROM dispatch.place"))
    scenario = today(town_service)
    units = [one["units"] for one in scenario["fleet"]["station"]]
    assert (sum(units), len(scenario["city"]["hospital"])) == (75, 7)
