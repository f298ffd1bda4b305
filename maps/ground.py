"""What lies under and beside the streets on the map: water, land use, buildings, names of places."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping

from maps.drawing import feature

Look = tuple[str, str, int]  # layer, class, the zoom it appears at


class Ground:
    """Collects drawn features, compressed as they come: a city's buildings need not fit in memory as text."""

    def __init__(self) -> None:
        self._buffers: dict[str, io.BytesIO] = {}
        self._writers: dict[str, gzip.GzipFile] = {}

    def add(self, look: Look, geometry: str, *, name: str = "") -> None:
        """`geometry` is GeoJSON text."""
        layer, kind, zoom = look
        self._writer(layer).write(feature(geometry, {"class": kind, "name": name}, zoom).encode())

    def close(self) -> Mapping[str, bytes]:
        """Layer → gzipped GeoJSON text sequence."""
        for writer in self._writers.values():
            writer.close()
        return {layer: buffer.getvalue() for layer, buffer in self._buffers.items()}

    def _writer(self, layer: str) -> gzip.GzipFile:
        if layer not in self._writers:
            buffer = self._buffers[layer] = io.BytesIO()
            self._writers[layer] = gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=4, mtime=0)
        return self._writers[layer]
