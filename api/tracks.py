"""A unit's track as files that other programs read: GeoJSON (RFC 7946), GPX 1.1, GeoParquet 1.0."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from dispatch_core.fleet.vehicle_alarms import named
from dispatch_core.services.views import at
from dispatch_core.store.positions import Position


def geojson(call_sign: str, track: Sequence[Position]) -> dict[str, Any]:
    """One feature; `coordTimes` has the time of each place. Fewer than two places are no line."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {
                    "type": "LineString" if len(track) > 1 else "MultiPoint",
                    "coordinates": [[one.lon, one.lat] for one in track],
                },
                "properties": {
                    "call_sign": call_sign,
                    "coordTimes": [at(one.fixed_at) for one in track],
                    "speed_kmh": [one.speed_kmh for one in track],
                    "heading_deg": [one.heading_deg for one in track],
                    "altitude_m": [one.altitude_m for one in track],
                    "alarms": [named(one.alarms) for one in track],
                },
            }
        ],
    }


def gpx(call_sign: str, track: Sequence[Position]) -> str:
    """One track of one segment; GPX 1.1 has no element for speed."""
    points = "".join(
        f'<trkpt lat="{_decimal(one.lat)}" lon="{_decimal(one.lon)}">'
        f"{'' if one.altitude_m is None else f'<ele>{_decimal(one.altitude_m)}</ele>'}"
        f"<time>{at(one.fixed_at)}</time></trkpt>\n"
        for one in track
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="YunCheTong" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<trk><name>{escape(call_sign)}</name><trkseg>\n{points}</trkseg></trk>\n</gpx>\n"
    )


def _decimal(number: float) -> str:
    """As xsd:decimal, which knows no exponents: at Greenwich and the equator `repr` would write some."""
    return np.format_float_positional(number, trim="-")


def geoparquet(call_sign: str, track: Sequence[Position]) -> bytes:
    """A row for each fix."""
    import geopandas  # takes a second, and few ask

    frame = geopandas.GeoDataFrame(
        {
            "call_sign": [call_sign] * len(track),
            "fixed_at": [one.fixed_at for one in track],
            "received_at": [one.received_at for one in track],
            "speed_kmh": [one.speed_kmh for one in track],
            "heading_deg": [one.heading_deg for one in track],
            "accuracy_m": [one.accuracy_m for one in track],
            "altitude_m": [one.altitude_m for one in track],
            "alarms": [",".join(named(one.alarms)) for one in track],
        },
        geometry=geopandas.points_from_xy([one.lon for one in track], [one.lat for one in track]),
        crs="EPSG:4326",
    )
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()
