"""Any file that osmium reads, object after object, with errors in one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import osmium
from osmium.osm.types import OSMEntity

from dispatch_core.errors import InvalidInput

READING_ERRORS = (RuntimeError, OSError, ValueError, osmium.InvalidLocationError)


def objects(path: Path, *keys: str, areas_of: tuple[str, ...] = ()) -> Iterator[OSMEntity]:
    """Nodes, ways (with places of their nodes) and relations that have one of the keys.

    With `areas_of`, closed ways and multipolygons with one of those keys come as areas too. InvalidInput if
    the file is missing or damaged.
    """
    if not path.is_file():
        raise InvalidInput("map", f"there is no file {path}")
    try:
        reading = osmium.FileProcessor(str(path)).with_locations()
        if areas_of:
            reading = reading.with_areas(osmium.filter.KeyFilter(*areas_of))
        yield from reading.with_filter(osmium.filter.KeyFilter(*keys))
    except READING_ERRORS as broken:
        raise unreadable(path, broken) from broken


def unreadable(path: Path, broken: Exception) -> InvalidInput:
    return InvalidInput("map", f"{path} cannot be read as OpenStreetMap data: {broken}")
