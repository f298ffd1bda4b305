"""Pictures of the ground come through the service, from whichever one is configured."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI, Response
from PIL import Image

from dispatch_core.errors import InvalidInput
from tests.api.town import Town
from tests.browser.serving import served


@pytest.fixture
def photographs() -> Iterator[str]:
    """A service of tiles as others run it: one colour a tile, none of zoom 3."""
    app = FastAPI()

    @app.get("/{z}/{x}/{y}")
    def tile(z: int, x: int, y: int) -> Response:
        written = io.BytesIO()
        Image.new("RGB", (256, 256), (z, x % 256, y % 256)).save(written, "PNG")
        return Response(written.getvalue(), 404 if z == 3 else 200, media_type="image/png")

    with served(app) as url:
        yield f"{url}/{{z}}/{{x}}/{{y}}"


def test_a_tile_is_asked_of_the_service_that_is_configured_by_whoever_has_signed_in(
    town_service: Town, photographs: str
) -> None:
    town, service = town_service, town_service.service
    assert town.get("/v1/region")["raster"] is None
    assert town.http.get("/raster/10/5/6.png").status_code == 404
    service.settings = replace(service.settings, raster_url=photographs, raster_attribution="© them")
    assert town.get("/v1/region")["raster"] == {"attribution": "© them"}
    picture = Image.open(io.BytesIO(town.http.get("/raster/10/5/6.png").raise_for_status().content))
    assert picture.getpixel((100, 100)) == (10, 5, 6)
    assert town.http.get("/raster/3/1/1.png").status_code == 503
    assert town.http.get("/raster/3/9/1.png").status_code == 422
    assert town.client().get("/raster/10/5/6.png").status_code == 401


def test_a_datum_that_is_none_is_refused_at_the_start(town_service: Town) -> None:
    with pytest.raises(InvalidInput, match="YCT_RASTER_DATUM"):
        replace(town_service.service.settings, raster_datum="mercator")
