"""What the tags of a way mean for its street; ways with the same tags mean the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch_core.roads import EdgeFlag
from maps.osm.access import ACCESS_KEYS, Access
from maps.osm.classes import Street, street_of
from maps.osm.limits import limit_kmh
from maps.osm.oneway import ROUNDABOUTS, Oneway, oneway_of, siren_may_oppose

SHUT = -1  # in a column of flags: this direction is no edge
_FLAG_OF = {
    Access.OPEN: 0,
    Access.DESTINATION: int(EdgeFlag.DESTINATION),
    Access.SIREN: int(EdgeFlag.EMERGENCY_ONLY),
    Access.SHUT: SHUT,
}
_ROUNDABOUT, _BRIDGE, _TUNNEL = int(EdgeFlag.ROUNDABOUT), int(EdgeFlag.BRIDGE), int(EdgeFlag.TUNNEL)
_NONE = (None, "no")
_CONDITIONAL = tuple(
    f"{key}:conditional" for key in ("access", "vehicle", "motor_vehicle", "oneway", "maxspeed")
)
_LIMIT_BY_CONTEXT = ("maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic")
_HIGHEST_LAYER = 100
_ODD_LIMIT = "speed limit that is no number (the class's speed stands)"

# All keys that the rules look at; a rule that needs another must name it here, or it will not see it.
KEYS = frozenset(
    (
        "highway", "area", "impassable", "status", "tracktype", "emergency", "psv", "bus", "busway",
        "junction", "bridge", "tunnel", "layer", "maxspeed", "maxspeed:forward", "maxspeed:backward",
        "oneway", "oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway:emergency",
        "oneway:psv", "oneway:bus", *_CONDITIONAL, *_LIMIT_BY_CONTEXT,
        *(f"{key}{side}" for key in ACCESS_KEYS for side in ("", ":forward", ":backward")),
    )
)  # fmt: skip

Tags = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A street's columns, and what an import tells of each such way."""

    road_class: int
    flags_forward: int
    flags_backward: int
    limit_forward_kmh: float
    limit_backward_kmh: float
    level: int
    told: tuple[str, ...] = ()


class Meanings:
    """Reads each set of tags once; `wrong_way` also keeps the direction that a one-way forbids."""

    def __init__(self, *, wrong_way: bool) -> None:
        self._wrong_way = wrong_way
        self._known: dict[tuple[tuple[str, str], ...], Meaning | str] = {}

    def of(self, tags: Tags) -> Meaning | str:
        """The meaning, or the reason why the way is no street."""
        telling = tuple([(key, tags[key]) for key in tags if key in KEYS])
        known = self._known.get(telling)
        if known is None:
            known = self._known[telling] = _read(dict(telling), self._wrong_way)
        return known


def _read(tags: Tags, wrong_way: bool) -> Meaning | str:
    street = street_of(tags, tags["highway"])
    if isinstance(street, str):
        return street
    oneway = oneway_of(tags, tags["highway"])
    if oneway is Oneway.REVERSIBLE:
        return "street whose one-way changes by the hour"
    flags = _structure_flags(tags)
    forward, backward = _directions(street, oneway, tags, wrong_way)
    odd: list[str] = []
    limit_forward_kmh, limit_backward_kmh = _limits(tags, odd)
    return Meaning(
        road_class=street.road_class,
        flags_forward=SHUT if forward == SHUT else forward | flags,
        flags_backward=SHUT if backward == SHUT else backward | flags,
        limit_forward_kmh=limit_forward_kmh,
        limit_backward_kmh=limit_backward_kmh,
        level=_level(tags, flags),
        told=(*odd, *(f"{key} not applied" for key in _CONDITIONAL if key in tags)),
    )


def _directions(street: Street, oneway: Oneway, tags: Tags, wrong_way: bool) -> tuple[int, int]:
    """Flags along the way as drawn and against it."""
    forward, backward = _FLAG_OF[street.access.forward], _FLAG_OF[street.access.backward]
    if oneway is Oneway.FORWARD:
        return forward, _against(forward, tags, wrong_way)
    if oneway is Oneway.BACKWARD:
        return _against(backward, tags, wrong_way), backward
    return forward, backward


def _against(along: int, tags: Tags, wrong_way: bool) -> int:
    """Flags of the direction that the one-way forbids."""
    if siren_may_oppose(tags):
        return int(EdgeFlag.EMERGENCY_ONLY)
    if wrong_way and along != SHUT and tags.get("junction") not in ROUNDABOUTS:
        return along | int(EdgeFlag.WRONG_WAY)
    return SHUT


def _limits(tags: Tags, odd: list[str]) -> tuple[float, float]:
    both = _limit(tags, "maxspeed", odd)
    if math.isnan(both):
        said = next(filter(None, (tags.get(key) for key in _LIMIT_BY_CONTEXT)), "")
        both = limit_kmh(said) if said else math.nan
    forward, backward = _limit(tags, "maxspeed:forward", odd), _limit(tags, "maxspeed:backward", odd)
    return (both if math.isnan(forward) else forward), (both if math.isnan(backward) else backward)


def _limit(tags: Tags, key: str, odd: list[str]) -> float:
    said = tags.get(key)
    if said is None:
        return math.nan
    limit = limit_kmh(said)
    if math.isnan(limit):
        odd.append(_ODD_LIMIT)
    return limit


def _structure_flags(tags: Tags) -> int:
    flags = 0
    if tags.get("junction") in ROUNDABOUTS:
        flags |= _ROUNDABOUT
    if tags.get("bridge") not in _NONE:
        flags |= _BRIDGE
    if tags.get("tunnel") not in _NONE:
        flags |= _TUNNEL
    return flags


def _level(tags: Tags, flags: int) -> int:
    """`layer`, else one up for a bridge and one down for a tunnel (a passage through a house stays)."""
    layer = tags.get("layer")
    if layer is not None and layer.lstrip("-+").isdecimal():
        return max(-_HIGHEST_LAYER, min(_HIGHEST_LAYER, int(layer)))
    if flags & _TUNNEL and tags.get("tunnel") != "building_passage":
        return -1
    return 1 if flags & _BRIDGE else 0
