"""Accidents drawn, from rates, surges and days as they were; history shrunk towards a prior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from simulations.demand import Demand, RealDays, Surge
from simulations.demand_points import read_points, shrunk
from simulations.kernel.arrays import Jobs

NOWHERE = np.full(4, -1)
DAY_S = 86_400.0


def demand(**more: object) -> Demand:
    usual = Demand(
        per_hour=np.linspace(0.5, 2.0, 168),
        place_weight=np.array([1.0, 2, 3, 0]),
        priority_share={1: 0.2, 2: 0.3, 3: 0.5},
        scene_s=np.linspace(60, 600, 50),
        handover_s=np.linspace(30, 300, 50),
        to_hospital=0.5,
        tow=0.6,
        tow_scene_s=np.linspace(100, 900, 50),
    )
    return replace(usual, **more)  # type: ignore[arg-type]


def drawn(what: Demand, *, growth: float = 1.0, days: float = 28.0, seed: int = 3) -> Jobs:
    return what.draw(days=days, seed=np.random.SeedSequence(seed), nearest_hospital=NOWHERE, growth=growth)


def accidents(jobs: Jobs) -> set[tuple[float, ...]]:
    rows = zip(jobs.at, jobs.kind, jobs.place, jobs.priority, jobs.scene, jobs.handover, strict=True)
    return {tuple(map(float, row)) for row in rows}


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(0.1, 1.9), st.floats(0.05, 2.0))
def test_growth_takes_accidents_away_or_adds_some_and_changes_none(
    seed: int, less: float, more: float
) -> None:
    few, many = (drawn(demand(), growth=g, seed=seed, days=7) for g in (less, less + more))
    assert accidents(few) <= accidents(many)


def test_as_many_accidents_happen_as_the_rates_say() -> None:
    many = drawn(demand(tow=0.0), growth=2.0, days=280)
    expected = demand().per_hour.sum() * 40 * 2
    assert abs(len(many.at) - expected) < 4 * np.sqrt(expected)


def test_rain_for_a_day_multiplies_that_day_alone() -> None:
    rain = Surge(name="rain", factor=3.0, days=(2,))
    wet, dry = drawn(demand(surges=(rain,), tow=0.0)), drawn(demand(tow=0.0))
    on_the_day = lambda jobs: (jobs.at >= 2 * DAY_S) & (jobs.at < 3 * DAY_S)  # noqa: E731
    assert accidents(dry) < accidents(wet)
    assert (~on_the_day(wet)).sum() == (~on_the_day(dry)).sum()
    assert on_the_day(wet).sum() > 1.8 * on_the_day(dry).sum()


def test_an_event_touches_only_its_place_and_its_hours_past_midnight() -> None:
    match = Surge(name="match", factor=0.0, from_h=22, to_h=2, at=np.array([False, False, True, False]))
    jobs = drawn(demand(surges=(match,)))
    hour = jobs.at / 3600 % 24
    during = (hour >= 22) | (hour < 2)
    assert not (during & (jobs.place == 2)).any()
    assert (during & (jobs.place == 1)).any()
    assert (~during & (jobs.place == 2)).any()


def test_surges_and_growth_beyond_the_master_stream_are_refused() -> None:
    with pytest.raises(InvalidInput, match="growth"):
        drawn(demand(surges=(Surge(name="flood", factor=3.0),)), growth=2.0)


def test_a_real_day_happens_again_whole_on_its_weekday() -> None:
    days = RealDays(
        day=np.array([0, 0, 1]), second=np.array([100.0, 200, 300]), place=np.array([0, 1, 2]),
        weekday=np.array([0, 1]),
    )  # fmt: skip
    jobs = drawn(demand(real_days=days, tow=0.0), days=2)
    assert jobs.at.tolist() == [100, 200, DAY_S + 300]
    assert jobs.place.tolist() == [0, 1, 2]
    twice = drawn(demand(real_days=days, tow=0.0), days=2, growth=2.0)
    assert len(twice.at) == 6
    assert set(jobs.at) <= set(twice.at)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=8), st.integers(0, 999), st.floats(0, 500))
def test_a_shrunk_share_lies_between_what_was_seen_and_what_was_thought(
    counts: list[int], seed: int, weight: float
) -> None:
    seen = np.array(counts, float)
    if not seen.any():
        return
    prior = np.random.default_rng(seed).random(len(seen)) + 0.01
    share = shrunk(seen, prior, weight=weight)
    assert share.sum() == pytest.approx(1)
    told, thought = seen / seen.sum(), prior / prior.sum()
    risk, was = share / thought, told / thought  # shrinking keeps their order and takes the edge off
    assert (np.argsort(was, kind="stable") == np.argsort(risk.round(12), kind="stable")).all() or weight > 0
    assert risk.max() <= was.max() + 1e-9
    assert shrunk(seen, prior, weight=0.0) == pytest.approx(told)
    assert shrunk(seen, prior, weight=1e9) == pytest.approx(thought, rel=1e-4)


def test_counts_that_differ_as_chance_does_leave_the_prior_be() -> None:
    random = np.random.default_rng(1)
    prior = np.full(50, 0.02)
    even, uneven = random.poisson(4, 50).astype(float), random.poisson(np.repeat([1, 40], 25)).astype(float)
    assert np.abs(shrunk(even, prior) - 0.02).max() < 0.008
    assert shrunk(uneven, prior)[:25].sum() < 0.05


def written(folder: Path, text: str) -> Path:
    path = folder / "points.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_points_come_from_csv_and_geojson(tmp_path: Path) -> None:
    known = read_points(
        written(tmp_path, "lon,lat,received_at\n1,2,2026-11-24T01:00:00\n3,4,2026-11-23T00:00:10+08:00\n")
    )
    assert known.at_s.tolist() == [10.0, DAY_S + 3600]
    assert known.lon.tolist() == [3, 1]
    point = '{"geometry":{"type":"Point","coordinates":[1,2]},"properties":{}}'
    text = f'{{"type":"FeatureCollection","features":[{point}]}}'
    assert not read_points(written(tmp_path, text)).has_times


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lon,lat\n1,x\n", "line 2"),
        ("lon,lat,at\n1,2,yesterday\n", "line 2"),
        ("lat,lng\n1,2\n", "columns lon and lat"),
        ("lon,lat\n", "no accidents"),
        ("lon,lat\n30,120\n", "is lon, lat the order"),
        ('{"type":"Feature"}', "FeatureCollection"),
    ],
)
def test_points_that_cannot_be_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read_points(written(tmp_path, text))
