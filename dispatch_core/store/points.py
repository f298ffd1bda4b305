"""Between LonLat and PostGIS's geography."""

from __future__ import annotations

from geoalchemy2 import Geometry, WKTElement
from sqlalchemy import ColumnElement, Label, cast, func

from dispatch_core.geo import LonLat


def point(place: LonLat) -> WKTElement:
    """The value to insert; repr keeps every digit of a float."""
    return WKTElement(f"POINT({float(place.lon)!r} {float(place.lat)!r})", srid=4326)


def lon(column: ColumnElement[object]) -> Label[float]:
    return func.ST_X(cast(column, Geometry)).label("lon")


def lat(column: ColumnElement[object]) -> Label[float]:
    return func.ST_Y(cast(column, Geometry)).label("lat")
