"""Roads closed and opened again, and speeds from a feed: kept, and told to every process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import shapely
from shapely.errors import ShapelyError

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.ids import ClosureId
from dispatch_core.roads.closures import Closure, edges_listed, edges_named, edges_touching
from dispatch_core.roads.graph import Int32s, RoadGraph
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import traffic
from dispatch_core.store.traffic import KeptClosure

FASTEST_KMH = 200.0
LARGEST_FEED = 100_000  # speeds at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRequest:
    """One of `edges`, `name` and `polygon` (GeoJSON geometry, WGS-84); `reason` is what crews read."""

    edges: tuple[int, ...] = ()
    name: str = ""
    polygon: Mapping[str, Any] | None = None
    both_directions: bool = True
    reason: str
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    open_to_siren: bool = False

    def asked(self) -> dict[str, Any]:
        """What was asked, as it is kept."""
        if self.polygon is not None:
            return {"polygon": dict(self.polygon)}
        if self.name:
            return {"name": self.name}
        return {"edges": list(self.edges), "both_directions": self.both_directions}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetMap:
    """The edges that a process knows, and the name of their file: edges of another file mean nothing here."""

    graph: RoadGraph
    region: str
    _resolved: dict[str, KeptClosure] = field(default_factory=dict)

    def here(self, kept: KeptClosure) -> KeptClosure | None:
        """The closure in this file's edges; None if it lists edges of a file that was rebuilt since."""
        if kept.region == self.region:
            return kept
        if "edges" in kept.asked:
            return None
        known = self._resolved.get(str(kept.id))
        if known is None:
            try:
                known = _with_edges(kept, resolved(self.graph, _said_again(kept)))
            except InvalidInput:  # the street or the ground is not in the new file
                return None
            self._resolved[str(kept.id)] = known
        return known


def _said_again(kept: KeptClosure) -> ClosureRequest:
    return ClosureRequest(
        name=kept.asked.get("name", ""), polygon=kept.asked.get("polygon"), reason=kept.closure.reason
    )


def _with_edges(kept: KeptClosure, edges: Int32s) -> KeptClosure:
    one = kept.closure
    return KeptClosure(
        id=kept.id, region=kept.region, asked=kept.asked, set_at=kept.set_at, set_by=kept.set_by,
        closure=Closure(
            id=one.id, edges=edges, begins_at=one.begins_at, ends_at=one.ends_at, reason=one.reason,
            open_to_siren=one.open_to_siren,
        ),
    )  # fmt: skip


def resolved(graph: RoadGraph, request: ClosureRequest) -> Int32s:
    """int32[k] the edges meant; InvalidInput if none is, or more than one way of naming them was used."""
    if sum((bool(request.edges), bool(request.name), request.polygon is not None)) != 1:
        raise InvalidInput("edges, name, polygon", "give exactly one of them")
    if request.polygon is not None:
        return edges_touching(graph, _shape(request.polygon))
    if request.name:
        found = edges_named(graph, request.name)
        if not len(found):
            raise InvalidInput("name", f"no street here is called {request.name}")
        return found
    return edges_listed(graph, request.edges, both_directions=request.both_directions)


def _shape(polygon: Mapping[str, Any]) -> shapely.Polygon | shapely.MultiPolygon:
    try:
        shape = shapely.geometry.shape(dict(polygon))
    except (ShapelyError, ValueError, KeyError, TypeError, AttributeError, IndexError) as broken:
        raise InvalidInput("polygon", f"is no GeoJSON geometry: {broken}") from broken
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        raise InvalidInput("polygon", f"is a {shape.geom_type}; draw an area")
    west, south, east, north = shape.bounds if not shape.is_empty else (0.0, 0.0, 0.0, 0.0)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput("polygon", "lies beyond the earth; longitude comes first, in degrees")
    return shape


def close_roads(tx: Transaction, streets: StreetMap, request: ClosureRequest, *, by: str) -> KeptClosure:
    """Keeps the closure and tells of it; InvalidInput if it touches no road. Does not commit."""
    if not request.reason.strip():
        raise InvalidInput("reason", "say why the road is closed: crews read it")
    edges = resolved(streets.graph, request)
    closure_id = ClosureId(tx.new_id())
    kept = KeptClosure(
        id=closure_id, region=streets.region, asked=request.asked(), set_at=tx.now, set_by=by,
        closure=Closure(
            id=str(closure_id), edges=edges, begins_at=request.begins_at or tx.now, ends_at=request.ends_at,
            reason=request.reason, open_to_siren=request.open_to_siren,
        ),
    )  # fmt: skip
    if kept.closure.ends_at is not None and kept.closure.ends_at <= tx.now:
        raise InvalidInput("ends_at", "is over already")
    traffic.add(tx.connection, kept)
    tx.record("traffic", "closed", closure_id, reason=request.reason, edges=len(edges), by=by)
    return kept


def lift_closure(tx: Transaction, closure_id: ClosureId, *, by: str) -> None:
    """Opens the roads again; Conflict if somebody did already. Does not commit."""
    kept = traffic.get(tx.connection, closure_id, for_update=True)
    if kept.lifted_at is not None:
        raise Conflict("this closure was lifted already", code="closure-lifted")
    traffic.lift(tx.connection, closure_id, at=tx.now, by=by)
    tx.record("traffic", "lifted", closure_id, reason=kept.closure.reason, by=by)


def feed_speeds(
    tx: Transaction, streets: StreetMap, speeds: Mapping[int, float], *, until: datetime, by: str
) -> None:
    """Keeps a feed's speeds (edge → km/h) until a time; InvalidInput says which is wrong. Does not commit."""
    if not 0 < len(speeds) <= LARGEST_FEED:
        raise InvalidInput("speeds", f"send 1 to {LARGEST_FEED:,} at a time")
    if until <= tx.now:
        raise InvalidInput("until", "is over already")
    for edge, kmh in speeds.items():
        if not 0 <= edge < streets.graph.edge_count:
            raise InvalidInput("edge", f"{edge}: the region has edges 0 to {streets.graph.edge_count - 1}")
        if not 0 < kmh <= FASTEST_KMH:
            raise InvalidInput("speed_kmh", f"{kmh} on edge {edge}; close a road instead of feeding 0")
    traffic.forget_old_feed(tx.connection, at=tx.now)
    traffic.feed(tx.connection, streets.region, speeds.items(), until=until)
    tx.record("traffic", "fed", tx.new_id(), edges=len(speeds), by=by)
