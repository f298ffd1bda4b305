"""p-centre: the least radius at which so many sites reach everybody, each radius a question of covering."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch_core.coverage.siting.found import SitesFound
from dispatch_core.coverage.siting.plan import Patience
from dispatch_core.coverage.siting.problem import Lscp, PCentre
from dispatch_core.coverage.siting.set_cover import is_coverable
from dispatch_core.errors import InvalidInput

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]


def smallest_radius(problem: PCentre, *, patience: Patience) -> SitesFound:
    """Bisection over the distances that occur: Minieka, SIAM Review 12 (1970).

    InvalidInput where no choice of sites has a way to every point.
    """
    radii = np.unique(problem.distance[np.isfinite(problem.distance)])
    radii = radii[radii >= problem.distance.min(axis=1).max()]
    sites = _greedy(problem)
    low, high = 0, int(np.searchsorted(radii, _radius(problem, sites)))
    while low < high and patience.left_s > 0:
        middle = (low + high) // 2
        covering, is_possible = _covered(problem, float(radii[middle]), patience)
        if is_possible:
            sites = covering
            high = int(np.searchsorted(radii, _radius(problem, sites)))
        elif is_possible is None:
            break
        else:
            low = middle + 1
    if high == len(radii):
        if low == high:
            raise InvalidInput("sites", f"{problem.sites} cannot have a way to every point")
        raise InvalidInput("sites", "none were found that have a way to every point: give more time")
    return SitesFound(sites=sites, value=float(radii[high]), bound=float(radii[low]))


def _covered(problem: PCentre, radius: float, patience: Patience) -> tuple[Int64s, bool | None]:
    question = Lscp(reach=problem.distance <= radius, open_sites=problem.open_sites)
    room = problem.sites - len(problem.open_sites)
    sites, is_possible = is_coverable(question, room, patience=patience)
    return _filled(problem, sites), is_possible


def _filled(problem: PCentre, sites: Int64s) -> Int64s:
    """As many as are wanted: the open ones, these, then any."""
    chosen = set(problem.open_sites) | set(sites.tolist())
    rest = (site for site in range(problem.distance.shape[1]) if site not in chosen)
    while len(chosen) < problem.sites:
        chosen.add(next(rest))
    return np.array(sorted(chosen), np.int64)


def _radius(problem: PCentre, sites: Int64s) -> float:
    return float(problem.distance[:, sites].min(axis=1).max())


def _greedy(problem: PCentre) -> Int64s:
    """Again and again the site nearest to whoever is worst off: within twice the best where distances are a
    metric between the same points. Gonzalez, Theoretical Computer Science 38 (1985)."""
    chosen = list(problem.open_sites)
    away = problem.distance[:, chosen].min(axis=1, initial=np.inf)
    while len(chosen) < problem.sites:
        to_worst = problem.distance[int(away.argmax())].copy()
        to_worst[chosen] = np.inf
        site = int(to_worst.argmin())
        if site in chosen:  # no way to the worst from any that is left
            return _filled(problem, np.zeros(0, np.int64))
        chosen.append(site)
        away = np.minimum(away, problem.distance[:, site])
    return np.sort(chosen).astype(np.int64)
