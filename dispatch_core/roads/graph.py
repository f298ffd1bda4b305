"""The road network as immutable arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import Box

Float64s = NDArray[np.float64]
Float32s = NDArray[np.float32]
Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]
UInt8s = NDArray[np.uint8]

# Index = code stored in `RoadGraph.road_class`; the values of OSM's `highway` that a motor vehicle may use.
ROAD_CLASSES: tuple[str, ...] = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street",
    "service", "road", "busway", "track",
)  # fmt: skip


class EdgeFlag(IntFlag):
    """Facts of one directed edge that decide who may use it; stored as uint8."""

    ROUNDABOUT = 1
    EMERGENCY_ONLY = 2  # shut to ordinary vehicles, open under siren (OSM emergency=yes, bus lane, bollard)
    DESTINATION = 4  # access=destination or private: reachable, never a through road
    BRIDGE = 8
    TUNNEL = 16
    WRONG_WAY = 32  # against a one-way street: nobody but a unit under siren, and only if its mode allows


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRestrictions:
    """Forbidden manoeuvres, each a run of consecutive edges that must not be driven in this order.

    `first` int64[k+1] and `edges` int32[first[k]] in CSR form: restriction i is
    `edges[first[i]:first[i+1]]`, two edges for a via-node restriction, more for via ways. Mandatory turns
    (only_*) are stored as the bans that they imply. `siren_exempt` bool[k]: a unit under siren may pass
    (OSM `except=emergency`, or any plain prohibition where the region's policy says so).
    """

    first: Int64s
    edges: Int32s
    siren_exempt: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.siren_exempt)

    @classmethod
    def none(cls) -> TurnRestrictions:
        return cls(
            first=np.zeros(1, np.int64), edges=np.zeros(0, np.int32), siren_exempt=np.zeros(0, np.bool_)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadGraph:
    """A directed, strongly connected road network; n junctions, m directed edges, WGS-84.

    A two-way street is two edges, each naming the other in `reverse`. Geometry of edge e runs from its
    tail to its head: `geometry[geometry_first[e]:geometry_first[e+1]]`, at least two points, ends included.

    node_lon, node_lat  float64[n]   degrees
    node_signal         bool[n]      traffic signals at the junction
    tail, head          int32[m]     junctions
    length_m            float64[m]   metres along the geometry, > 0
    speed_kmh           float32[m]   free-flow speed of an ordinary vehicle, > 0
    road_class          uint8[m]     index into ROAD_CLASSES
    flags               uint8[m]     EdgeFlag
    level               int8[m]      OSM layer: tells a flyover from the street below it
    way_id              int64[m]     OSM way (or the source's link id)
    reverse             int32[m]     the opposite edge of the same street, -1 if one-way
    name_id, ref_id     int32[m]     index into `names`; 0 is the empty string
    names               tuple[str, ...]
    """

    node_lon: Float64s
    node_lat: Float64s
    node_signal: NDArray[np.bool_]
    tail: Int32s
    head: Int32s
    length_m: Float64s
    speed_kmh: Float32s
    road_class: UInt8s
    flags: UInt8s
    level: NDArray[np.int8]
    way_id: Int64s
    reverse: Int32s
    name_id: Int32s
    ref_id: Int32s
    geometry_first: Int64s
    geometry: Float64s  # float64[p, 2], lon lat
    names: tuple[str, ...] = ("",)
    restrictions: TurnRestrictions = field(default_factory=TurnRestrictions.none)

    @property
    def node_count(self) -> int:
        return len(self.node_lon)

    @property
    def edge_count(self) -> int:
        return len(self.tail)

    @property
    def box(self) -> Box:
        """The extent of the junctions."""
        return Box(
            west=float(self.node_lon.min()),
            south=float(self.node_lat.min()),
            east=float(self.node_lon.max()),
            north=float(self.node_lat.max()),
        )

    def points(self, edge: int) -> Float64s:
        """float64[k, 2]: the geometry of one edge, lon lat, tail to head."""
        return self.geometry[self.geometry_first[edge] : self.geometry_first[edge + 1]]

    def name(self, edge: int) -> str:
        return self.names[int(self.name_id[edge])]

    def ref(self, edge: int) -> str:
        return self.names[int(self.ref_id[edge])]

    def __post_init__(self) -> None:
        n, m = len(self.node_lon), len(self.tail)
        if m == 0:
            raise InvalidInput("road graph", "has no edges")
        for name in ("head", "length_m", "speed_kmh", "road_class", "flags", "level", "way_id", "reverse",
                     "name_id", "ref_id"):  # fmt: skip
            if len(getattr(self, name)) != m:
                raise InvalidInput(name, f"has {len(getattr(self, name))} values for {m} edges")
        if len(self.geometry_first) != m + 1 or self.geometry_first[-1] != len(self.geometry):
            raise InvalidInput("geometry_first", "does not frame the geometry")
        if min(self.tail.min(), self.head.min()) < 0 or max(self.tail.max(), self.head.max()) >= n:
            raise InvalidInput("tail, head", f"name junctions outside 0…{n - 1}")
        if not (np.all(self.length_m > 0) and np.all(self.speed_kmh > 0)):
            raise InvalidInput("length_m, speed_kmh", "must be positive on every edge")
