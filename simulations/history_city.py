"""A city model from what was recorded: its streets, its facilities, and a week or more of responses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from dispatch_core.coverage.expected import marginal_gain
from dispatch_core.errors import InvalidInput
from simulations.city_model import CityModel, Fleet
from simulations.demand import HOURS_OF_WEEK, Demand
from simulations.history import History
from simulations.kernel.arrays import AMBULANCE, Bools, Float64s, Int64s
from simulations.street_table import StreetTable

ROAD_FACTOR = 1.25  # without siren a journey takes so much longer
_STANDARD_S = 480.0
_LONGEST_S = 4 * 3600.0  # longer work at a scene or hospital is a clerk's slip


def read_facilities(path: Path) -> tuple[Float64s, Float64s]:
    """(stations, hospitals) float64[k, 2] lon lat, each place once, from `{"Hospitals": […], …: […]}`."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as broken:
        raise InvalidInput("facilities", f"{path} cannot be read: {broken}") from broken

    def places(rows: list[dict[str, list[float]]]) -> Float64s:
        return np.unique(np.array([[row["Location"][1], row["Location"][0]] for row in rows]), axis=0)

    stations = [row for kind, rows in told.items() if kind != "Hospitals" for row in rows]
    return places(stations), places(told["Hospitals"])


def city_from_history(
    history: History,
    streets: StreetTable,
    stations: Float64s,
    hospitals: Float64s,
    *,
    name: str,
    units: int,
    places: int = 500,
    travel_factor: float = 1.0,
    seed: int = 1,
) -> CityModel:
    """Demand where and when it was, service as long as it was, `units` stationed by expected coverage.

    Where units really stood is seldom recorded: they are placed one after the other where each adds most
    (greedy MEXCLP). The graver of the recorded priorities become 1.
    """  # fmt: skip
    calls = history.where(history.first_of_incident)
    node = streets.nearest(calls.lon, calls.lat)
    known, times = np.unique(node, return_counts=True)
    chosen = np.random.default_rng(seed).choice(
        len(known), size=min(places, len(known)), replace=False, p=times / times.sum()
    )
    s_node = np.unique(streets.nearest(stations[:, 0], stations[:, 1]))
    h_node = np.setdiff1d(streets.nearest(hospitals[:, 0], hospitals[:, 1]), s_node)
    demand_node = np.setdiff1d(known[chosen], np.concatenate([s_node, h_node]))
    at = np.concatenate([s_node, h_node, demand_node])
    weight = np.zeros(len(at))
    weight[len(s_node) + len(h_node) :] = times[np.searchsorted(known, demand_node)]
    siren_s = streets.seconds(at, at) * travel_factor
    base = _stationed(siren_s[: len(s_node)] <= _STANDARD_S, weight, units)
    return CityModel(
        name=name,
        source="responses as recorded; streets and facilities as given",
        time_s=np.stack([siren_s, siren_s * ROAD_FACTOR]).astype(np.float32)[None],
        lon=streets.lon[at],
        lat=streets.lat[at],
        stations=np.arange(len(s_node), dtype=np.int64),
        hospitals=np.arange(len(s_node), len(s_node) + len(h_node), dtype=np.int64),
        demand=_demand(calls, weight),
        fleet=Fleet(kind=np.full(units, AMBULANCE, np.int64), base=base),
    )


def _stationed(reach: Bools, weight: Float64s, units: int) -> Int64s:
    chosen: list[int] = []
    for _ in range(units):
        gain = marginal_gain(reach[chosen], reach, weight, busy=0.5)
        chosen.append(int(gain.argmax()))
    return np.sort(np.array(chosen, np.int64))


def _demand(calls: History, weight: Float64s) -> Demand:
    weeks = (calls.received_s[-1] - calls.received_s[0]) / (7 * 86_400.0)
    hour = (calls.received_s // 3600).astype(np.int64) % 24
    by_hour = np.bincount(hour, minlength=24) / max(weeks, 1 / 7) / 7
    transported = np.isfinite(calls.transporting_s)
    left_s = np.where(transported, calls.transporting_s, calls.available_s)
    graver = calls.priority == calls.priority.max()
    return Demand(
        per_hour=np.tile(by_hour, HOURS_OF_WEEK // 24),
        place_weight=weight,
        priority_share={1: float(graver.mean()), 3: float((~graver).mean())},
        scene_s=_observed(left_s - calls.on_scene_s),
        handover_s=_observed(calls.available_s - calls.at_hospital_s),
        to_hospital=float(transported.mean()),
    )


def _observed(seconds: Float64s) -> Float64s:
    kept: Float64s = np.sort(seconds[np.isfinite(seconds) & (seconds >= 0) & (seconds <= _LONGEST_S)])
    if not len(kept):
        raise InvalidInput("history", "has no complete response to learn durations from")
    return kept
