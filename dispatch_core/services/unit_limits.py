"""Jurisdictions and vehicle limits as supervisors set them: hard limits of every decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError

from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.unit import Unit
from dispatch_core.incidents import Incident, IncidentKind
from dispatch_core.roads.graph import Float64s

_NAMES = ("districts", "serves", "tows_at_most_kg", "weighs_kg")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLimits:
    """Where units may be sent, and how much they can tow; empty: everywhere, and everything.

    districts        GeoJSON (Multi)Polygons by name; where two overlap the first name of the alphabet
    serves           districts by call sign or agency, the call sign first; who is not named serves all
    tows_at_most_kg  by call sign
    weighs_kg        the heaviest vehicle to be towed from an incident, by its kind
    """

    districts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    serves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tows_at_most_kg: Mapping[str, float] = field(default_factory=dict)
    weighs_kg: Mapping[IncidentKind, float] = field(default_factory=dict)

    def districts_at(self, lon: Float64s, lat: Float64s) -> list[str | None]:
        """The district of each place, None outside all of them."""
        found: list[str | None] = [None] * len(lon)
        for name, shape in sorted(self.districts.items(), reverse=True, key=lambda one: one[0]):
            inside = shapely.intersects_xy(shapely.geometry.shape(dict(shape)), lon, lat)
            for place in np.flatnonzero(inside).tolist():
                found[place] = name
        return found

    def district_of(self, incident: Incident) -> str | None:
        place = incident.place
        return self.districts_at(np.array([place.lon]), np.array([place.lat]))[0] if self.districts else None

    def served_by(self, unit: Unit) -> frozenset[str] | None:
        """None for a unit that serves all."""
        named = self.serves.get(unit.call_sign, self.serves.get(unit.agency))
        return None if named is None else frozenset(named)

    def record(self) -> dict[str, Any]:
        return {
            "districts": {name: dict(shape) for name, shape in self.districts.items()},
            "serves": {name: list(named) for name, named in self.serves.items()},
            "tows_at_most_kg": dict(self.tows_at_most_kg),
            "weighs_kg": {kind.value: kg for kind, kg in self.weighs_kg.items()},
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> UnitLimits:
        """InvalidInput for a shape that is no area, an unknown district, a mass that is none."""
        strange = set(record) - set(_NAMES)
        if strange:
            raise InvalidInput("limits", f"knows no {', '.join(sorted(strange))}")
        districts = {str(name): _area(name, shape) for name, shape in record.get("districts", {}).items()}
        serves = {name: _known(named, districts) for name, named in record.get("serves", {}).items()}
        weighs = record.get("weighs_kg", {}).items()
        return cls(
            districts=districts,
            serves=serves,
            tows_at_most_kg={n: _mass(n, kg) for n, kg in record.get("tows_at_most_kg", {}).items()},
            weighs_kg={IncidentKind(kind): _mass(kind, kg) for kind, kg in weighs},
        )


def _area(name: str, shape: Any) -> Mapping[str, Any]:
    try:
        area = shapely.geometry.shape(shape)
    except (ShapelyError, TypeError, ValueError, KeyError, AttributeError, IndexError) as wrong:
        raise InvalidInput(f"districts.{name}", f"is no GeoJSON geometry: {wrong}") from wrong
    if not isinstance(area, shapely.Polygon | shapely.MultiPolygon) or area.is_empty or not area.is_valid:
        raise InvalidInput(
            f"districts.{name}", "must be a Polygon or MultiPolygon that does not cross itself"
        )
    return dict(shape)


def _known(named: Sequence[str], districts: Mapping[str, Any]) -> tuple[str, ...]:
    if isinstance(named, str):
        raise InvalidInput("serves", "names a list of districts")
    strange = [name for name in named if name not in districts]
    if strange:
        raise InvalidInput("serves", f"names no district: {', '.join(map(str, strange))}")
    return tuple(named)


def _mass(name: str, kg: Any) -> float:
    if isinstance(kg, bool) or not isinstance(kg, int | float) or not isfinite(kg) or kg < 0:
        raise InvalidInput(name, "must be a mass in kg")
    return float(kg)
