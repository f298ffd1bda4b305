"""Live traffic: close roads and open them again, feed speeds, see what stands."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Query

from api.auth import InService, Operator
from api.schemas import ClosureIn, SpeedsIn
from api.service import Service
from dispatch_core.errors import NotFound
from dispatch_core.ids import ClosureId
from dispatch_core.roads.graph import Int32s, RoadGraph
from dispatch_core.services import traffic, views
from dispatch_core.store import traffic as stored
from dispatch_core.store.traffic import KeptClosure

router = APIRouter(prefix="/v1/traffic", tags=["traffic"])
Json = dict[str, Any]
FARTHEST_M = 100.0
MOST_SPEEDS = 5_000


@router.post("/closures", status_code=201)
def close(body: ClosureIn, service: InService, _: Operator) -> Json:
    """Close roads by edge, by street name or by an area; units on their way are led around at once."""
    with service.uow.begin() as tx:
        kept = traffic.close_roads(tx, service.streets, body.request(), by="operator")
        tx.commit()
    return _feature(service, kept)


@router.get("/closures")
def closures(
    service: InService, _: Operator, all_of_them: Annotated[bool, Query(alias="all")] = False
) -> Json:
    """A GeoJSON feature for each closure that stands; with `all` also those lifted or over, newest first."""
    with service.engine.connect() as connection:
        found = (
            stored.page(connection, limit=500)
            if all_of_them
            else stored.standing(connection, at=service.uow.clock())
        )
    return {"type": "FeatureCollection", "features": [_feature(service, kept) for kept in found]}


@router.delete("/closures/{closure_id}", status_code=204)
def lift(closure_id: UUID, service: InService, _: Operator) -> None:
    """Open the roads again."""
    with service.uow.begin() as tx:
        traffic.lift_closure(tx, ClosureId(closure_id), by="operator")
        tx.commit()


@router.post("/speeds", status_code=202)
def feed(body: SpeedsIn, service: InService, _: Operator) -> Json:
    """What edges are driven at until a time; the newest word on an edge counts."""
    speeds = {one.edge: one.speed_kmh for one in body.speeds}
    with service.uow.begin() as tx:
        traffic.feed_speeds(tx, service.streets, speeds, until=body.until, by="operator")
        tx.commit()
    return {"edges": len(speeds), "until": views.at(body.until)}


@router.get("/speeds")
def speeds(service: InService, _: Operator) -> Json:
    """Streets whose speed now is known, from a feed or from what the fleet drives, as GeoJSON lines.

    At most 5,000, those that differ most from their usual speed.
    """
    edges, kmh = service.traffic.known_kmh(service.uow.clock())
    graph = service.roads.graph
    share = kmh / graph.speed_kmh[edges]
    chosen = np.argsort(-np.abs(np.log(np.maximum(share, 0.01))), kind="stable")[:MOST_SPEEDS]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": int(edges[k]),
                "geometry": {
                    "type": "LineString",
                    "coordinates": np.round(graph.points(int(edges[k])), 6).tolist(),
                },
                "properties": {
                    "name": graph.name(int(edges[k])), "kmh": round(float(kmh[k]), 1),
                    "usual_kmh": round(float(graph.speed_kmh[edges[k]]), 1),
                    "share": round(float(share[k]), 3),
                },
            }
            for k in chosen.tolist()
        ],
    }  # fmt: skip


@router.get("/edges")
def edges_at(
    lon: Annotated[float, Query(ge=-180, le=180)],
    lat: Annotated[float, Query(ge=-90, le=90)],
    service: InService,
    _: Operator,
) -> Json:
    """The street next to a place, for a click on the map: its edges, name and present speed."""
    spot = service.roads.snap(lon, lat, max_distance_m=FARTHEST_M)
    if not spot.found[0]:
        raise NotFound("street", f"within {FARTHEST_M:.0f} m of {lon}, {lat}")
    graph = service.roads.graph
    found = [int(edge) for edge in np.unique(spot.edge[0]) if edge >= 0]
    return {
        "edges": [
            {"edge": edge, "name": graph.name(edge), "ref": graph.ref(edge),
             "usual_kmh": round(float(graph.speed_kmh[edge]), 1)}
            for edge in found
        ],
        "geometry": _lines(graph, np.array(found, np.int32)),
    }  # fmt: skip


def _feature(service: Service, kept: KeptClosure) -> Json:
    here = service.streets.here(kept)
    graph, one = service.roads.graph, kept.closure
    edges = np.zeros(0, np.int32) if here is None else here.closure.edges
    return {
        "type": "Feature",
        "id": str(kept.id),
        "geometry": _lines(graph, edges),
        "properties": {
            "reason": one.reason,
            "asked": kept.asked,
            "edges": edges.tolist(),
            "metres": round(float(graph.length_m[edges].sum())),
            "names": sorted({graph.name(int(e)) for e in edges} - {""}),
            "applies": here is not None and kept.lifted_at is None and one.holds(service.uow.clock()),
            "open_to_siren": one.open_to_siren,
            "begins_at": views.at(one.begins_at),
            "ends_at": views.at(one.ends_at),
            "set_at": views.at(kept.set_at),
            "set_by": kept.set_by,
            "lifted_at": views.at(kept.lifted_at),
            "lifted_by": kept.lifted_by,
        },
    }


def _lines(graph: RoadGraph, edges: Int32s) -> Json:
    """One line for each street; of two directions that are both there only one is drawn."""
    listed = set(edges.tolist())
    drawn = [e for e in listed if int(graph.reverse[e]) not in listed or e < int(graph.reverse[e])]
    lines = [np.round(graph.points(e), 6).tolist() for e in sorted(drawn)]
    return {"type": "MultiLineString", "coordinates": lines}
