"""A city of its own: lists taken over through the API and the command line, and units that go to work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import city
from dispatch_core.errors import InvalidInput
from tests.api.desk import mission_of, offered, on_shift, reported
from tests.api.town import Town
from tests.city import corner

NEEDS = [{"capability": "als"}]


def _put(town: Town, **lists: Any) -> httpx.Response:
    return town.http.put("/v1/register", json=lists)


def _crew(sign: str, **facts: Any) -> dict[str, Any]:
    return {"call_sign": sign, "kind": "ambulance", "capabilities": ["als"], "agency": "120", **facts}


def _units(town: Town) -> list[str]:
    return [one["call_sign"] for one in town.get("/v1/units")["units"]]


def test_a_unit_that_is_put_on_the_list_is_seen_at_the_desk_signs_in_and_is_sent(town_service: Town) -> None:
    town = town_service
    events = town.events()
    next(events)
    answer = _put(town, units=[_crew("救护99", plate="苏JA0099")]).raise_for_status().json()
    assert answer == {
        "changes": [{"list": "unit", "name": "救护99", "deed": "added", "fields": []}], "carried_out": True,
    }  # fmt: skip
    seen = next(json.loads(told) for event, _, told in events if event == "unit")
    assert (seen["call_sign"], seen["status"], seen["retired"]) == ("救护99", "off_shift", False)
    crew = on_shift(town, "救护99", corner(2, 2))
    assert offered(crew, reported(town, corner(3, 2), needs=NEEDS))["unit_id"] == seen["id"]


def test_what_is_left_out_stays_as_it_is(town_service: Town) -> None:
    town = town_service
    (before,) = [one for one in town.get("/v1/register")["units"] if one["call_sign"] == "拖车01"]
    head = {name: before[name] for name in ("call_sign", "kind", "capabilities")}
    assert _put(town, units=[head]).json()["changes"] == []
    told = _put(town, units=[head | {"plate": "", "station": None}]).json()["changes"]
    assert told == [{"list": "unit", "name": "拖车01", "deed": "changed", "fields": ["station", "plate"]}]
    table = "call_sign,kind,capabilities,turnout_s\n拖车01,tow,crane,\n"
    told = town.http.put("/v1/register/tables", json={"units": table}).json()["changes"]
    assert told[0]["fields"] == ["capabilities"]


def test_what_is_read_can_be_put_again_and_a_dry_run_changes_nothing(town_service: Town) -> None:
    town = town_service
    register = town.get("/v1/register")
    assert len(register["units"]) == len(_units(town)) > 10
    assert _put(town, **register, retire_missing=True).raise_for_status().json()["changes"] == []
    dry = _put(town, units=[], retire_missing=True, dry_run=True).raise_for_status().json()
    assert (len(dry["changes"]), dry["carried_out"]) == (len(register["units"]), False)
    assert town.get("/v1/register") == register


def test_a_retired_unit_leaves_the_desk_and_its_token_opens_nothing(town_service: Town) -> None:
    town = town_service
    crew = on_shift(town, "救护01", corner(2, 2))
    events = town.events()
    next(events)
    kept = [one for one in town.get("/v1/register")["units"] if one["call_sign"] != "救护01"]
    _put(town, units=kept, retire_missing=True).raise_for_status()
    gone = next(json.loads(told) for event, _, told in events if event == "unit" and '"retired":true' in told)
    assert gone["call_sign"] == "救护01"
    assert "救护01" not in _units(town)
    assert crew.get("/v1/driver/mission").status_code == 401
    log = town.get("/v1/shift-log")["entries"]
    assert {"unit.retired", "unit.off_shift"} <= {one["what"] for one in log if one["call_sign"] == "救护01"}


def test_one_unit_is_retired_by_its_name_whatever_else_is_on_the_list(town_service: Town) -> None:
    before = _units(town_service)
    told = _put(town_service, units=[], retire=["救护01"]).raise_for_status().json()["changes"]
    assert [(one["deed"], one["name"]) for one in told] == [("retired", "救护01")]
    assert [sign for sign in before if sign not in _units(town_service)] == ["救护01"]
    again = _put(town_service, units=[], retire=["救护01"])
    assert (again.status_code, "there is no 救护01" in again.json()["detail"]) == (422, True)


def test_a_mistake_is_told_by_its_row_and_nothing_is_taken_over(town_service: Town) -> None:
    town = town_service
    before = town.get("/v1/register")
    wrong = _put(town, units=[_crew("救护98"), _crew("救护97", station="月球站")])
    assert wrong.status_code == 422
    assert "units[1]: 救护97 stands at 月球站, no station of today" in wrong.json()["detail"]
    assert _put(town, units=[_crew("救护98", capabilities=["crane"])]).status_code == 422
    assert _put(town, units=[_crew("救护98", turnout_s=True)]).status_code == 422
    twice = _put(town, units=[_crew("救护98"), _crew("救护98")])
    assert "units[1]: 救护98 stands already at units[0]" in twice.json()["detail"]
    assert town.get("/v1/register") == before


def test_tables_go_out_to_a_spreadsheet_and_come_back(town_service: Town) -> None:
    town = town_service
    table = town.http.get("/v1/register/units.csv").raise_for_status()
    assert table.content.startswith(b"\xef\xbb\xbfcall_sign,")
    text = table.content.decode("utf-8-sig").replace("救护01", "救护77")
    told = town.http.put("/v1/register/tables", json={"units": text}).raise_for_status().json()
    assert [(one["deed"], one["name"]) for one in told["changes"]] == [("added", "救护77")]
    wrong = town.http.put("/v1/register/tables", json={"units": "call_sign,kind\nA,tow\n"})
    assert "units.csv line 1: there is no column capabilities" in wrong.json()["detail"]


def test_a_report_goes_to_nobody_who_was_retired_with_a_mission_waiting(town_service: Town) -> None:
    town = town_service
    crew = on_shift(town, "救护01", corner(2, 2))
    mission = offered(crew, reported(town, corner(3, 2), needs=NEEDS))
    kept = [one for one in town.get("/v1/register")["units"] if one["call_sign"] != "救护01"]
    refused = _put(town, units=kept, retire_missing=True)
    assert refused.status_code == 422
    assert "救护01 has a mission" in refused.json()["detail"]
    assert mission_of(crew)["id"] == mission["id"]


@pytest.fixture
def command(town_service: Town, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("YCT_REGION", town_service.service.settings.region)
    monkeypatch.setenv("YCT_DATABASE_URL", town_service.service.engine.url.render_as_string(False))
    return lambda *words: CliRunner().invoke(city.app, [str(word) for word in words])


def test_the_command_line_writes_the_lists_and_takes_them_back(
    town_service: Town, command: Any, tmp_path: Path
) -> None:
    assert command("export", tmp_path).exit_code == 0
    assert command("import", tmp_path, "--retire-missing").output.splitlines() == ["nothing changed"]
    units = tmp_path / "units.csv"
    units.write_bytes(
        units.read_bytes().decode("utf-8-sig").replace("苏JA0001", "苏JA9999").encode("gb18030")
    )
    dry = command("import", tmp_path, "--dry-run").output.splitlines()
    assert dry == ["changed   救护01  plate", "would be: 1 changed"]
    assert command("import", tmp_path).output.splitlines()[-1] == "1 changed"
    (changed,) = [one for one in town_service.get("/v1/units")["units"] if one["call_sign"] == "救护01"]
    assert changed["plate"] == "苏JA9999"
    units.write_text("call_sign,kind,capabilities\nX,tow,als\n", encoding="utf-8")
    wrong = command("import", tmp_path)
    assert isinstance(wrong.exception, InvalidInput)
    assert "units.csv line 2: capabilities: no tow carries als" in wrong.exception.message


def test_the_command_line_retires_one_entry_by_its_name(town_service: Town, command: Any) -> None:
    town = town_service
    before = _units(town)
    assert command("retire", "units", "救护01", "--dry-run").output.splitlines() == [
        "retired   救护01", "would be: 1 retired",
    ]  # fmt: skip
    assert _units(town) == before
    assert command("retire", "units", "救护01").output.splitlines()[-1] == "1 retired"
    assert [sign for sign in before if sign not in _units(town)] == ["救护01"]
    hospital = town.get("/v1/register")["places"][0]
    assert hospital["kind"] == "hospital"
    assert command("retire", "places", hospital["name"]).output.splitlines()[-1] == "1 retired"
    assert hospital not in town.get("/v1/register")["places"]


def test_the_command_line_retires_nothing_that_is_not_there_or_not_clearly_meant(
    town_service: Town, command: Any
) -> None:
    town = town_service
    hospital = town.get("/v1/register")["places"][0]
    name = hospital["name"]
    _put(town, places=[hospital | {"kind": "yard"}]).raise_for_status()
    crew = on_shift(town, "救护01", corner(2, 2))
    offered(crew, reported(town, corner(3, 2), needs=NEEDS))
    before = town.get("/v1/register")
    told = {
        ("units", "救护1"): "units: hold no 救护1 today; is it '救护",
        ("stations", "月球站"): "stations: hold no 月球站 today",
        ("places", name): f"places: hold 2 called {name}; say 'hospital {name}' or 'yard {name}'",
        ("units", "救护01"): "register: 救护01 has a mission; repeat it when that is over",
    }
    for words, why in told.items():
        refused = command("retire", *words).exception
        assert isinstance(refused, InvalidInput)
        assert refused.message.startswith(why)
    assert town.get("/v1/register") == before
