"""Every siting answer against every plan there is, on instances small enough to try them all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.coverage.siting import (
    DoubleStandard,
    Lscp,
    Mclp,
    Mexclp,
    PCentre,
    PMedian,
    SitingParams,
    SitingProblem,
    solve,
)
from dispatch_core.errors import InvalidInput

POINTS, SITES = 6, 5
seeds = st.integers(0, 10_000)
few = st.integers(1, 3)
INSTANCES = settings(max_examples=25)


def plane(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole distances and demands, so that sums are exact."""
    random = np.random.default_rng(seed)
    return random.integers(0, 12, (POINTS, SITES)).astype(float), random.integers(0, 5, POINTS).astype(float)


def choices(count: int, standing: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for chosen in combinations(range(SITES), count):
        if set(standing) <= set(chosen):
            yield chosen


def standing_of(seed: int, count: int) -> tuple[int, ...]:
    return (seed % SITES,) if count > 1 and seed % 3 == 0 else ()


@INSTANCES
@given(seeds, few)
def test_no_choice_of_sites_has_less_weighted_distance(seed: int, count: int) -> None:
    distance, demand = plane(seed)
    standing = standing_of(seed, count)
    plan = solve(PMedian(distance=distance, demand=demand, sites=count, open_sites=standing))
    totals = [demand @ distance[:, c].min(axis=1) for c in choices(count, standing)]
    assert plan.objective == min(totals)
    assert demand @ distance[:, list(plan.sites)].min(axis=1) == plan.objective
    assert set(standing) <= set(plan.sites)
    assert len(plan.sites) == count
    assert plan.gap == 0


@INSTANCES
@given(seeds, few)
def test_no_choice_of_sites_has_a_smaller_radius(seed: int, count: int) -> None:
    distance, _ = plane(seed)
    standing = standing_of(seed, count)
    plan = solve(PCentre(distance=distance, sites=count, open_sites=standing))
    assert plan.objective == min(distance[:, c].min(axis=1).max() for c in choices(count, standing))
    assert distance[:, list(plan.sites)].min(axis=1).max() == plan.objective
    assert set(standing) <= set(plan.sites)
    assert len(plan.sites) == count
    assert plan.gap == 0


@INSTANCES
@given(seeds, few)
def test_no_choice_of_sites_reaches_more_demand(seed: int, count: int) -> None:
    distance, demand = plane(seed)
    standing = standing_of(seed, count)
    reach = distance <= 3
    plan = solve(Mclp(reach=reach, demand=demand, sites=count, open_sites=standing))
    assert plan.objective == max(demand @ reach[:, c].any(axis=1) for c in choices(count, standing))
    assert demand @ reach[:, list(plan.sites)].any(axis=1) == plan.objective
    assert set(standing) <= set(plan.sites)
    assert plan.gap == 0
    assert plan.uncovered == (~reach.any(axis=1)).sum()


@INSTANCES
@given(seeds, st.booleans())
def test_no_cheaper_sites_reach_everybody(seed: int, priced: bool) -> None:
    distance, _ = plane(seed)
    cost = np.random.default_rng(seed).integers(0, 4, SITES).astype(float) if priced else None
    standing = (seed % SITES,) if seed % 2 else ()
    reach = distance <= 4
    plan = solve(Lscp(reach=reach, cost=cost, open_sites=standing))
    reachable = reach.any(axis=1)

    def price(chosen: tuple[int, ...]) -> float:
        return sum(1.0 if cost is None else cost[s] for s in chosen if s not in standing)

    least = min(
        price(c)
        for n in range(SITES + 1)
        for c in choices(n, standing)
        if (reach[:, c].any(axis=1) | ~reachable).all()
    )
    assert plan.objective == least == price(plan.sites)
    assert (reach[:, list(plan.sites)].any(axis=1) | ~reachable).all()
    assert plan.gap == 0


def expected(reach: np.ndarray, demand: np.ndarray, units: tuple[int, ...], busy: float) -> float:
    """The likeliest free unit in time: of those sorted by probability the k-th answers with (1 − q) q^k."""
    answers = (1 - busy) * busy ** np.arange(len(units))
    return float(demand @ (-np.sort(-reach[:, list(units)].astype(float), axis=1) @ answers))


@INSTANCES
@given(seeds, few, st.booleans(), st.sampled_from([None, 1, 2]))
def test_no_placing_of_units_is_expected_to_reach_more(
    seed: int, units: int, likely: bool, at_most: int | None
) -> None:
    distance, demand = plane(seed)
    reach = np.clip(1 - distance / 8, 0, 1) if likely else distance <= 4
    problem = Mexclp(reach=reach, demand=demand, units=units, busy=0.35, at_most=at_most)
    plan = solve(problem)
    every = [
        placed
        for placed in combinations_with_replacement(range(SITES), units)
        if at_most is None or max(placed.count(s) for s in placed) <= at_most
    ]
    best = max(expected(reach, demand, placed, 0.35) for placed in every)
    assert plan.objective == pytest.approx(best, abs=1e-9)
    assert expected(reach, demand, plan.sites, 0.35) == pytest.approx(best, abs=1e-9)
    assert plan.gap < 1e-6


@INSTANCES
@given(seeds, st.integers(2, 4), st.sampled_from([0.0, 0.5, 0.8]))
def test_no_placing_of_units_reaches_more_demand_twice(seed: int, units: int, share: float) -> None:
    distance, demand = plane(seed)
    near, far = distance <= 4, distance <= 9
    problem = DoubleStandard(near=near, far=far, demand=demand, units=units, share=share)
    kept = far.any(axis=1)

    def twice(placed: tuple[int, ...]) -> float | None:
        count = near[:, list(placed)].sum(axis=1)
        if not far[:, list(placed)].any(axis=1)[kept].all():
            return None
        if demand[kept] @ (count >= 1)[kept] < share * demand[kept].sum() - 1e-9:
            return None
        return float(demand[kept] @ (count >= 2)[kept])

    every = [p for p in combinations_with_replacement(range(SITES), units) if max(map(p.count, p)) <= 2]
    best = max((value for p in every if (value := twice(p)) is not None), default=None)
    if best is None:
        with pytest.raises(InvalidInput, match="cannot meet both standards"):
            solve(problem)
        return
    plan = solve(problem)
    assert plan.objective == best == twice(plan.sites)
    assert plan.gap == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_median_problem_that_needs_branching_is_proven(seed: int) -> None:
    """Random tables leave the relaxation a gap; sums over all choices are the oracle."""
    random = np.random.default_rng(seed)
    distance, demand = random.random((18, 18)), random.random(18)
    plan = solve(PMedian(distance=distance, demand=demand, sites=4))
    least = min(demand @ distance[:, c].min(axis=1) for c in combinations(range(18), 4))
    assert plan.objective == pytest.approx(least, rel=1e-12)
    assert plan.gap < 1e-6


def test_a_cut_off_answer_states_how_far_it_may_be_from_the_best() -> None:
    random = np.random.default_rng(3)
    distance = random.random((300, 300))
    plan = solve(PMedian(distance=distance, demand=np.ones(300), sites=40), wall_s=1e-3)
    assert len(set(plan.sites)) == 40
    assert plan.bound <= plan.objective
    assert plan.gap == pytest.approx((plan.objective - plan.bound) / plan.objective)


def test_a_wanted_gap_is_kept() -> None:
    random = np.random.default_rng(4)
    at = random.random((200, 2))
    reach = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) < 0.12
    problem = Mclp(reach=reach, demand=random.integers(1, 50, 200).astype(float), sites=9)
    near, best = solve(problem, params=SitingParams(wanted_gap=0.05)), solve(problem)
    assert best.gap == 0
    assert near.objective >= best.objective * 0.95
    assert near.bound >= best.objective


