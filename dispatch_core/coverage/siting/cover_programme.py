"""A cover model as linear and integer programmes: for bounds that ascent does not reach, and for the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from dispatch_core.coverage.siting.cover import CoverModel
from dispatch_core.coverage.siting.cover_search import Found, improved
from dispatch_core.coverage.siting.programme import Programme, maximised

Int64s = NDArray[np.int64]


def levels(model: CoverModel) -> Int64s:
    """int64[r]: how many more units can add to a row."""
    worth = int(np.count_nonzero(model.step > 0))
    return np.minimum(np.minimum(worth - model.base, model.units), model.reach @ model.most)


def programme_of(model: CoverModel) -> Programme:
    """Variables: units per site, then for each row one per level, 0 to 1; the last row counts the units.

    Concave g fills the lower levels first, so that only the sites need be whole.
    """
    sites, rows = len(model.most), len(model.weight)
    many = levels(model)
    row = np.repeat(np.arange(rows), many)
    level = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many) + model.base[row]
    fill = sparse.csr_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=(rows, len(row)))
    reached = sparse.csr_array(model.reach.astype(np.float64))
    count = sparse.csr_array(np.concatenate([np.ones(sites), np.zeros(len(row))])[None, :])
    return Programme(
        gain=np.concatenate([np.zeros(sites), model.weight[row] * model.step[level]]),
        table=sparse.csr_array(sparse.vstack([sparse.hstack([-reached, fill]), count])),
        row_lower=np.append(np.full(rows, -np.inf), model.units),
        row_upper=np.append(np.zeros(rows), model.units),
        lower=np.zeros(sites + len(row)),
        upper=np.concatenate([model.most, np.ones(len(row))]),
        whole=np.arange(sites + len(row)) < sites,
    )


def solved(model: CoverModel, found: Found, *, wall_s: float, wanted_gap: float) -> Found:
    """The end by branch and bound. A row that asks for more than `found` would slow each relaxation."""
    answer = maximised(programme_of(model), wall_s=wall_s, gap=wanted_gap, is_bound_tight=True)
    if answer.x is not None:
        found = improved(model, found, np.rint(answer.x[: len(model.most)]).astype(np.int64))
    return found.bounded_by(answer.bound + model.settled)
