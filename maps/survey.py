"""What every source of maps hands over, before it becomes a region."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_core.roads import RoadGraph
from dispatch_core.roads.addressing import Post
from maps.dropped import Dropped
from maps.region import DrivingSide, MapPlace, Provenance, Zone

OSM_LICENCE = "Open Database License (ODbL) 1.0"
OSM_ATTRIBUTION = "© OpenStreetMap contributors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A network as surveyed, with all its islands; `driving_side` None: the source does not say."""

    graph: RoadGraph
    dropped: Dropped
    source: str
    source_sha256: str
    licence: str
    attribution: str
    driving_side: DrivingSide | None = None
    places: tuple[MapPlace, ...] = ()
    zones: tuple[Zone, ...] = ()
    ground: Mapping[str, bytes] = field(default_factory=dict)
    posts: tuple[Post, ...] = ()


def sha256_of(*paths: Path) -> str:
    """Of the files' contents one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def source_of(told: Provenance, *, beside: Path) -> Path | None:
    """The very file that a region was built from, where such files lie; None if it is not there any more.

    Looked for beside the region file, in the present folder, and in the data that the checkouts share.
    """
    shared = Path(__file__).resolve().parents[2] / "shared" / "data" / "regions"
    for folder in (beside, Path.cwd(), shared):
        file = folder / told.source
        if file.is_file() and sha256_of(file) == told.source_sha256:
            return file
    return None
