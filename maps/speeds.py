"""Free-flow speeds where the map says nothing, and what `maxspeed` means where it does."""

from __future__ import annotations

import re

# km/h actually driven on a free road of the class, junctions apart (those cost in `TurnParams`).
DEFAULT_SPEED_KMH: dict[str, float] = {
    "motorway": 105, "motorway_link": 60, "trunk": 85, "trunk_link": 50, "primary": 60, "primary_link": 45,
    "secondary": 52, "secondary_link": 40, "tertiary": 42, "tertiary_link": 35, "unclassified": 35,
    "residential": 28, "living_street": 10, "service": 15, "road": 30, "busway": 40, "track": 12,
}  # fmt: skip

DRIVEN_SHARE = 0.9  # of the limit, on a free road

_WORDS_KMH: dict[str, float] = {
    "none": 130, "signals": 80, "walk": 7, "urban": 50, "rural": 90, "trunk": 110, "motorway": 120,
    "living_street": 10, "bicycle_road": 30, "zone30": 30, "zone:30": 30, "zone20": 20, "zone:20": 20,
}  # fmt: skip
_NATIONAL_KMH: dict[str, float] = {
    "de:urban": 50, "de:rural": 100, "de:motorway": 130, "gb:nsl_single": 96, "gb:nsl_dual": 112,
    "gb:motorway": 112, "fr:rural": 80, "fr:urban": 50, "it:rural": 90, "cn:urban": 50, "cn:rural": 70,
    "cn:motorway": 120, "cn:expressway": 100, "mt:urban": 50, "mt:rural": 80, "us:urban": 40,
}  # fmt: skip
_NUMBER = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")


def maxspeed_kmh(text: str) -> float | None:
    """The limit in km/h that an OSM `maxspeed` states; None if it states none that can be read."""
    value = text.strip().lower()
    found = _NUMBER.match(value)
    if found is not None:
        factor = {"mph": 1.609344, "knots": 1.852}.get(found[2] or "", 1.0)
        limit = float(found[1]) * factor
        return limit if 3 <= limit <= 160 else None
    if value in _NATIONAL_KMH:
        return _NATIONAL_KMH[value]
    return _WORDS_KMH.get(value.split(":", 1)[-1]) or _WORDS_KMH.get(value)
