"""How fast stations are sited, beside HiGHS alone on the same programme: points spread evenly in a square."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from api.bench import BenchLine
from dispatch_core.coverage.siting import Mclp, Mexclp, SitingParams, SitingProblem, solve

_SEEDS = (1, 2, 3)  # the slowest of three squares is told
_WARM = 99
_CERTIFIED = 0.002


def run() -> Iterator[BenchLine]:
    """Seconds to a proven plan, or one certified within 0.2 % for the largest."""
    solve(_mclp(60, 5, 0.2, _WARM)), solve(_mexclp(60, 20, 4, 0.2, _WARM))  # compiles
    yield from _mclp_lines()
    yield _slowest("mexclp_1000x100_s", [_mexclp(1000, 100, 12, 0.15, seed) for seed in _SEEDS], 0.0)
    yield _slowest("mexclp_5000x500_s", [_mexclp(5000, 500, 20, 0.15, seed) for seed in _SEEDS], _CERTIFIED)


def _mclp_lines() -> Iterator[BenchLine]:
    """HiGHS solves the square that took us longest."""
    problems = [_mclp(1000, 20, 0.1, seed) for seed in _SEEDS]
    plans = [solve(problem) for problem in problems]
    slow = max(range(len(plans)), key=lambda k: plans[k].seconds)
    began = time.perf_counter()
    beside = _highs(problems[slow])
    took = time.perf_counter() - began
    assert beside <= plans[slow].objective + 0.5, "HiGHS found a better plan"
    yield BenchLine(
        name="mclp_1000_s", value=round(plans[slow].seconds, 3), unit="s", baseline="highs",
        ratio=round(took / plans[slow].seconds, 2), gap=max(plan.gap for plan in plans),
    )  # fmt: skip


def _slowest(name: str, problems: list[SitingProblem], wanted_gap: float) -> BenchLine:
    plans = [solve(problem, params=SitingParams(wanted_gap=wanted_gap)) for problem in problems]
    return BenchLine(
        name=name, value=round(max(plan.seconds for plan in plans), 3), unit="s",
        gap=round(max(plan.gap for plan in plans), 9),
    )  # fmt: skip


def _mclp(points: int, sites: int, radius: float, seed: int) -> Mclp:
    reach, demand = _square(points, points, radius, seed)
    return Mclp(reach=reach, demand=demand, sites=sites)


def _mexclp(points: int, candidates: int, units: int, radius: float, seed: int) -> Mexclp:
    reach, demand = _square(points, candidates, radius, seed)
    return Mexclp(reach=reach, demand=demand, units=units, busy=0.3)


def _square(
    points: int, candidates: int, radius: float, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Points and candidates uniform in the unit square, the same where as many; demand 1…100."""
    random = np.random.default_rng(seed)
    at = random.random((points, 2))
    sites = at if candidates == points else random.random((candidates, 2))
    away = np.hypot(at[:, None, 0] - sites[None, :, 0], at[:, None, 1] - sites[None, :, 1])
    return away <= radius, random.integers(1, 101, points).astype(np.float64)


def _highs(problem: Mclp) -> float:
    """The textbook's programme, as a user of SciPy writes it."""
    points, sites = problem.reach.shape
    served = sparse.hstack([sparse.csr_array(-problem.reach.astype(np.float64)), sparse.eye_array(points)])
    count = sparse.csr_array(np.concatenate([np.ones(sites), np.zeros(points)])[None, :])
    found = milp(
        np.concatenate([np.zeros(sites), -problem.demand]),
        constraints=LinearConstraint(
            sparse.csr_array(sparse.vstack([served, count])),
            np.append(np.full(points, -np.inf), problem.sites),
            np.append(np.zeros(points), problem.sites),
        ),
        integrality=np.concatenate([np.ones(sites), np.zeros(points)]),
        bounds=Bounds(0, 1),
        options={"time_limit": 120.0},
    )
    return -float(found.fun if found.fun is not None else np.inf)