def test_what_cannot_be_reached_is_said() -> None:
    distance = np.array([[1.0, np.inf], [np.inf, 1.0]])
    with pytest.raises(InvalidInput, match="no way to every point"):
        solve(PMedian(distance=distance, demand=np.ones(2), sites=1))
    with pytest.raises(InvalidInput, match="way to every point"):
        solve(PCentre(distance=distance, sites=1))
    with pytest.raises(InvalidInput, match="point 1"):
        solve(PMedian(distance=np.array([[1.0], [np.inf]]), demand=np.ones(2), sites=1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: PMedian(distance=np.ones((2, 2)), demand=np.ones(3), sites=1),
        lambda: PMedian(distance=-np.ones((2, 2)), demand=np.ones(2), sites=1),
        lambda: Mclp(reach=np.ones((2, 2), bool), demand=np.ones(2), sites=3),
        lambda: Mclp(reach=np.ones((2, 2), bool), demand=np.ones(2), sites=1, open_sites=(5,)),
        lambda: Mexclp(reach=np.ones((2, 2), bool), demand=np.ones(2), units=1, busy=1.0),
        lambda: PCentre(distance=np.ones((2, 0)), sites=1),
    ],
)
def test_what_makes_no_sense_is_refused(make: object) -> None:
    with pytest.raises(InvalidInput):
        make()  # type: ignore[operator]


def problems(seed: int) -> list[SitingProblem]:
    distance, demand = plane(seed)
    return [
        PMedian(distance=distance, demand=demand, sites=2),
        Mclp(reach=distance <= 3, demand=demand, sites=2),
        Mexclp(reach=distance <= 3, demand=demand, units=3, busy=0.3),
    ]


def test_the_same_question_gets_the_same_answer() -> None:
    for one, again in zip(problems(5), problems(5), strict=True):
        assert solve(one, seed=2).sites == solve(again, seed=2).sites
