from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from dispatch_core.errors import InvalidInput
from maps.coordinates import wgs84_to_gcj02
from maps.raster import TILE_PX, RasterTiles

Z = 15


def pixel(lon: float, lat: float) -> tuple[float, float]:
    """In the world's picture at zoom Z."""
    world = TILE_PX * (1 << Z)
    return (lon + 180) / 360 * world, (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * world


def drawn(address: str) -> bytes:
    """A picture whose colours say which world pixel, modulo 256, each is: red by x, green by y."""
    _, x, y = (int(part) for part in address.split("/"))
    columns, rows = np.meshgrid(np.arange(TILE_PX), np.arange(TILE_PX))
    colours = np.stack([columns, rows, np.full_like(rows, (x + y) % 256)], axis=-1).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(colours).save(written, "PNG")
    return written.getvalue()


def seen_at(tiles: RasterTiles, lon: float, lat: float) -> tuple[int, int]:
    x, y = pixel(lon, lat)
    picture = Image.open(io.BytesIO(tiles.tile(Z, int(x // TILE_PX), int(y // TILE_PX))))
    red, green, _ = picture.getpixel((int(x % TILE_PX), int(y % TILE_PX)))  # type: ignore[misc]
    return int(red), int(green)


@pytest.mark.parametrize(("lon", "lat"), [(120.14, 33.35), (116.391, 39.907), (87.6, 43.8), (113.3, 23.1)])
def test_what_lies_at_a_place_of_ours_is_what_they_show_at_theirs(lon: float, lat: float) -> None:
    tiles = RasterTiles("{z}/{x}/{y}", shifted=True, fetch=drawn)
    there = pixel(*(float(value) for value in wgs84_to_gcj02(lon, lat)))
    for got, wanted in zip(seen_at(tiles, lon, lat), there, strict=True):
        assert abs((got - wanted + 128) % 256 - 128) <= 1.6


def test_tiles_in_our_own_datum_are_passed_on() -> None:
    tiles = RasterTiles("{z}/{x}/{y}", shifted=False, fetch=drawn)
    x, y = pixel(120.14, 33.35)
    assert seen_at(tiles, 120.14, 33.35) == (int(x % TILE_PX), int(y % TILE_PX))


def test_an_address_that_names_no_tile_and_a_tile_that_is_none_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"\{y\}"):
        RasterTiles("https://x/{z}/{x}", shifted=False, fetch=drawn)
    tiles = RasterTiles("{z}/{x}/{y}", shifted=False, fetch=drawn)
    for z, x, y in ((3, 8, 0), (-1, 0, 0), (99, 0, 0), (3, 0, -1)):
        with pytest.raises(InvalidInput):
            tiles.tile(z, x, y)
