"""`maxspeed` as OpenStreetMap writes it, in km/h."""

from __future__ import annotations

import math
import re

KMH_PER_MPH = 1.609344
KMH_PER_KNOT = 1.852
WALK_KMH = 7.0
UNLIMITED_KMH = 150.0
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots?)?", re.ASCII)
_UNIT = {"mph": KMH_PER_MPH, "knot": KMH_PER_KNOT, "knots": KMH_PER_KNOT}
# What a country's sign-less default means; the part after the colon decides unless the pair has its own.
_CONTEXT_KMH = {
    "urban": 50.0,
    "rural": 90.0,
    "trunk": 100.0,
    "expressway": 100.0,
    "motorway": 120.0,
    "living_street": WALK_KMH,
    "school": 30.0,
    "bicycle_road": 30.0,
    "pedestrian_zone": WALK_KMH,
    "nsl_restricted": 30 * KMH_PER_MPH,
    "nsl_single": 60 * KMH_PER_MPH,
    "nsl_dual": 70 * KMH_PER_MPH,
}
_COUNTRY_KMH = {
    "CN:urban": 50.0,
    "CN:rural": 70.0,
    "DE:rural": 100.0,
    "DE:motorway": UNLIMITED_KMH,
    "AT:rural": 100.0,
    "AT:motorway": 130.0,
    "FR:rural": 80.0,
    "FR:motorway": 130.0,
    "IT:motorway": 130.0,
    "GB:motorway": 70 * KMH_PER_MPH,
    "RU:urban": 60.0,
    "RU:living_street": 20.0,
    "UA:living_street": 20.0,
    "FR:living_street": 20.0,
    "CH:rural": 80.0,
    "CH:living_street": 20.0,
}


def limit_kmh(text: str) -> float:
    """NaN where the text is not understood or names no number (`signals`, `variable`).

    Of several values (`50;30`) the lowest counts.
    """
    limits = [_one(part.strip()) for part in text.split(";")]
    known = [limit for limit in limits if not math.isnan(limit)]
    return min(known, default=math.nan)


def _one(text: str) -> float:
    if text == "none":
        return UNLIMITED_KMH
    if text == "walk":
        return WALK_KMH
    number = _NUMBER.fullmatch(text)
    if number:
        kmh = float(number[1]) * _UNIT.get(number[2] or "", 1.0)
        return kmh if kmh > 0 else math.nan
    return _by_context(text)


def _by_context(text: str) -> float:
    """`DE:urban`, `DE:30`, `DE:zone30`, `DE:zone:30`, `GB:nsl_single`, `GB:30 mph`."""
    country, colon, context = text.partition(":")
    if not colon or len(country) != 2:
        return math.nan
    context = context.removeprefix("zone").removeprefix(":")
    if context[:1].isdigit():
        return _one(context)
    return _COUNTRY_KMH.get(f"{country}:{context}", _CONTEXT_KMH.get(context, math.nan))
