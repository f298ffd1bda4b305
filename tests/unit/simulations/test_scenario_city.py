from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dispatch_core.errors import InvalidInput
from maps import region_file
from simulations.kept_study import pack, unpack
from simulations.kernel.arrays import AMBULANCE, TOW
from simulations.report import report
from simulations.scenario import Scenario, read_scenario
from simulations.scenario_city import ground_of
from simulations.study import run_scenario
from tests.city import NOON, corner, town_region


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("region") / "town.yctr"
    region_file.save(town_region(), path)
    return path


def scenario(region: Path, fleet: str) -> Scenario:
    text = f'name = "n"\n[city]\nregion = "{region}"\n[fleet]\n{fleet}\n[run]\nreplications = 2\ndays = 2\n'
    return read_scenario(region.parent / "plan.toml", text=text)


def row(kind: str, column: float, units: int) -> str:
    at = corner(column, 0)
    return f'{{ kind = "{kind}", lon = {at.lon}, lat = {at.lat}, units = {units} }}'


def stands(region: Path, fleet: str, kind: int) -> list[tuple[float, int]]:
    """(longitude, units) of each station of a kind, from west to east."""
    model = ground_of(scenario(region, fleet)).model
    places, count = np.unique(model.fleet.base[model.fleet.kind == kind], return_counts=True)
    return sorted((round(float(model.lon[p]), 6), int(n)) for p, n in zip(places, count, strict=True))


def test_stations_that_are_told_stand_where_they_are_told(region: Path) -> None:
    fleet = f"station = [{row('ambulance', 1, 2)}, {row('ambulance', 3, 1)}, {row('tow', 2, 4)}]"
    lon = [round(corner(column, 0).lon, 6) for column in range(4)]
    assert stands(region, fleet, AMBULANCE) == [(lon[1], 2), (lon[3], 1)]
    assert stands(region, fleet, TOW) == [(lon[2], 4)]


@pytest.mark.parametrize(("kind", "number"), [("ambulance", AMBULANCE), ("tow", TOW)])
def test_a_station_that_is_added_brings_its_units_and_takes_none(
    region: Path, kind: str, number: int
) -> None:
    at, before = round(corner(0.5, 0).lon, 6), dict(stands(region, "", number))
    after = dict(stands(region, f"add_station = [{row(kind, 0.5, 3)}]", number))
    assert after.pop(at) == 3
    assert after == before


def test_a_station_in_the_sea_is_refused(region: Path) -> None:
    far = 'add_station = [{ kind = "tow", lon = 121.9, lat = 33.0, units = 1 }]'
    with pytest.raises(InvalidInput, match="no street within 2 km of the station"):
        ground_of(scenario(region, far))


def test_reach_grows_with_the_distance_from_the_station(region: Path) -> None:
    reach = ground_of(scenario(region, f"station = [{row('ambulance', 0, 1)}]")).reach
    both = ground_of(
        scenario(region, f"station = [{row('ambulance', 0, 1)}, {row('ambulance', 8, 1)}]")
    ).reach
    assert reach.keys() == both.keys()
    assert all(both[cell] <= reach[cell] for cell in reach)
    assert max(both.values()) < max(reach.values())


def test_a_study_that_was_kept_draws_the_same_report(region: Path) -> None:
    study = run_scenario(scenario(region, f"station = [{row('ambulance', 4, 3)}, {row('tow', 4, 3)}]"))
    again = unpack(pack(study))
    assert again.figures.keys() == study.figures.keys()
    for name, values in study.figures.items():
        np.testing.assert_array_equal(again.figures[name], values)
    assert report([again, again], made_at=NOON) == report([study, study], made_at=NOON)


def test_the_weights_of_the_desk_are_obeyed(region: Path) -> None:
    def figures(dispatch: str) -> dict[str, list[float]]:
        fleet = f"station = [{row('ambulance', 1, 3)}, {row('ambulance', 6, 3)}, {row('tow', 4, 6)}]"
        text = f'name = "n"\n[city]\nregion = "{region}"\n[fleet]\n{fleet}\n[dispatch]\n'
        text += f"{dispatch}\n[demand]\naccidents_a_year = 40_000\n[run]\nreplications = 2\ndays = 4\n"
        study = run_scenario(read_scenario(region.parent / "plan.toml", text=text))
        return {name: np.asarray(values).tolist() for name, values in study.figures.items()}

    usual = figures("")
    assert figures("switch_s = 300\nmay_bump = [[3, 1], [3, 2], [4, 1], [4, 2]]") == usual
    assert figures("may_bump = []") != usual
    assert figures("priority_weight = { 1 = 1, 2 = 1, 3 = 1, 4 = 1 }") != usual


def test_stations_that_are_told_are_all_there_are(region: Path) -> None:
    assert stands(region, f"station = [{row('ambulance', 1, 2)}]", TOW) == []
    study = run_scenario(scenario(region, f"station = [{row('ambulance', 1, 2)}]"))
    assert study.interval("tow_lost_share").mean == 1.0
    with pytest.raises(InvalidInput, match="no ambulance station"):
        ground_of(scenario(region, f"station = [{row('tow', 1, 2)}]"))
    with pytest.raises(InvalidInput, match="no ambulance station"):
        ground_of(scenario(region, "station = []"))
