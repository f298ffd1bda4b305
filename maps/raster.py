"""Pictures of the ground from another service, laid so that they agree with our streets.

Chinese services cut their tiles in GCJ-02: a place of ours lies some hundred metres aside on them. A tile in
WGS-84 is put together here from the up to four of theirs that it overlaps; within one tile the shift is
constant to a fraction of a pixel from zoom 10 on.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable

from PIL import Image

from dispatch_core.errors import InvalidInput
from maps.coordinates import wgs84_to_gcj02

TILE_PX = 256
DEEPEST = 20
Fetch = Callable[[str], bytes]  # address → the picture's bytes; raises if it cannot be had


class RasterTiles:
    """`template` has {z}, {x} and {y}; `shifted` says that its tiles are in GCJ-02, else in WGS-84."""

    def __init__(self, template: str, *, shifted: bool, fetch: Fetch) -> None:
        missing = [part for part in ("{z}", "{x}", "{y}") if part not in template]
        if missing:
            raise InvalidInput("YCT_RASTER_URL", f"lacks {', '.join(missing)}")
        self._template, self._shifted, self._fetch = template, shifted, fetch

    def tile(self, z: int, x: int, y: int) -> bytes:
        """One PNG of 256 × 256 in WGS-84; InvalidInput where there is no such tile."""
        count = 1 << z if 0 <= z <= DEEPEST else 0
        if not (0 <= x < count and 0 <= y < count):
            raise InvalidInput("z, x, y", f"there is no tile {z}/{x}/{y}")
        west, north = float(x * TILE_PX), float(y * TILE_PX)
        if self._shifted:
            west, north = _shift(z, west + TILE_PX / 2, north + TILE_PX / 2)
        return self._composed(z, round(west), round(north))

    def _composed(self, z: int, west: int, north: int) -> bytes:
        whole = Image.new("RGB", (TILE_PX, TILE_PX))
        first_x, first_y = west // TILE_PX, north // TILE_PX
        for x in (first_x, first_x + 1):
            for y in (first_y, first_y + 1):
                left, top = x * TILE_PX - west, y * TILE_PX - north
                if left < TILE_PX and top < TILE_PX:
                    whole.paste(self._picture(z, x, y), (left, top))
        written = io.BytesIO()
        whole.save(written, "PNG")
        return written.getvalue()

    def _picture(self, z: int, x: int, y: int) -> Image.Image:
        address = self._template.format(z=z, x=x % (1 << z), y=y)
        picture = Image.open(io.BytesIO(self._fetch(address))).convert("RGB")
        return picture if picture.size == (TILE_PX, TILE_PX) else picture.resize((TILE_PX, TILE_PX))


def _shift(z: int, x_px: float, y_px: float) -> tuple[float, float]:
    """The north-west corner in their pixels of the tile around a centre in ours."""
    world = TILE_PX * (1 << z)
    lon = x_px / world * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y_px / world))))
    there_lon, there_lat = (float(value) for value in wgs84_to_gcj02(lon, lat))
    there_x = (there_lon + 180) / 360 * world
    there_y = (1 - math.asinh(math.tan(math.radians(there_lat))) / math.pi) / 2 * world
    return there_x - TILE_PX / 2, there_y - TILE_PX / 2
