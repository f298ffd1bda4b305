"""The double standard model, as one integer programme."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from dispatch_core.coverage.siting.found import SitesFound
from dispatch_core.coverage.siting.plan import Patience
from dispatch_core.coverage.siting.problem import DoubleStandard
from dispatch_core.coverage.siting.programme import Programme, maximised
from dispatch_core.errors import InvalidInput, Unavailable


def twice_covered(problem: DoubleStandard, *, patience: Patience, wanted_gap: float) -> SitesFound:
    """Points that no site reaches within the far standard are left out, also of the share.

    InvalidInput where no choice of sites meets both standards.
    """
    answer = maximised(_programme(problem), wall_s=patience.left_s, gap=wanted_gap)
    if answer.is_impossible:
        raise InvalidInput("units", f"cannot meet both standards with {problem.units} units: "
                                    "add units, widen the far standard or lower the share")  # fmt: skip
    if answer.x is None:
        raise Unavailable("no plan was found in the time given: give more")
    units = np.rint(answer.x[: problem.near.shape[1]]).astype(np.int64)
    twice = problem.near @ units >= 2
    twice &= problem.far.any(axis=1)
    value = float(problem.demand[twice].sum())
    return SitesFound(
        sites=np.repeat(np.arange(len(units)), units), value=value, bound=max(answer.bound, value)
    )


def _programme(problem: DoubleStandard) -> Programme:
    """Variables: units per site, then for each point whether it is reached once, and whether twice."""
    kept = problem.far.any(axis=1)
    near, far = problem.near[kept].astype(np.float64), problem.far[kept].astype(np.float64)
    demand = problem.demand[kept]
    points, sites = near.shape
    one = sparse.eye_array(points, format="csr")
    none = sparse.csr_array((points, points))
    total = sparse.csr_array(np.concatenate([np.ones(sites), np.zeros(2 * points)])[None, :])
    share = sparse.csr_array(np.concatenate([np.zeros(sites), demand, np.zeros(points)])[None, :])
    nobody = sparse.csr_array((points, sites))
    table = sparse.vstack([
        sparse.hstack([sparse.csr_array(far), none, none]),
        sparse.hstack([sparse.csr_array(near), -one, -one]),
        sparse.hstack([nobody, one, -one]),
        share,
        total,
    ])  # fmt: skip
    least = np.bincount(np.array(problem.open_sites, np.int64), minlength=sites).astype(np.float64)
    # Rounding must not make a share of exactly all demand impossible.
    wanted = problem.share * demand.sum() * (1 - 1e-12)
    return Programme(
        gain=np.concatenate([np.zeros(sites + points), demand]),
        table=sparse.csr_array(table),
        row_lower=np.concatenate([np.ones(points), np.zeros(2 * points), [wanted, problem.units]]),
        row_upper=np.concatenate([np.full(3 * points + 1, np.inf), [problem.units]]),
        lower=np.concatenate([least, np.zeros(2 * points)]),
        upper=np.concatenate([np.full(sites, float(problem.at_most)), np.ones(2 * points)]),
        whole=np.ones(sites + 2 * points, np.bool_),
    )
