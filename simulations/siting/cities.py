"""A city's own question: every place of its model a candidate, demand where accidents happen."""

from __future__ import annotations

import numpy as np

from simulations.city_model import CityModel
from simulations.kernel.arrays import AMBULANCE, Float64s
from simulations.siting.instance import Instance


def instance_of(model: CityModel, *, kind: int = AMBULANCE) -> Instance:
    """Minutes on the road, in the band with most demand, from every place to the places with demand."""
    cells = np.flatnonzero(model.demand.place_weight)
    weight = model.demand.place_weight[cells]
    band = int(model.band[int(np.argmax(model.demand.per_hour))])
    minutes: Float64s = model.time_s[band, kind][:, cells].T.astype(np.float64) / 60.0
    return Instance(
        distance=minutes,
        demand=weight / weight.sum() * 100.0,
        point=tuple(str(place) for place in cells),
        site=tuple(str(place) for place in range(len(model.lon))),
    )
