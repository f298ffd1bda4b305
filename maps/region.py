"""A region: the road graph of a city with its places and demand zones, kept in one file.

The file (`.yctr`) is a ZIP of NumPy arrays, JSON and GeoParquet: open formats that outlive this program.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput, NotFound
from dispatch_core.roads import RoadGraph, TurnRestrictions
from dispatch_core.roads.graph import Int32s

SUFFIX = ".yctr"
FORMAT = 1
# Layers of the base map that a source may know beside the roads; each a GeoDataFrame in WGS-84.
LAYERS = ("water", "landuse", "building", "label")

_ARRAYS = tuple(f.name for f in fields(RoadGraph) if f.name not in ("names", "restrictions"))
_RESTRICTIONS = tuple(f.name for f in fields(TurnRestrictions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere of interest: `kind` is hospital, clinic, police, fire_station, car_repair or milestone."""

    kind: str
    name: str
    lon: float
    lat: float
    phone: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFacts:
    """Where a region comes from, under which licence, and what the import had to leave out."""

    name: str
    source: str
    source_sha256: str
    built_at: datetime
    licence: str
    attribution: str
    drives_on_right: bool = True
    time_zone: str = "UTC"
    dropped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """`order` is `compute_order(graph)`; `zones` has columns id, population, geometry (WGS-84 polygons)."""

    facts: RegionFacts
    graph: RoadGraph
    order: Int32s
    places: tuple[Place, ...]
    zones: geopandas.GeoDataFrame
    layers: dict[str, geopandas.GeoDataFrame] = field(default_factory=dict)


def regions_folder() -> Path:
    """Where regions live by name: `$YCT_VAR/regions`, by default below the working folder's `var`."""
    return Path(os.environ.get("YCT_VAR", "var")) / "regions"


def region_path(name_or_path: str) -> Path:
    """The file of a region given by name or by path; it need not exist."""
    given = Path(name_or_path)
    if given.suffix == SUFFIX or given.is_file() or len(given.parts) > 1:
        return given
    return regions_folder() / f"{name_or_path}{SUFFIX}"


def empty_zones() -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"id": [], "population": []}, geometry=[], crs="EPSG:4326")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save(region: Region, path: Path) -> None:
    """Writes beside the target and renames, so that a reader meets the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with (
            os.fdopen(handle, "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z,
        ):
            z.writestr("region.json", json.dumps(_described(region), ensure_ascii=False, indent=1))
            for name in _ARRAYS:
                _write_array(z, f"graph/{name}.npy", getattr(region.graph, name))
            for name in _RESTRICTIONS:
                _write_array(z, f"restrictions/{name}.npy", getattr(region.graph.restrictions, name))
            z.writestr("graph/names.json", json.dumps(region.graph.names, ensure_ascii=False))
            _write_array(z, "order.npy", region.order)
            for name, frame in {"zones": region.zones, **region.layers}.items():
                z.writestr(f"{name}.parquet", _parquet(frame))
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path, *, layers: bool = False) -> Region:
    """Reads a region; the base map's layers only when asked for, since dispatch needs none of them.

    NotFound if there is no file, InvalidInput if it is not a region of this format.
    """
    if not path.is_file():
        raise NotFound("region file", path)
    try:
        with zipfile.ZipFile(path) as z:
            described = json.loads(z.read("region.json"))
            if described.get("format") != FORMAT:
                raise InvalidInput(
                    "region",
                    f"{path} is of format {described.get('format')}, not {FORMAT}; build it anew",
                )
            return _loaded(z, described, layers=layers)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InvalidInput("region", f"{path} is no region file ({error})") from error


def _loaded(z: zipfile.ZipFile, described: dict[str, Any], *, layers: bool) -> Region:
    restrictions = TurnRestrictions(**{n: _read_array(z, f"restrictions/{n}.npy") for n in _RESTRICTIONS})
    graph = RoadGraph(
        **{name: _read_array(z, f"graph/{name}.npy") for name in _ARRAYS},
        names=tuple(json.loads(z.read("graph/names.json"))),
        restrictions=restrictions,
    )
    facts = dict(described["facts"])
    facts["built_at"] = datetime.fromisoformat(facts["built_at"])
    present = [name for name in LAYERS if f"{name}.parquet" in z.NameToInfo] if layers else []
    return Region(
        facts=RegionFacts(**facts),
        graph=graph,
        order=_read_array(z, "order.npy"),
        places=tuple(Place(**place) for place in described["places"]),
        zones=geopandas.read_parquet(io.BytesIO(z.read("zones.parquet"))),
        layers={name: geopandas.read_parquet(io.BytesIO(z.read(f"{name}.parquet"))) for name in present},
    )


def _described(region: Region) -> dict[str, Any]:
    facts = asdict(region.facts) | {"built_at": region.facts.built_at.isoformat()}
    return {"format": FORMAT, "facts": facts, "places": [asdict(place) for place in region.places]}


def _write_array(z: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    with z.open(name, "w") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(array), allow_pickle=False)


def _read_array(z: zipfile.ZipFile, name: str) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(z.read(name)), allow_pickle=False)
    array.flags.writeable = False
    return array


def _parquet(frame: geopandas.GeoDataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
