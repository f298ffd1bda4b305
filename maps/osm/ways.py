"""Streets read from the file as columns: the one pass in which Python sees every object."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from dispatch_core.roads import EdgeFlag
from maps.dropped import Dropped
from maps.names import NameTable
from maps.osm.access import Access, Tags
from maps.osm.classes import Street, street_of
from maps.osm.limits import limit_kmh
from maps.osm.oneway import ROUNDABOUTS, Oneway, oneway_of, siren_may_oppose

SHUT = -1  # in a column of flags: this direction is no edge
_NOWHERE = 2**31 - 1  # how osmium writes the place of a node that the file lacks
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


class NodeOfWay(Protocol):
    ref: int

    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...


@dataclass(slots=True, kw_only=True)
class WayTable:
    """Columns over ways, and over their nodes laid end to end; x, y in 1e-7 degrees."""

    way_id: array[int] = field(default_factory=lambda: array("q"))
    road_class: array[int] = field(default_factory=lambda: array("B"))
    flags_forward: array[int] = field(default_factory=lambda: array("h"))
    flags_backward: array[int] = field(default_factory=lambda: array("h"))
    limit_forward_kmh: array[float] = field(default_factory=lambda: array("f"))
    limit_backward_kmh: array[float] = field(default_factory=lambda: array("f"))
    level: array[int] = field(default_factory=lambda: array("b"))
    name_id: array[int] = field(default_factory=lambda: array("i"))
    ref_id: array[int] = field(default_factory=lambda: array("i"))
    node_count: array[int] = field(default_factory=lambda: array("q"))
    node_ref: array[int] = field(default_factory=lambda: array("q"))
    x: array[int] = field(default_factory=lambda: array("i"))
    y: array[int] = field(default_factory=lambda: array("i"))
    names: NameTable = field(default_factory=NameTable)


class WayReader:
    """Takes one way after the other; `wrong_way` also keeps the direction that a one-way street forbids."""

    def __init__(self, dropped: Dropped, *, wrong_way: bool) -> None:
        self.table = WayTable()
        self._dropped = dropped
        self._wrong_way = wrong_way

    def read(self, way_id: int, highway: str, tags: Tags, nodes: list[NodeOfWay]) -> None:
        """Add the way as one row, or as several where the file lacks nodes of it."""
        street = street_of(tags, highway)
        if isinstance(street, str):
            self._dropped.count(street)
            return
        oneway = oneway_of(tags, highway)
        if oneway is Oneway.REVERSIBLE:
            self._dropped.count("street whose one-way changes by the hour")
            return
        self._count_conditions(tags)
        for stretch in self._within_file(nodes):
            self._add(way_id, street, oneway, tags, stretch)

    def _within_file(self, nodes: list[NodeOfWay]) -> Iterator[list[tuple[int, int, int]]]:
        """Runs of two or more known nodes (ref, x, y); a node repeated at once is one."""
        stretch: list[tuple[int, int, int]] = []
        cut = False
        for node in nodes:
            ref, x = node.ref, node.x
            if x == _NOWHERE:
                cut = True
                if len(stretch) > 1:
                    yield stretch
                stretch = []
            elif not stretch or stretch[-1][0] != ref:
                stretch.append((ref, x, node.y))
        self._dropped.count("street cut where the file lacks its nodes", int(cut))
        if len(stretch) > 1:
            yield stretch

    def _add(
        self, way_id: int, street: Street, oneway: Oneway, tags: Tags, nodes: list[tuple[int, int, int]]
    ) -> None:
        table = self.table
        flags = _structure_flags(tags)
        forward, backward = self._directions(street, oneway, tags)
        table.way_id.append(way_id)
        table.road_class.append(street.road_class)
        table.flags_forward.append(SHUT if forward == SHUT else forward | flags)
        table.flags_backward.append(SHUT if backward == SHUT else backward | flags)
        limit_forward_kmh, limit_backward_kmh = self._limits(tags)
        table.limit_forward_kmh.append(limit_forward_kmh)
        table.limit_backward_kmh.append(limit_backward_kmh)
        table.level.append(_level(tags, flags))
        table.name_id.append(table.names.number(tags.get("name") or ""))
        table.ref_id.append(table.names.number(tags.get("ref") or ""))
        table.node_count.append(len(nodes))
        for column, values in zip((table.node_ref, table.x, table.y), zip(*nodes, strict=True), strict=True):
            column.extend(values)

    def _directions(self, street: Street, oneway: Oneway, tags: Tags) -> tuple[int, int]:
        """Flags along the way as drawn and against it."""
        forward, backward = _FLAG_OF[street.access.forward], _FLAG_OF[street.access.backward]
        if oneway is Oneway.FORWARD:
            return forward, self._against(forward, tags)
        if oneway is Oneway.BACKWARD:
            return self._against(backward, tags), backward
        return forward, backward

    def _against(self, along: int, tags: Tags) -> int:
        """Flags of the direction that the one-way forbids."""
        if siren_may_oppose(tags):
            return int(EdgeFlag.EMERGENCY_ONLY)
        if self._wrong_way and along != SHUT and tags.get("junction") not in ROUNDABOUTS:
            return along | int(EdgeFlag.WRONG_WAY)
        return SHUT

    def _limits(self, tags: Tags) -> tuple[float, float]:
        both = self._limit(tags, "maxspeed")
        if math.isnan(both):
            said = next(filter(None, (tags.get(key) for key in _LIMIT_BY_CONTEXT)), "")
            both = limit_kmh(said) if said else math.nan
        forward, backward = self._limit(tags, "maxspeed:forward"), self._limit(tags, "maxspeed:backward")
        return (both if math.isnan(forward) else forward), (both if math.isnan(backward) else backward)

    def _limit(self, tags: Tags, key: str) -> float:
        said = tags.get(key)
        if said is None:
            return math.nan
        limit = limit_kmh(said)
        self._dropped.count(
            "speed limit that is no number (the class's speed stands)", int(math.isnan(limit))
        )
        return limit

    def _count_conditions(self, tags: Tags) -> None:
        for key in _CONDITIONAL:
            if tags.get(key) is not None:
                self._dropped.count(f"{key} not applied")


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
