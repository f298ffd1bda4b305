"""A unit's track comes back as other programs read it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree

import geopandas

from api import tracks
from dispatch_core.ids import UnitId
from dispatch_core.store.positions import Position
from tests.api.town import Town, fix_at
from tests.city import corner

_GPX = "{http://www.topografix.com/GPX/1/1}"


def test_a_track_is_in_the_order_of_its_times_in_every_form(town_service: Town) -> None:
    device = town_service.device("救护01")
    now = datetime.now(UTC).replace(microsecond=0)
    drive = {n: corner(1, 1 + n / 50) for n in range(5)}

    def report(*numbers: int) -> None:
        fixes = [
            {**fix_at(drive[n]), "fixed_at": (now - timedelta(seconds=10 - n)).isoformat()} for n in numbers
        ]
        device.post("/v1/driver/positions", json={"positions": fixes}).raise_for_status()

    report(0, 1, 4)
    report(3, 2)  # late
    device.post("/v1/driver/positions", json=fix_at(corner(9, 9), is_mock=True))
    unit = device.get("/v1/driver/me").json()["id"]
    query = {"from": (now - timedelta(minutes=1)).isoformat()}

    def track(form: str) -> bytes:
        asked = town_service.http.get(f"/v1/units/{unit}/track", params={**query, "format": form})
        return asked.raise_for_status().content

    places = [(place.lon, place.lat) for place in drive.values()]
    shown = geopandas.read_file(io.BytesIO(track("geojson")))
    assert list(shown.geometry[0].coords) == places
    points = ElementTree.fromstring(track("gpx")).findall(f".//{_GPX}trkpt")
    assert [(float(p.get("lon", "")), float(p.get("lat", ""))) for p in points] == places
    first = points[0].findtext(f"{_GPX}time", "")
    assert datetime.fromisoformat(first) == now - timedelta(seconds=10)
    table = geopandas.read_parquet(io.BytesIO(track("geoparquet")))
    assert [(p.x, p.y) for p in table.geometry] == places
    assert table.crs == "EPSG:4326"


def test_a_track_has_the_altitudes_that_devices_told(town_service: Town) -> None:
    device = town_service.device("救护01")
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=60)
    fixes = [
        {**fix_at(corner(1, 1 + n / 50)), "fixed_at": (start + timedelta(seconds=n)).isoformat(), **told}
        for n, told in enumerate([{"altitude_m": 12.5}, {}, {"altitude_m": -3.0}])
    ]
    device.post("/v1/driver/positions", json={"positions": fixes}).raise_for_status()
    unit = device.get("/v1/driver/me").json()["id"]
    asked = {"from": start.isoformat()}
    track = town_service.http.get(f"/v1/units/{unit}/track", params=asked).json()
    assert track["features"][0]["properties"]["altitude_m"] == [12.5, None, -3.0]
    gpx = town_service.http.get(f"/v1/units/{unit}/track", params={**asked, "format": "gpx"}).content
    points = ElementTree.fromstring(gpx).findall(f".//{_GPX}trkpt")
    assert [point.findtext(f"{_GPX}ele") for point in points] == ["12.5", None, "-3"]


def test_a_place_at_greenwich_is_written_without_an_exponent() -> None:
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    place = Position(
        unit_id=UnitId(UUID(int=1)), lon=5e-05, lat=-1.5e-07, fixed_at=at, received_at=at, heading_deg=None,
        speed_kmh=None, accuracy_m=None, altitude_m=0.00001,
    )  # fmt: skip
    (point,) = ElementTree.fromstring(tracks.gpx("A&B", [place])).findall(f".//{_GPX}trkpt")
    assert (point.get("lon"), point.get("lat")) == ("0.00005", "-0.00000015")
    assert point.findtext(f"{_GPX}ele") == "0.00001"


def test_a_span_of_more_than_two_days_is_refused(town_service: Town) -> None:
    unit = town_service.get("/v1/units")["units"][0]["id"]
    start = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    assert town_service.http.get(f"/v1/units/{unit}/track", params={"from": start}).status_code == 422
    empty = town_service.http.get(
        f"/v1/units/{unit}/track", params={"from": datetime.now(UTC).isoformat()}
    ).json()
    assert empty["features"][0]["geometry"] == {"type": "MultiPoint", "coordinates": []}
