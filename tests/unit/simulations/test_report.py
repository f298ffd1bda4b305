from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from maps.layers import LEAFLET
from simulations.city_model import CityModel, Fleet, load, save
from simulations.demand import Demand
from simulations.report import report
from simulations.scenario import Scenario
from simulations.study import compared, run_scenario
from simulations.tables import write_tables

SOON = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def small_city(bases: list[int]) -> CityModel:
    """A street of nine places two minutes apart; people at all of them, a hospital in the middle."""
    place = np.arange(9)
    time_s = np.abs(place[:, None] - place[None]) * 120.0
    return CityModel(
        name="street",
        time_s=np.stack([time_s, time_s])[None].astype(np.float32),
        lon=place * 0.02,
        lat=place * 0.0,
        stations=np.unique(bases),
        hospitals=np.array([4]),
        fleet=Fleet(kind=np.zeros(len(bases), np.int64), base=np.array(bases)),
        demand=Demand(
            per_hour=np.full(168, 1.0), place_weight=np.ones(9), priority_share={1: 0.5, 3: 0.5},
            scene_s=np.array([600.0]), handover_s=np.array([300.0]), to_hospital=0.5,
        ),
    )  # fmt: skip


def scenarios(folder: Path) -> list[Scenario]:
    found = []
    for name, bases in (("One end", [0, 0]), ("Both ends <b>", [0, 8])):
        save(small_city(bases), folder / f"{name[:3]}.npz")
        found.append(
            Scenario(name=name, region=None, model=folder / f"{name[:3]}.npz", replications=6, days=4.0)
        )
    return found


def test_a_city_model_is_kept_as_it_is(tmp_path: Path) -> None:
    model = small_city([0, 8])
    save(model, tmp_path / "c.npz")
    again = load(tmp_path / "c.npz")
    assert (again.time_s == model.time_s).all()
    assert again.demand.priority_share == model.demand.priority_share


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_the_report_says_which_is_better_and_asks_the_network_for_nothing(tmp_path: Path, lang: str) -> None:
    studies = [run_scenario(scenario) for scenario in scenarios(tmp_path)]
    page = report(studies, made_at=SOON, lang=lang)
    said = re.findall(r"<p>(.*?)</p>", page.split('class="summary"')[1].split("</div>")[0])
    assert len(said) == 2
    assert ("is better" if lang == "en" else "更好") in said[1]
    own = page
    for name in ("leaflet.js", "leaflet.css"):
        own = own.replace((LEAFLET / name).read_text(encoding="utf-8"), "")
    assert len(own) < len(page) - 150_000
    assert not re.search(r"(src|href)=|url\(|@import|https?://(?!www\.w3\.org)", own)
    assert "Both ends &lt;b&gt;" in page  # a name is text, not markup


def test_the_same_accidents_happen_in_every_scenario(tmp_path: Path) -> None:
    one_end, both_ends = (run_scenario(scenario) for scenario in scenarios(tmp_path))
    assert (one_end.figures["jobs"] == both_ends.figures["jobs"]).all()
    assert (one_end.details.calls_at == both_ends.details.calls_at).all()
    change = compared([one_end, both_ends])[0]["mean_s"]
    assert change.high < 0


def test_replications_go_on_until_the_interval_is_narrow(tmp_path: Path) -> None:
    wanted = scenarios(tmp_path)[0]
    narrow = Scenario(name="n", region=None, model=wanted.model, replications=3, days=3.0, until_within=0.03)
    study = run_scenario(narrow)
    seen = study.interval("mean_s")
    assert len(study.figures["mean_s"]) > 3
    assert seen.half_width <= 0.04 * seen.mean


def test_tables_are_written_for_other_programs(tmp_path: Path) -> None:
    write_tables([run_scenario(scenario) for scenario in scenarios(tmp_path)], tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "hexagons.gpkg", "hexagons.parquet", "replications.csv",
    ]  # fmt: skip
    assert len((tmp_path / "out" / "replications.csv").read_text().splitlines()) == 13


def test_more_demand_keeps_the_accidents_that_there_were() -> None:
    demand = small_city([0]).demand
    where = np.full(9, 4)
    seed = [np.random.SeedSequence(5) for _ in range(2)]
    less = demand.draw(days=3, seed=seed[0], nearest_hospital=where, growth=1.0)
    more = demand.draw(days=3, seed=seed[1], nearest_hospital=where, growth=1.5)
    assert set(less.at.tolist()) < set(more.at.tolist())
