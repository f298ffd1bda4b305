"""Reading prebuilt vector tiles."""

from __future__ import annotations

import bisect
import mmap
from pathlib import Path

from pmtiles.tile import Entry, HeaderDict, TileType, deserialize_directory, deserialize_header, zxy_to_tileid

from dispatch_core.errors import InvalidInput, NotFound

_HEADER_BYTES = 127


class Tiles:
    """A PMTiles archive of Mapbox vector tiles; its directory is read once, any number of threads may ask."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._header = deserialize_header(content[:_HEADER_BYTES])
        self._entries = _entries(content, self._header)
        self._first_ids = [entry.tile_id for entry in self._entries]

    @classmethod
    def open(cls, path: Path) -> Tiles:
        """NotFound if there is no such archive, InvalidInput if it holds no vector tiles."""
        if not path.is_file():
            raise NotFound("tile archive", f"{path}: build it with `yct region tiles`")
        try:
            with path.open("rb") as file:
                tiles = cls(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except Exception as broken:  # the library raises bare Exceptions for files that are not PMTiles
            raise InvalidInput("tile archive", f"{path} is not a PMTiles archive") from broken
        if tiles._header["tile_type"] is not TileType.MVT:
            raise InvalidInput("tile archive", f"{path} holds no vector tiles")
        return tiles

    @property
    def zooms(self) -> tuple[int, int]:
        """The lowest and the highest zoom; beyond the highest the map enlarges what it has."""
        return self._header["min_zoom"], self._header["max_zoom"]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        header = self._header
        return (
            header["min_lon_e7"] / 1e7,
            header["min_lat_e7"] / 1e7,
            header["max_lon_e7"] / 1e7,
            header["max_lat_e7"] / 1e7,
        )

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """A gzipped MVT; None where nothing is drawn, or where there can be no tile."""
        if not (0 <= z <= self.zooms[1] and 0 <= x < 1 << z and 0 <= y < 1 << z):
            return None
        tile_id = zxy_to_tileid(z, x, y)
        at = bisect.bisect_right(self._first_ids, tile_id) - 1
        if at < 0 or tile_id - self._first_ids[at] >= self._entries[at].run_length:
            return None
        start = self._header["tile_data_offset"] + self._entries[at].offset
        return self._content[start : start + self._entries[at].length]


def _entries(content: mmap.mmap, header: HeaderDict) -> list[Entry]:
    """Every tile entry of the root and its leaves, by tile id."""
    found: list[Entry] = []
    directories = [(header["root_offset"], header["root_length"])]
    while directories:
        offset, length = directories.pop()
        for entry in deserialize_directory(content[offset : offset + length]):
            if entry.run_length:
                found.append(entry)
            else:
                directories.append((header["leaf_directory_offset"] + entry.offset, entry.length))
    return sorted(found, key=lambda entry: entry.tile_id)
