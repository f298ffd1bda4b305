"""Where a loaded unit goes: the fitting hospital, or the garage that the party chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from dispatch_core.assignment.flow import cheapest_flow
from dispatch_core.assignment.problem import Bools, Float64s
from dispatch_core.errors import InvalidInput
from dispatch_core.ids import PlaceId

_TENTHS = 10


class Ward(StrEnum):
    """What a hospital has; direct pay is a wish, the others may be a must."""

    TRAUMA = "trauma"
    BURNS = "burns"
    PAEDIATRICS = "paediatrics"
    DIRECT_PAY = "direct_pay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """`free_beds` None: not told, taken as enough; `on_diversion` asks to be spared, and may be overruled."""

    id: PlaceId
    name: str
    wards: frozenset[Ward] = frozenset()
    free_beds: int | None = None
    on_diversion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """`weight` is what a second is worth, as for the incident's priority."""

    needs: frozenset[Ward] = frozenset()
    wishes: frozenset[Ward] = frozenset()
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationParams:
    """Seconds of driving that each shortcoming is worth."""

    lacks_needed_s: float = 3600.0
    lacks_wished_s: float = 300.0
    on_diversion_s: float = 1800.0
    full_s: float = 1200.0

    def __post_init__(self) -> None:
        for named in fields(self):
            if not 0 <= getattr(self, named.name) <= 86_400:
                raise InvalidInput(named.name, "must lie between 0 and 86,400 seconds")


class Shortcoming(StrEnum):
    NO_ROAD = "no_road"
    LACKS_NEEDED = "lacks_needed"
    LACKS_WISHED = "lacks_wished"
    ON_DIVERSION = "on_diversion"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedHospital:
    """`cost_s` is its road time and what its shortcomings are worth; inf without a road."""

    hospital: Hospital
    eta_s: float
    cost_s: float
    shortcomings: tuple[Shortcoming, ...]


def weigh_hospitals(
    patient: Patient, hospitals: Sequence[Hospital], *, eta_s: ArrayLike, params: DestinationParams
) -> tuple[WeighedHospital, ...]:
    """Every hospital with its cost, the best first; eta_s float64[h]. Only a missing road rules one out."""
    weighed = [
        _weighed(patient, hospital, float(eta), params)
        for hospital, eta in zip(hospitals, np.asarray(eta_s, np.float64), strict=True)
    ]
    return tuple(sorted(weighed, key=lambda w: (w.cost_s, w.eta_s, w.hospital.id)))


def _weighed(
    patient: Patient, hospital: Hospital, eta_s: float, params: DestinationParams
) -> WeighedHospital:
    lacks = len(patient.needs - hospital.wards)
    misses = len(patient.wishes - hospital.wards)
    price_s = {
        Shortcoming.NO_ROAD: np.inf if np.isinf(eta_s) else 0.0,
        Shortcoming.LACKS_NEEDED: lacks * params.lacks_needed_s,
        Shortcoming.LACKS_WISHED: misses * params.lacks_wished_s,
        Shortcoming.ON_DIVERSION: params.on_diversion_s if hospital.on_diversion else 0.0,
        Shortcoming.FULL: params.full_s if hospital.free_beds == 0 else 0.0,
    }
    return WeighedHospital(
        hospital=hospital,
        eta_s=eta_s,
        cost_s=float(eta_s + sum(price_s.values())),
        shortcomings=tuple(name for name, price in price_s.items() if price),
    )


def choose_hospitals(
    patients: Sequence[Patient], hospitals: Sequence[Hospital], *, eta_s: ArrayLike, params: DestinationParams
) -> tuple[int | None, ...]:
    """The place in `hospitals` for each patient, all together, so that two do not take one last bed.

    eta_s float64[p, h]; None where no hospital has a road. The scene's second leg is the same whichever
    ambulance drives it, so choosing destinations apart from units loses nothing.
    """
    eta = np.asarray(eta_s, np.float64).reshape(len(patients), len(hospitals))
    cost_s = _cost_with_bed(patients, hospitals, eta, params)
    place, extra_s = _beds(hospitals, len(patients), params)
    weight = np.array([patient.weight for patient in patients], np.float64)[:, None]
    each = (cost_s[:, place] + extra_s) * weight
    allowed: Bools = np.isfinite(each)
    cost = np.rint(np.where(allowed, each, 0.0) * _TENTHS).astype(np.int64)
    hold = np.full(len(patients), int(cost.max(initial=0)) * (len(patients) + 1) + 1)
    flow = cheapest_flow(cost, allowed, hold_row=np.arange(len(patients)), hold_cost=hold)
    return tuple(int(place[np.flatnonzero(row)[0]]) if row.any() else None for row in flow.chosen)


def _cost_with_bed(
    patients: Sequence[Patient], hospitals: Sequence[Hospital], eta_s: Float64s, params: DestinationParams
) -> Float64s:
    """float64[p, h]: cost if a bed is free."""
    lacks = [[len(p.needs - h.wards) for h in hospitals] for p in patients]
    misses = [[len(p.wishes - h.wards) for h in hospitals] for p in patients]
    diverted = np.array([h.on_diversion for h in hospitals], np.float64)
    answer: Float64s = eta_s + diverted * params.on_diversion_s
    answer = answer + np.array(lacks, np.float64).reshape(eta_s.shape) * params.lacks_needed_s
    return answer + np.array(misses, np.float64).reshape(eta_s.shape) * params.lacks_wished_s


def _beds(
    hospitals: Sequence[Hospital], patients: int, params: DestinationParams
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Float64s]:
    """(hospital of each place that a patient may take, what the place costs more): beds, then corridors."""
    place: list[int] = []
    extra_s: list[float] = []
    for number, hospital in enumerate(hospitals):
        free = patients if hospital.free_beds is None else min(max(hospital.free_beds, 0), patients)
        place += [number] * patients
        extra_s += [0.0] * free + [params.full_s] * (patients - free)
    return np.array(place, np.int64), np.array(extra_s, np.float64)


def garages_to_offer(garages: Sequence[PlaceId], *, seed: int) -> tuple[PlaceId, ...]:
    """All garages in an order that favours none: the choice is the party's, and nothing is preselected."""
    by_id = sorted(garages)
    return tuple(by_id[k] for k in np.random.default_rng(seed).permutation(len(by_id)))
