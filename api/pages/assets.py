"""What the pages load: our modules and styles, and the few library files from npm that are named here."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).resolve().parents[2]
WEB = REPOSITORY / "maps" / "web"
NODE_MODULES = REPOSITORY / "node_modules"

MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# Already compressed; gzip would only cost time.
_DENSE = frozenset({".png", ".woff2"})

_MAPLIBRE = "maplibre-gl/dist"
_FONTS = "@fontsource-variable"
VENDOR = {
    "maplibre-gl.mjs": f"{_MAPLIBRE}/maplibre-gl.mjs",
    "maplibre-gl-worker.mjs": f"{_MAPLIBRE}/maplibre-gl-worker.mjs",
    "maplibre-gl.css": f"{_MAPLIBRE}/maplibre-gl.css",
    "inter-latin.woff2": f"{_FONTS}/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": f"{_FONTS}/inter/files/inter-latin-ext-wght-normal.woff2",
    "noto-sans-sc/index.css": f"{_FONTS}/noto-sans-sc/index.css",
}
# The Chinese font comes in a hundred slices; a browser asks only for those whose characters a page shows.
VENDOR_SLICES = ("noto-sans-sc/files/", f"{_FONTS}/noto-sans-sc/files", "-wght-normal.woff2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file as it goes over the wire; `gzipped` is empty where compression does not pay."""

    media_type: str
    body: bytes
    gzipped: bytes


class Assets:
    """The files below one address that changes with their content: a browser may keep them for ever."""

    def __init__(self, *, web: Path = WEB, node_modules: Path = NODE_MODULES) -> None:
        self._web = web
        self._node_modules = node_modules
        self._read = lru_cache(maxsize=512)(_read_asset)

    @cached_property
    def version(self) -> str:
        """A digest of everything of ours and of which library files are there."""
        digest = hashlib.sha256()
        for name, path in self._own_and_vendor():
            digest.update(f"{name}:{path.stat().st_size};".encode())
            if path.is_relative_to(self._web):
                digest.update(path.read_bytes())
        return digest.hexdigest()[:12]

    def find(self, name: str) -> Asset | None:
        """The asset of that name; None for whatever is not on the list, however it is spelt."""
        path = self._locate(name)
        if path is None or path.suffix not in MEDIA_TYPES or not path.is_file():
            return None
        return self._read(path, path.stat().st_mtime_ns)

    def _locate(self, name: str) -> Path | None:
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or "\\" in name or "\0" in name:
            return None
        if parts[0] != "vendor":
            return self._web.joinpath(*parts)
        return self._locate_vendor("/".join(parts[1:]))

    def _locate_vendor(self, name: str) -> Path | None:
        if name in VENDOR:
            return self._node_modules / VENDOR[name]
        prefix, folder, suffix = VENDOR_SLICES
        file = name.removeprefix(prefix)
        if name.startswith(prefix) and name.endswith(suffix) and "/" not in file:
            return self._node_modules / folder / file
        return None

    def _own_and_vendor(self) -> Iterator[tuple[str, Path]]:
        for path in sorted(self._web.rglob("*")):
            if path.is_file():
                yield path.relative_to(self._web).as_posix(), path
        for name, target in VENDOR.items():
            path = self._node_modules / target
            if path.is_file():
                yield f"vendor/{name}", path


def _read_asset(path: Path, _modified_ns: int) -> Asset:
    body = path.read_bytes()
    dense = path.suffix in _DENSE or len(body) < 512
    return Asset(
        media_type=MEDIA_TYPES[path.suffix],
        body=body,
        gzipped=b"" if dense else gzip.compress(body, 6, mtime=0),
    )
