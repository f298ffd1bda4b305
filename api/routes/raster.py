"""Pictures of the ground from a configured service: the browser asks us alone, and we ask that service."""

from __future__ import annotations

from functools import lru_cache

import httpx
from fastapi import APIRouter, Response

from api.auth import InService, Operator
from api.settings import Settings
from dispatch_core.errors import NotFound, Unavailable
from dispatch_core.fleet.datum import Datum
from maps.raster import RasterTiles

router = APIRouter(include_in_schema=False)
_REMEMBERED = 2_000
_PATIENCE_S = 8.0


@lru_cache(maxsize=_REMEMBERED)
def _fetched(address: str) -> bytes:
    try:
        answer = httpx.get(address, timeout=_PATIENCE_S, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as broken:
        raise Unavailable(f"the raster service does not answer: {type(broken).__name__}") from broken
    return answer.content


@lru_cache(maxsize=4)
def _tiles(template: str, datum: str) -> RasterTiles:
    return RasterTiles(template, shifted=datum == Datum.GCJ02, fetch=_fetched)


def checked(settings: Settings) -> None:
    """InvalidInput at the start, not at the first tile."""
    if settings.raster_url:
        _tiles(settings.raster_url, settings.raster_datum)


@router.get("/raster/{z}/{x}/{y}.png")
def tile(z: int, x: int, y: int, service: InService, _: Operator) -> Response:
    """One tile in WGS-84, 404 where no service is configured."""
    settings = service.settings
    if not settings.raster_url:
        raise NotFound("raster", "YCT_RASTER_URL")
    found = _tiles(settings.raster_url, settings.raster_datum).tile(z, x, y)
    return Response(found, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})
