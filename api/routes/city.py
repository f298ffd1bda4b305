"""The region, its tiles, the drill and the health of the service."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.auth import InService, Operator
from api.problem import MEANINGS
from api.schemas import DrillIn
from dispatch_core.errors import NotFound
from dispatch_core.store import settings as stored
from maps.tiles import Tiles

router = APIRouter(tags=["service"])
Json = dict[str, Any]
DRILL_LEASE_S = 60.0
SILENT_S = 30.0


@router.get("/health")
def health(service: InService) -> JSONResponse:
    """200 when the service can do its work, else 503 with the part that cannot."""
    parts: Json = {"region": service.region.name}
    try:
        with service.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        parts["database"] = "ok"
    except SQLAlchemyError as error:
        parts["database"] = type(error).__name__
    for name, beat_at in (("dispatcher", service.dispatcher.beat_at), ("clocks", service.timekeeper.beat_at)):
        beat_s = time.monotonic() - beat_at
        parts[name] = "ok" if beat_s < SILENT_S else f"silent for {beat_s:.0f} s"
    ready = all(parts[name] == "ok" for name in ("database", "dispatcher", "clocks"))
    return JSONResponse({"status": "ok" if ready else "degraded", **parts}, 200 if ready else 503)


@router.get("/v1/region")
def region(service: InService, _: Operator) -> Json:
    """The city: name, extent, attribution."""
    box = service.roads.graph.box
    facts = service.region.provenance
    raster = {"attribution": service.settings.raster_attribution} if service.settings.raster_url else None
    return {
        "raster": raster,
        "name": facts.name, "bounds": [box.west, box.south, box.east, box.north], "source": facts.source,
        "licence": facts.licence, "attribution": facts.attribution, "time_zone": facts.time_zone,
        "junctions": service.roads.graph.node_count, "edges": service.roads.graph.edge_count,
    }  # fmt: skip


@lru_cache(maxsize=4)
def _tiles(path: Path) -> Tiles:
    return Tiles.open(path)


@router.get("/tiles/{z}/{x}/{y}.mvt", include_in_schema=False)
def tile(z: int, x: int, y: int, service: InService) -> Response:
    """One vector tile of the base map; 204 where there is nothing."""
    if not service.tiles.is_file():
        raise NotFound("tiles", service.region.name)
    found = _tiles(service.tiles).tile(z, x, y)
    headers = {"Cache-Control": "public, max-age=86400"}
    if not found:
        return Response(status_code=204, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(found, media_type="application/vnd.mapbox-vector-tile", headers=headers)


@router.get("/v1/drill")
def read_drill(service: InService, _: Operator) -> Json:
    """The drill that runs, or `{"drill": null}`."""
    return {"drill": service.drill()}


@router.put("/v1/drill")
def run_drill(body: DrillIn, service: InService, _: Operator) -> Json:
    """Runs the physical world faster for the next minute; the drill renews this while it lasts."""
    value = {"speed": body.speed}
    with service.uow.begin() as tx:
        known = stored.find(tx.connection, "drill", at=tx.now)
        stored.put(
            tx.connection, "drill", value, at=tx.now, by="drill",
            expires_at=tx.now + timedelta(seconds=DRILL_LEASE_S),
        )  # fmt: skip
        if known != value:
            tx.record("drill", "runs", tx.new_id(), **value)
        tx.commit()
    service.forget_drill()
    return {"drill": value}


@router.delete("/v1/drill", status_code=204)
def end_drill(service: InService, _: Operator) -> Response:
    with service.uow.begin() as tx:
        stored.drop(tx.connection, "drill")
        tx.record("drill", "ends", tx.new_id())
        tx.commit()
    service.forget_drill()
    return Response(status_code=204)


@router.get("/problems/{code}", tags=["problems"])
def explain_problem(code: str) -> Json:
    """What a problem's `type` means and what to do."""
    if code not in MEANINGS:
        raise NotFound("problem", code)
    return {"type": f"/problems/{code}", "meaning": MEANINGS[code]}
