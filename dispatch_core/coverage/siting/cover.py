"""One model for MCLP and MEXCLP: units that win Σ weight · g(reached by), g concave; merged and cut down."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverModel:
    """r rows (sets of sites that reach the same demand) by s sites; `units` are still to be placed.

    reach      bool[r, s]; no two rows equal in reach and base
    weight     float64[r]
    base       int64[r]   units that reach the row for certain
    step       float64[k] what one more unit that reaches a row adds, falling to 0
    most       int64[s]   units that a site still takes
    site       int64[s]   its place in the problem
    placed     int64[all] units per site of the problem that are settled
    settled    float      value of demand that no decision can change
    """

    reach: Bools
    weight: Float64s
    base: Int64s
    step: Float64s
    most: Int64s
    site: Int64s
    placed: Int64s
    settled: float
    units: int

    @property
    def grain(self) -> float:
        """No two plans' values differ by less, unless they are equal; 0 if nothing is known."""
        whole = np.isin(self.step, (0.0, 1.0)).all() and (self.weight == np.rint(self.weight)).all()
        if not whole or self.weight.sum() > 2**52:
            return 0.0
        return float(math.gcd(*self.weight.astype(np.int64).tolist())) if len(self.weight) else 1.0

    def lists(self) -> tuple[Int32s, Int32s, Int32s, Int32s]:
        """(site_start, site_row, row_start, row_site): the same table as lists, both ways."""
        by_row = sparse.csr_array(self.reach)
        by_site = by_row.tocsc()
        by_site.sort_indices()
        return (
            by_site.indptr.astype(np.int32), by_site.indices.astype(np.int32),
            by_row.indptr.astype(np.int32), by_row.indices.astype(np.int32),
        )  # fmt: skip

    def whole(self, here: Int64s) -> Int64s:
        """int64[all]: a plan of this model as units per site of the problem."""
        plan = self.placed.copy()
        plan[self.site] += here
        return plan


def cover_model(
    reach: Bools, weight: Float64s, *, step: Float64s, units: int, most: Int64s, least: Int64s
) -> CoverModel:
    """The model of a problem: step float64[units + 2]; least int64[s] stand already, among `units`."""
    model = CoverModel(
        reach=reach,
        weight=weight,
        base=np.zeros(len(weight), np.int64),
        step=step,
        most=most,
        site=np.arange(reach.shape[1]),
        placed=np.zeros(reach.shape[1], np.int64),
        settled=0.0,
        units=units,
    )
    return narrowed(model, least=least, most=most)


def narrowed(model: CoverModel, *, least: Int64s, most: Int64s) -> CoverModel:
    """The model once `least` units are placed for certain and no site takes more than `most`, int64[s]."""
    units = model.units - int(least.sum())
    room = np.minimum(most - least, units)
    open_ = room > 0
    base = model.base + model.reach @ least
    reach = np.ascontiguousarray(model.reach[:, open_])
    value = np.concatenate([[0.0], np.cumsum(model.step)])
    undecided = reach.any(axis=1) & (model.step[base] > 0) & (model.weight > 0)
    settled = float(model.weight[~undecided] @ value[base[~undecided]])
    reach, weight, base = _merged(reach[undecided], model.weight[undecided], base[undecided])
    placed = model.placed.copy()
    placed[model.site] += least
    return CoverModel(
        reach=reach,
        weight=weight,
        base=base,
        step=model.step,
        most=room[open_],
        site=model.site[open_],
        placed=placed,
        settled=model.settled + settled,
        units=units,
    )


def _merged(reach: Bools, weight: Float64s, base: Int64s) -> tuple[Bools, Float64s, Int64s]:
    """Rows that the same sites reach as one, with the sum of their weights."""
    if not len(weight):
        return reach, weight, base
    key = np.column_stack([np.packbits(reach, axis=1), base.astype("<i8").view(np.uint8).reshape(-1, 8)])
    _, first, row = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return (
        reach[first],
        np.bincount(row.ravel(), weight, minlength=len(first)).astype(np.float64),
        base[first],
    )


def without_dominated(model: CoverModel) -> CoverModel:
    """Drops sites whose rows another site reaches too, where that other takes every unit there is to place.

    With room for one unit only, dropping is safe as long as a site is left for every unit: a plan that opens
    a dominated site loses nothing by opening the dominating one, or any other if that is open already.
    """
    single = bool((model.most == 1).all()) and bool((model.step[1:] == 0).all())
    if not single and not (model.most >= model.units).all():
        return model
    reach = model.reach.astype(np.float32)
    size = reach.sum(axis=0)
    inside = (reach.T @ reach) >= size[:, None] - 0.5  # [a, b]: all rows of a are rows of b
    larger = size[None, :] > size[:, None]
    earlier = np.arange(len(size))[None, :] < np.arange(len(size))[:, None]
    dominated = (inside & (larger | ((size[None, :] == size[:, None]) & earlier))).any(axis=1)
    if single:
        spare = max(int((~dominated).sum()), model.units) - int((~dominated).sum())
        dominated[np.flatnonzero(dominated)[np.argsort(-size[dominated], kind="stable")][:spare]] = False
    return narrowed(model, least=np.zeros_like(model.most), most=np.where(dominated, 0, model.most))
