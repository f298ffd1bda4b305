"""A network as two tables, for cities whose streets come from elsewhere than OpenStreetMap.

nodes.csv: `id,lon,lat`. edges.csv: `from,to,length_m,speed_kmh` and, if wanted, `oneway` (yes or no; without
it a row is a street of both directions), `name`, `class` (a value of OSM's `highway`), `geometry` (WKT
LINESTRING, lon lat, from `from` to `to`). An empty length is measured, an empty speed is that of the class.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import LonLat
from dispatch_core.roads import ROAD_CLASSES, RoadGraph
from dispatch_core.roads.graph import Float64s
from maps.dropped import Dropped
from maps.names import NameTable
from maps.speeds import CLASS_SPEED_KMH
from maps.street_rows import StreetRow, streets_of
from maps.streets import directed
from maps.survey import Survey, sha256_of

_CODE = {name: code for code, name in enumerate(ROAD_CLASSES)}
_YES, _NO = {"yes", "1", "true"}, {"", "no", "0", "false"}
Row = Mapping[str, str]


def survey(nodes: Path, edges: Path, *, licence: str = "as its owner says", attribution: str = "") -> Survey:
    """InvalidInput names the file and the line of the first row that cannot be right."""
    return Survey(
        graph=_graph(nodes, edges),
        dropped=Dropped(),
        source=f"{nodes.name}, {edges.name}",
        source_sha256=sha256_of(nodes, edges),
        licence=licence,
        attribution=attribution,
    )


def _graph(nodes: Path, edges: Path) -> RoadGraph:
    """The row of an edge is its `way_id`."""
    at, number = _nodes(nodes)
    names = NameTable()
    rows: list[StreetRow] = []
    said_m: list[float] = []
    for where, row in _rows(edges, "from", "to"):
        rows.append(_street(row, where, len(rows), at, number, names))
        said_m.append(_positive(row, "length_m", where))
    if not rows:
        raise InvalidInput(edges.name, "has no rows")
    places = np.array([(place.lon, place.lat) for place in at.values()])
    graph = directed(streets_of(rows, node_lon=places[:, 0], node_lat=places[:, 1], names=names))
    length_m = np.array(said_m)[graph.way_id]
    return replace(graph, length_m=np.where(np.isnan(length_m), graph.length_m, length_m))


def _nodes(path: Path) -> tuple[dict[str, LonLat], dict[str, int]]:
    at: dict[str, LonLat] = {}
    for where, row in _rows(path, "id", "lon", "lat"):
        if row["id"] in at:
            raise InvalidInput(where, f"node {row['id']} is there twice")
        try:
            at[row["id"]] = LonLat(float(row["lon"]), float(row["lat"]))
        except ValueError as broken:
            raise InvalidInput(where, "lon and lat must be degrees") from broken
    return at, {node: number for number, node in enumerate(at)}


def _street(
    row: Row, where: str, line_id: int, at: Mapping[str, LonLat], number: Mapping[str, int], names: NameTable
) -> StreetRow:
    for end in ("from", "to"):
        if row[end] not in at:
            raise InvalidInput(where, f"node {row[end]} is not among the nodes")
    road_class = row.get("class") or "unclassified"
    if road_class not in _CODE:
        raise InvalidInput(where, f"class {road_class} is none of {', '.join(ROAD_CLASSES)}")
    oneway = (row.get("oneway") or "").lower()
    if oneway not in _YES | _NO:
        raise InvalidInput(where, f"oneway is yes or no, not {oneway}")
    speed_kmh = _positive(row, "speed_kmh", where)
    return StreetRow(
        a=number[row["from"]],
        b=number[row["to"]],
        line=_line(row, where, at[row["from"]], at[row["to"]]),
        oneway=oneway in _YES,
        speed_kmh=CLASS_SPEED_KMH[road_class] if math.isnan(speed_kmh) else speed_kmh,
        road_class=_CODE[road_class],
        way_id=line_id,
        name_id=names.number(row.get("name") or ""),
    )


def _positive(row: Row, key: str, where: str) -> float:
    """NaN where the table leaves it empty."""
    said = row.get(key) or ""
    if not said:
        return math.nan
    try:
        value = float(said)
    except ValueError:
        value = -1.0
    if not (value > 0 and math.isfinite(value)):
        raise InvalidInput(where, f"{key} must be a number above 0, not {said}")
    return value


def _line(row: Row, where: str, start: LonLat, end: LonLat) -> Float64s:
    """float64[k, 2]"""
    straight = np.array([[start.lon, start.lat], [end.lon, end.lat]])
    text = row.get("geometry") or ""
    if not text:
        return straight
    try:
        line = shapely.from_wkt(text)
    except shapely.errors.GEOSException as broken:
        raise InvalidInput(where, "geometry is no WKT") from broken
    if line.geom_type != "LineString" or len(line.coords) < 2:
        raise InvalidInput(where, "geometry must be a LINESTRING")
    return np.asarray(shapely.get_coordinates(line), np.float64)


def _rows(path: Path, *needed: str) -> Iterator[tuple[str, Row]]:
    """(where, row) with `where` the file and the line, for messages."""
    if not path.is_file():
        raise InvalidInput(str(path), "is no file")
    with path.open(newline="", encoding="utf-8-sig") as file:
        table = csv.DictReader(file)
        missing = [column for column in needed if column not in (table.fieldnames or ())]
        if missing:
            raise InvalidInput(path.name, f"has no column {', '.join(missing)}")
        for row in table:
            yield f"{path.name}, line {table.line_num}", row
