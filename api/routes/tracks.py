"""Where a unit was, as files."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from api import tracks
from api.auth import InService, Operator
from api.schemas import Instant
from dispatch_core.errors import InvalidInput
from dispatch_core.ids import UnitId
from dispatch_core.store import positions, units

router = APIRouter(prefix="/v1", tags=["units and missions"])
LONGEST = timedelta(days=2)


class Form(StrEnum):
    GEOJSON = "geojson"
    GPX = "gpx"
    GEOPARQUET = "geoparquet"


@router.get("/units/{unit_id}/track", response_class=Response)
def read_track(
    unit_id: UUID, service: InService, _: Operator,
    start: Annotated[Instant, Query(alias="from")],
    end: Annotated[Instant | None, Query(alias="to")] = None,
    form: Annotated[Form, Query(alias="format")] = Form.GEOJSON,
) -> Response:  # fmt: skip
    """The believed fixes of up to two days, by the time of fix, late ones in their places."""
    until: datetime = end if end is not None else service.uow.clock()
    if not timedelta(0) <= until - start <= LONGEST:
        raise InvalidInput("to", "must lie within two days after `from`")
    with service.engine.connect() as connection:
        unit = units.get(connection, UnitId(unit_id))
        track = positions.track(connection, unit.id, start=start, end=until)
    if form is Form.GEOJSON:
        return JSONResponse(tracks.geojson(unit.call_sign, track), media_type="application/geo+json")
    name = f"{unit.id}.{'gpx' if form is Form.GPX else 'parquet'}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form is Form.GPX:
        written: str | bytes = tracks.gpx(unit.call_sign, track)
        return Response(written, media_type="application/gpx+xml", headers=headers)
    written = tracks.geoparquet(unit.call_sign, track)
    return Response(written, media_type="application/vnd.apache.parquet", headers=headers)
