"""The embedded region: La Serena–Coquimbo in Chile, from the example that the package `aequilibrae` ships.

The package itself is never imported, only its file is read: real OpenStreetMap streets and census zones that
install on any machine with the ordinary package client.
"""

from __future__ import annotations

import importlib.util
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch_core.errors import Unavailable
from dispatch_core.roads import ROAD_CLASSES, EdgeFlag
from dispatch_core.roads.graph import Float32s, UInt8s
from maps.dropped import Dropped
from maps.names import NameTable
from maps.region import DrivingSide, Zone
from maps.speeds import free_flow_kmh
from maps.streets import DEGREE_DECIMALS, Streets, directed
from maps.survey import OSM_ATTRIBUTION, OSM_LICENCE, Survey, sha256_of

_DATABASE = "project_database.sqlite"
_LINK_COLUMNS = [
    "a_node",
    "b_node",
    "direction",
    "modes",
    "link_type",
    "name",
    "speed_ab",
    "speed_ba",
    "osm_id",
]
Columns = dict[str, NDArray[Any]]


def find_archive() -> Path:
    """Unavailable, with the cure, where the package is not installed."""
    spec = importlib.util.find_spec("aequilibrae")
    for folder in (spec and spec.submodule_search_locations) or ():
        archive = Path(folder, "reference_files", "coquimbo.zip")
        if archive.is_file():
            return archive
    raise Unavailable("the embedded region is not installed: `make setup` does it; or name a map with --osm")


def survey(archive: Path) -> Survey:
    """Centroid connectors, which are no streets, are left out."""
    dropped = Dropped()
    with tempfile.TemporaryDirectory() as folder:
        database = zipfile.ZipFile(archive).extract(_DATABASE, folder)
        links, link_shapes = _table(database, "links", _LINK_COLUMNS)
        zones, zone_shapes = _table(database, "zones", ["zone_id", "population", "name"])
    real = links["link_type"] != "centroid_connector"
    dropped.count("link that only joins a zone to the network", int(np.sum(~real)))
    streets = _streets({name: values[real] for name, values in links.items()}, link_shapes[real])
    return Survey(
        graph=directed(streets),
        dropped=dropped,
        source=f"aequilibrae/reference_files/{archive.name}",
        source_sha256=sha256_of(archive),
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        driving_side=DrivingSide.RIGHT,
        zones=_zones(zones, zone_shapes),
    )


def _table(database: str, layer: str, columns: list[str]) -> tuple[Columns, NDArray[Any]]:
    import pyogrio.raw  # half a second, which a region from any other source need not wait

    meta, _, shapes, values = pyogrio.raw.read(database, layer=layer, columns=columns)
    return dict(zip(meta["fields"].tolist(), values, strict=True)), shapely.from_wkb(shapes)


def _streets(links: Columns, shapes: NDArray[Any]) -> Streets:
    geometry, of_link = shapely.get_coordinates(shapes, return_index=True)
    geometry = geometry.round(DEGREE_DECIMALS)
    first = np.searchsorted(of_link, np.arange(len(shapes) + 1)).astype(np.int64)
    ends = np.concatenate([links["a_node"], links["b_node"]])
    _, where, junction = np.unique(ends, return_index=True, return_inverse=True)
    a, b = np.split(junction.astype(np.int32), 2)
    places = geometry[np.concatenate([first[:-1], first[1:] - 1])][where]
    road_class = _classes(links["link_type"])
    flags = _flags(links["modes"])
    names = NameTable()
    n = len(shapes)
    return Streets(
        node_lon=places[:, 0],
        node_lat=places[:, 1],
        node_signal=np.zeros(len(places), np.bool_),
        a=a,
        b=b,
        forward=links["direction"] >= 0,
        backward=links["direction"] <= 0,
        speed_forward_kmh=_speeds(links["speed_ab"], road_class),
        speed_backward_kmh=_speeds(links["speed_ba"], road_class),
        flags_forward=flags,
        flags_backward=flags,
        road_class=road_class,
        level=np.zeros(n, np.int8),
        way_id=np.nan_to_num(links["osm_id"]).astype(np.int64),
        name_id=np.array([names.number(name or "") for name in links["name"]], np.int32),
        ref_id=np.zeros(n, np.int32),
        names=names.names(),
        geometry_first=first,
        geometry=geometry,
    )


def _classes(link_types: NDArray[Any]) -> UInt8s:
    code = {name: number for number, name in enumerate(ROAD_CLASSES)}
    return np.array([code.get(name, code["road"]) for name in link_types], np.uint8)


def _flags(modes: NDArray[Any]) -> UInt8s:
    """Links for buses alone are open to a unit under siren."""
    cars = np.array(["c" in mode for mode in modes])
    return np.where(cars, 0, int(EdgeFlag.EMERGENCY_ONLY)).astype(np.uint8)


def _speeds(limits_kmh: NDArray[Any], road_class: UInt8s) -> Float32s:
    limits = np.where(limits_kmh > 0, limits_kmh, np.nan).astype(np.float32)
    return free_flow_kmh(limits, road_class)


def _zones(zones: Columns, shapes: NDArray[Any]) -> tuple[Zone, ...]:
    rows = zip(zones["zone_id"], zones["population"], zones["name"], shapes, strict=True)
    return tuple(
        Zone(zone_id=str(zone_id), population=int(population), name=name or "", shape=shape)
        for zone_id, population, name, shape in rows
    )
