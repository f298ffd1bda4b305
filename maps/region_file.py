"""The region file `.yctr`: a zip of NumPy arrays, JSON and gzipped GeoJSON, read without unpacking."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch_core.errors import InvalidInput, NotFound
from dispatch_core.geo import LonLat
from dispatch_core.roads import RoadGraph, TurnRestrictions
from dispatch_core.roads.addressing import Post
from maps.region import DrivingSide, MapPlace, PlaceKind, Provenance, Region, Zone

FORMAT = 1
_NOT_ARRAYS = {"names", "restrictions"}
_GRAPH_ARRAYS = tuple(f.name for f in fields(RoadGraph) if f.name not in _NOT_ARRAYS)
_RUN_ARRAYS = tuple(f.name for f in fields(TurnRestrictions))


def save(region: Region, path: Path) -> None:
    """Write the whole file beside its place, then put it there at once: readers see the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            _write(region, archive)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: Path) -> Region:
    """NotFound if there is no such file; InvalidInput if it is none of ours or of another format."""
    with _opened(path) as archive:
        try:
            return _read(archive)
        except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as broken:
            raise InvalidInput("region", f"{path} is damaged ({broken}); build it again") from broken


def read_provenance(path: Path) -> Provenance:
    """Only the source, licence and what was dropped: no arrays are read."""
    with _opened(path) as archive:
        return _provenance(_json(archive, "region.json")["provenance"])


def _opened(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise NotFound("region", f"{path}: build it with `yct region build`")
    try:
        archive = zipfile.ZipFile(path)
        written = _json(archive, "region.json")["format"]
    except (zipfile.BadZipFile, KeyError, ValueError) as broken:
        raise InvalidInput("region", f"{path} is not a region file") from broken
    if written != FORMAT:
        archive.close()
        raise InvalidInput(
            "region", f"{path} has format {written}, this version reads {FORMAT}; build it again"
        )
    return archive


def _write(region: Region, archive: zipfile.ZipFile) -> None:
    provenance = asdict(region.provenance) | {"built_at": region.provenance.built_at.isoformat()}
    _put_json(archive, "region.json", {"format": FORMAT, "provenance": provenance})
    for name in _GRAPH_ARRAYS:
        _put_array(archive, f"graph/{name}", getattr(region.graph, name))
    for name in _RUN_ARRAYS:
        _put_array(archive, f"restrictions/{name}", getattr(region.graph.restrictions, name))
    _put_array(archive, "order", region.order)
    _put_json(archive, "names.json", region.graph.names)
    _put_json(archive, "places.json", [_place_to_json(place) for place in region.places])
    _put_json(archive, "zones.json", [_zone_to_json(zone) for zone in region.zones])
    _put_json(archive, "posts.json", [[p.road, p.chainage_m, p.place.lon, p.place.lat] for p in region.posts])
    for layer, lines in region.ground.items():
        archive.writestr(f"ground/{layer}.geojsonl.gz", lines)


def _read(archive: zipfile.ZipFile) -> Region:
    runs = {name: _array(archive, f"restrictions/{name}") for name in _RUN_ARRAYS}
    graph = {name: _array(archive, f"graph/{name}") for name in _GRAPH_ARRAYS}
    ground = [name for name in archive.namelist() if name.startswith("ground/")]
    return Region(
        provenance=_provenance(_json(archive, "region.json")["provenance"]),
        graph=RoadGraph(
            **graph, names=tuple(_json(archive, "names.json")), restrictions=TurnRestrictions(**runs)
        ),
        order=_array(archive, "order"),
        places=tuple(_place_from_json(place) for place in _json(archive, "places.json")),
        zones=tuple(_zone_from_json(zone) for zone in _json(archive, "zones.json")),
        posts=_posts(archive),
        ground={name.split("/")[1].split(".")[0]: archive.read(name) for name in ground},
    )


def _posts(archive: zipfile.ZipFile) -> tuple[Post, ...]:
    if "posts.json" not in archive.namelist():  # a file of before kilometre posts were read
        return ()
    return tuple(
        Post(road=road, chainage_m=chainage_m, place=LonLat(lon, lat))
        for road, chainage_m, lon, lat in _json(archive, "posts.json")
    )


def _put_array(archive: zipfile.ZipFile, name: str, values: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(values), allow_pickle=False)
    archive.writestr(f"{name}.npy", buffer.getvalue())


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    values: NDArray[Any] = np.lib.format.read_array(
        io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False
    )
    values.flags.writeable = False
    return values


def _put_json(archive: zipfile.ZipFile, name: str, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    archive.writestr(name, text, compress_type=zipfile.ZIP_DEFLATED)


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(name))


def _provenance(read: Mapping[str, Any]) -> Provenance:
    return Provenance(
        **{
            **read,
            "built_at": datetime.fromisoformat(read["built_at"]),
            "driving_side": DrivingSide(read["driving_side"]),
        }
    )


def _place_to_json(place: MapPlace) -> dict[str, Any]:
    return {
        "kind": place.kind,
        "source_id": place.source_id,
        "name": place.name,
        "at": [place.at.lon, place.at.lat],
        "phone": place.phone,
        "tags": dict(place.tags),
    }


def _place_from_json(read: Mapping[str, Any]) -> MapPlace:
    return MapPlace(**{**read, "kind": PlaceKind(read["kind"]), "at": LonLat(*read["at"])})


def _zone_to_json(zone: Zone) -> dict[str, Any]:
    return {
        "zone_id": zone.zone_id,
        "population": zone.population,
        "name": zone.name,
        "shape": shapely.to_wkb(zone.shape, hex=True),
    }


def _zone_from_json(read: Mapping[str, Any]) -> Zone:
    return Zone(**{**read, "shape": shapely.from_wkb(read["shape"])})
