"""The p-median's remainder against every plan, and against the textbook's programme."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from dispatch_core.coverage.siting import PMedian, median, solve
from dispatch_core.coverage.siting.median_kernels import CLOSED, FREE, OPEN
from dispatch_core.coverage.siting.median_programme import cheapest_remaining


@pytest.mark.parametrize("seed", range(40))
def test_the_remainder_is_solved_as_every_plan_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    points, sites, count = int(random.integers(1, 9)), int(random.integers(2, 8)), int(random.integers(1, 4))
    count = min(count, sites - 1)
    cost = random.integers(0, 12, (points, sites)).astype(np.float64)
    state = random.choice([FREE, FREE, FREE, OPEN, CLOSED], sites).astype(np.int8)
    dearest = random.integers(2, 14, points).astype(np.float64)
    best = np.inf
    for plan in combinations(np.flatnonzero(state != CLOSED).tolist(), count):
        away = cost[:, list(plan)].min(axis=1)
        if set(np.flatnonzero(state == OPEN)) <= set(plan) and (away <= dearest).all():
            best = min(best, float(away.sum()))
    found = cheapest_remaining(cost, state, count, dearest, wall_s=10.0)
    assert found is not None
    assert found.bound == pytest.approx(best)
    assert (found.plan is None) == np.isinf(best)
    if found.plan is not None:
        assert len(found.plan) == count
        assert cost[:, found.plan].min(axis=1).sum() == pytest.approx(best)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_whole", [True, False])
def test_what_is_left_to_the_programme_is_proven_as_the_textbook_has_it(
    seed: int, is_whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(median, "_FEW", -1)
    monkeypatch.setattr(median, "_ROOT_STEPS", 12)  # leaves the programme something to do
    random = np.random.default_rng(seed)
    cost = random.random((35, 25)) * 100
    cost = np.rint(cost) if is_whole else cost
    plan = solve(PMedian(distance=cost, demand=np.ones(35), sites=6))
    assert plan.gap == 0
    assert plan.objective == pytest.approx(textbook(cost, 6))


def textbook(cost: np.ndarray[tuple[int, int], np.dtype[np.float64]], count: int) -> float:
    """x[i, j] ≤ y[j], every point served once: Hakimi's problem as ReVelle and Swain wrote it down."""
    points, sites = cost.shape
    served = sparse.hstack(
        [sparse.kron(sparse.eye(points), np.ones(sites)), sparse.csr_array((points, sites))]
    )
    linked = sparse.hstack(
        [sparse.eye(points * sites), -sparse.kron(np.ones((points, 1)), sparse.eye(sites))]
    )
    sited = sparse.hstack([sparse.csr_array((1, points * sites)), np.ones((1, sites))])
    found = milp(
        np.append(cost.ravel(), np.zeros(sites)),
        constraints=[
            LinearConstraint(sparse.csr_array(served), 1, 1),
            LinearConstraint(sparse.csr_array(linked), -np.inf, 0),
            LinearConstraint(sparse.csr_array(sited), count, count),
        ],
        integrality=np.append(np.zeros(points * sites), np.ones(sites)),
        bounds=Bounds(0, 1),
    )
    return float(found.fun)
