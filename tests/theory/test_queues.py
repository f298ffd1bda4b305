"""The engine against what queueing theory knows exactly; each figure from 200 seeded runs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from simulations.kernel.arrays import Float64s, Outcome
from simulations.kernel.run import simulate
from simulations.metrics import interval
from tests.unit.simulations import worlds

RUNS = 200
# An interval that truly covers in 95 of 100 cases does so in at least this many of 200, but once in 10,000.
LEAST_COVERED = int(binom.ppf(1e-4, RUNS, 0.95))

# (offered load, servers, Erlang B, Erlang C, mean wait in service times): Erlang 1917.
ERLANG = [
    (1.5, 3, 0.134328, 0.236842, 0.157895),
    (2.0, 3, 0.210526, 0.444444, 0.444444),
    (5.0, 7, 0.120519, 0.32415, 0.162075),
    (10.0, 14, 0.056819, 0.174132, 0.043533),
]


def run(
    rng: np.random.Generator, a: float, servers: int, n: int, *, lossy: bool, law: str = "exponential"
) -> tuple[Float64s, Outcome]:
    """Arrivals at rate `a`, service of mean 1, roads of no length."""
    at = np.cumsum(rng.exponential(1 / a, n))
    service = {
        "exponential": lambda: rng.exponential(1.0, n),
        "constant": lambda: np.ones(n),
        "lognormal": lambda: rng.lognormal(-0.5, 1.0, n),
    }[law]()
    found = simulate(
        worlds.city([[0.0]]), worlds.jobs(at, np.zeros(n), scene=service), worlds.units([0] * servers),
        worlds.rules(lossy=lossy),
    )  # fmt: skip
    return at, found


def batches(values: Float64s, count: int = 20) -> Float64s:
    """Means of long stretches after the first, which fills the system: nearly independent."""
    return np.array([part.mean() for part in np.array_split(values, count + 1)[1:]])


def covered(exact: float, samples: list[Float64s]) -> int:
    seen = [interval(batches(sample)) for sample in samples]
    return sum(one.low <= exact <= one.high for one in seen)


@pytest.mark.parametrize(("a", "servers", "blocked"), [row[:3] for row in ERLANG])
def test_the_share_of_lost_calls_is_that_of_erlang_b(a: float, servers: int, blocked: float) -> None:
    samples = []
    for seed in range(RUNS):
        _, found = run(np.random.default_rng([1, seed]), a, servers, 4000, lossy=True)
        samples.append((found.unit < 0).astype(np.float64))
    assert np.mean([s.mean() for s in samples]) == pytest.approx(blocked, rel=0.02)
    assert covered(blocked, samples) >= LEAST_COVERED


@pytest.mark.parametrize(
    ("a", "servers", "waits", "mean_wait"), [(*row[:2], *row[3:]) for row in ERLANG[1:3]]
)
def test_the_share_of_waiting_calls_and_their_wait_are_those_of_erlang_c(
    a: float, servers: int, waits: float, mean_wait: float
) -> None:
    shares, wait = [], []
    for seed in range(RUNS):
        at, found = run(np.random.default_rng([2, seed]), a, servers, 10_000, lossy=False)
        shares.append((found.sent > at).astype(np.float64))
        wait.append(found.sent - at)
    assert np.mean([s.mean() for s in shares]) == pytest.approx(waits, rel=0.02)
    assert np.mean([w.mean() for w in wait]) == pytest.approx(mean_wait, rel=0.03)
    # Waits hang together for long: stretches are not quite independent, and intervals a little too narrow.
    assert covered(waits, shares) >= 0.85 * RUNS


@pytest.mark.parametrize("law", ["exponential", "constant", "lognormal"])
def test_loss_does_not_depend_on_the_law_of_service(law: str) -> None:
    samples = []
    for seed in range(RUNS):
        _, found = run(np.random.default_rng([3, seed]), 10.0, 14, 4000, lossy=True, law=law)
        samples.append((found.unit < 0).astype(np.float64))
    assert np.mean([s.mean() for s in samples]) == pytest.approx(0.056819, rel=0.02)
    assert covered(0.056819, samples) >= LEAST_COVERED


def test_with_units_for_everybody_the_number_busy_is_poisson() -> None:
    a, n = 6.0, 4000
    counts = []
    for seed in range(RUNS):
        at, found = run(np.random.default_rng([4, seed]), a, 60, n, lossy=True)
        moments = np.linspace(at[n // 4], at[-1], 100)
        counts.append(np.searchsorted(at, moments) - np.searchsorted(np.sort(found.freed), moments))
    busy = np.concatenate(counts)
    assert busy.mean() == pytest.approx(a, rel=0.02)
    assert busy.var() == pytest.approx(a, rel=0.05)


def test_workloads_are_those_of_larson_s_hypercube() -> None:
    """Larson and Odoni, Urban Operations Research, 5.4.3: three units, queue first come first served."""
    rates = np.array([0.5, 0.25, 0.35, 0.4])  # atoms 1-2, 4, 3-5-6, 7-10
    preference = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 0, 1)]
    minutes = np.zeros((7, 7))
    for group, order in enumerate(preference):
        for rank, unit in enumerate(order):
            minutes[unit, 3 + group] = rank * 1e-9
    loads = []
    for seed in range(RUNS):
        rng = np.random.default_rng([5, seed])
        n = 8_000
        at = np.cumsum(rng.exponential(1 / 1.5, n))
        place = 3 + rng.choice(4, n, p=rates / rates.sum())
        found = simulate(
            worlds.city(minutes), worlds.jobs(at, place, scene=rng.exponential(1.0, n)),
            worlds.units([0, 1, 2]), worlds.rules(),
        )  # fmt: skip
        loads.append(found.worked / at[-1])
    for unit, exact in enumerate((0.55736, 0.47337, 0.46926)):
        seen = interval(np.array([load[unit] for load in loads]))
        assert seen.mean == pytest.approx(exact, abs=0.002)


def test_two_servers_share_the_work_as_the_exact_chain_says() -> None:
    """MIT 1.203, quiz of 2001: lost when both are busy; each serves its own district first."""
    minutes = np.array([[0, 0, 0, 1e-9], [0, 0, 1e-9, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    shares = []
    for seed in range(RUNS):
        rng = np.random.default_rng([6, seed])
        n = 4000
        at = np.cumsum(rng.exponential(0.5, n))
        place = 2 + rng.integers(0, 2, n)
        found = simulate(
            worlds.city(minutes), worlds.jobs(at, place, scene=rng.exponential(0.5, n)),
            worlds.units([0, 1]), worlds.rules(lossy=True),
        )  # fmt: skip
        served = found.unit >= 0
        shares.append([1 - served.mean(), ((found.unit == 0) & (place == 2)).sum() / served.sum(),
                       ((found.unit == 0) & (place == 3)).sum() / served.sum()])  # fmt: skip
    lost, own, other = np.mean(shares, axis=0)
    assert (lost, own, other) == pytest.approx((0.2, 0.375, 0.125), abs=0.003)
