"""Looking things up at the desk: search, the shift's log, and how the city stood at a time."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from pydantic import Field

from api.auth import InService, Operator
from api.routes.addresses import known_posts
from api.schemas import Instant, Model
from api.service import Service
from dispatch_core.roads.addressing import locate, parse
from dispatch_core.roads.graph import RoadGraph
from dispatch_core.services import views
from dispatch_core.store import incidents, looking_up, places, units

router = APIRouter(prefix="/v1", tags=["desk"])
Json = dict[str, Any]
OF_EACH = 6


class Remark(StrEnum):
    """What an operator may write into the log."""

    NOTE = "note"
    ALERTS_MUTED = "alerts_muted"
    ALERTS_UNMUTED = "alerts_unmuted"


class RemarkIn(Model):
    kind: Remark
    text: Annotated[str, Field(max_length=1000)] = ""


@router.get("/search")
def search(q: Annotated[str, Query(min_length=2, max_length=100)], service: InService, _: Operator) -> Json:
    """By plate, telephone number, call sign, address, place, street, or kilometre post."""
    words = q.strip()
    with service.engine.connect() as connection:
        known = incidents.by_ids(connection, looking_up.incidents_about(connection, words, limit=OF_EACH))
        found = [
            _result("incident", i.id, f"#{i.number}", i.address, i.place.lon, i.place.lat) | {
                "incident_kind": i.kind.value, "status": i.status.value,
                "reported_at": views.at(i.reported_at),
            }
            for i in known
        ]  # fmt: skip
        fleet = [one for one in units.all_units(connection) if _holds(words, one.call_sign, one.plate)]
        where = {v["id"]: v["position"] for v in views.unit_views(
            connection, [one.id for one in fleet[:OF_EACH]], now=service.uow.clock())}  # fmt: skip
        for one in fleet[:OF_EACH]:
            at = where[str(one.id)] or {"lon": None, "lat": None}
            found.append(_result("unit", one.id, one.call_sign, one.plate, at["lon"], at["lat"]))
        named = [one for one in places.all_places(connection, None) if _holds(words, one.name)]
        found += [
            _result("place", p.id, p.name, p.kind.value, p.place.lon, p.place.lat) for p in named[:OF_EACH]
        ]
    return {"results": [*_post(service, words), *found, *_streets(service.roads.graph, words)]}


def _holds(words: str, *texts: str) -> bool:
    return any(words.lower() in text.lower() for text in texts)


def _result(kind: str, ident: Any, title: str, detail: str, lon: float | None, lat: float | None) -> Json:
    return {"kind": kind, "id": str(ident), "title": title, "detail": detail, "lon": lon, "lat": lat}


def _post(service: Service, words: str) -> list[Json]:
    address = parse(words)
    if address is None:
        return []
    found = locate(service.roads.graph, known_posts(service), address)
    if found is None:
        return []
    street = service.roads.graph.name(found.edge)
    return [_result("post", found.edge, words, street, round(found.place.lon, 6), round(found.place.lat, 6))]


def _streets(graph: RoadGraph, words: str) -> list[Json]:
    named = [n for n, name in enumerate(graph.names) if name and words.lower() in name.lower()]
    told = []
    for name_id in sorted(named, key=lambda n: (len(graph.names[n]), graph.names[n]))[:OF_EACH]:
        lon, lat = _middle_of(graph, name_id)
        if lon is not None:
            told.append(_result("street", name_id, graph.names[name_id], "", lon, lat))
    return told


def _middle_of(graph: RoadGraph, name_id: int) -> tuple[float | None, float | None]:
    """The middle of the middle edge of that name or number."""
    edges = np.flatnonzero((graph.name_id == name_id) | (graph.ref_id == name_id))
    if not len(edges):
        return None, None
    line = graph.points(int(edges[len(edges) // 2]))
    lon, lat = line[len(line) // 2]
    return round(float(lon), 6), round(float(lat), 6)


@router.get("/shift-log")
def read_log(
    service: InService, _: Operator, before: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Json:  # fmt: skip
    """What happened and who did it, newest first, as far back as facts are kept."""
    with service.engine.connect() as connection:
        rows = looking_up.log(connection, before=before, limit=limit)
        fleet = units.all_units(connection, with_retired=True)
        signs = {str(one.id): one.call_sign for one in fleet}
    return {
        "entries": [
            {
                "seq": row.seq, "at": views.at(row.at), "what": f"{row.topic}.{row.kind}",
                "subject_id": str(row.subject_id),
                "call_sign": signs.get(str(row.facts.get("unit_id") or row.subject_id)), "facts": row.facts,
            }
            for row in rows
        ]
    }  # fmt: skip


@router.post("/shift-log", status_code=201)
def write_log(body: RemarkIn, service: InService, _: Operator) -> Json:
    """A remark of the operator's, or that the alerts of a desk were muted or sound again."""
    with service.uow.begin() as tx:
        remark_id = tx.new_id()
        tx.record("desk", body.kind.value, remark_id, text=body.text, by="operator")
        tx.commit()
    return {"id": str(remark_id)}


@router.get("/past")
def past(at: Instant, service: InService, _: Operator) -> Json:
    """How the city stood at a time of the days that are kept: units, what they did, open accidents."""
    with service.engine.connect() as connection:
        moved = looking_up.positions_at(connection, at)
        errands = looking_up.errands_at(connection, at)
        known = incidents.by_ids(connection, looking_up.incidents_at(connection, at))
    return {
        "at": views.at(at),
        "units": [
            {
                "id": str(r.id), "call_sign": r.call_sign, "kind": r.kind, "lon": r.lon, "lat": r.lat,
                "heading_deg": r.heading_deg, "speed_kmh": r.speed_kmh, "fixed_at": views.at(r.fixed_at),
                "doing": None if r.id not in errands else errands[r.id][2],
                "incident_id": None if r.id not in errands else str(errands[r.id][1]),
            }
            for r in moved
        ],
        "incidents": [
            {
                "id": str(i.id), "number": i.number, "kind": i.kind.value, "priority": i.priority,
                "lon": i.place.lon, "lat": i.place.lat, "address": i.address,
                "reported_at": views.at(i.reported_at),
            }
            for i in known
        ],
    }  # fmt: skip
