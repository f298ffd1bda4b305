"""A network as two tables, for cities whose streets come from elsewhere than OpenStreetMap.

nodes.csv: `id,lon,lat`. edges.csv: `from,to,length_m,speed_kmh` and, if wanted, `oneway` (yes, no or -1;
empty is a street of both directions), `name`, `class` (a value of OSM's `highway`), `geometry` (WKT
LINESTRING, lon lat, drawn from either end). An empty or zero length is measured, an empty speed is that of
the class. Other units have columns of their own (`length_km`, `speed_mps`, `speed_mph`), and `time_s` tells
how long a row takes where no speed is told. A column that means nothing here is told. A table without
`oneway` most of whose rows have their opposite as a row lists directions, not streets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE, LonLat
from dispatch_core.roads import ROAD_CLASSES, RoadGraph
from dispatch_core.roads.graph import Float64s, Int32s
from maps.dropped import Dropped
from maps.names import NameTable
from maps.osm.limits import KMH_PER_MPH, limit_kmh
from maps.speeds import CLASS_SPEED_KMH
from maps.street_rows import StreetRow, streets_of
from maps.streets import DEGREE_DECIMALS, SHORTEST_M, directed
from maps.survey import Survey, sha256_of
from maps.tables import Row, rows_of, same_id, unread

KMH_PER_MPS = 3.6
_ASTRAY_M = 1000.0  # from its nodes; networks drawn for overviews are a junction's width off
_CODE = {name: code for code, name in enumerate(ROAD_CLASSES)}
_NO, _YES, _AGAINST = (
    {"", "no", "n", "0", "false", "0.0"},
    {"yes", "y", "1", "true", "1.0"},
    {"-1", "reverse"},
)
_DIRECTIONS = "row taken for one direction, since its opposite is a row too (kept)"
_UNITS: Mapping[str, tuple[tuple[str, float], ...]] = {  # and how many of the first are one of it
    "length_m": (("length_m", 1.0), ("length_km", 1000.0)),
    "speed_kmh": (("speed_kmh", 1.0), ("speed_mps", KMH_PER_MPS), ("speed_mph", KMH_PER_MPH)),
    "time_s": (("time_s", 1.0),),
}
_READ = ("from", "to", "oneway", "name", "class", "geometry", *(u for of in _UNITS.values() for u, _ in of))
_CLASSLESS = "row of an unknown class, taken for unclassified (kept)"


def survey(nodes: Path, edges: Path, *, licence: str = "as its owner says", attribution: str = "") -> Survey:
    """InvalidInput names the file and the line of the first row that cannot be right."""
    dropped = Dropped()
    return Survey(
        graph=_graph(nodes, edges, dropped),
        dropped=dropped,
        source=f"{nodes.name}, {edges.name}",
        source_sha256=sha256_of(nodes, edges),
        licence=licence,
        attribution=attribution,
    )


def _graph(nodes: Path, edges: Path, dropped: Dropped) -> RoadGraph:
    """The row of an edge is its `way_id`. Read row by row, if need be twice: a long table fills no memory."""
    at, number = _nodes(nodes)
    _, first = next(rows_of(edges, "from", "to"), (edges.name, None))
    if first is None:
        raise InvalidInput(edges.name, "has no rows")
    lists_directions = "oneway" not in first and _lists_directions(edges)
    names = NameTable()
    rows: list[StreetRow] = []
    said_m: list[float] = []
    said_s: list[float] = []
    for where, row in rows_of(edges, "from", "to"):
        street = _street(row, where, len(rows), at, number, names)
        dropped.count(_CLASSLESS, row.get("class", "unclassified") not in {"", *_CODE})
        rows.append(replace(street, oneway=True) if lists_directions else street)
        said_m.append(_number(row, "length_m", where, zero=True))
        takes_s = _number(row, "time_s", where)
        said_s.append(takes_s if math.isnan(_number(row, "speed_kmh", where)) else math.nan)
    dropped.count(_DIRECTIONS, len(rows) if lists_directions else 0)
    for column in unread(first, _READ):
        dropped.count(f"cell of the column {column}, which means nothing here", len(rows))
    places = np.array([(place.lon, place.lat) for place in at.values()])
    graph = directed(streets_of(rows, node_lon=places[:, 0], node_lat=places[:, 1], names=names))
    length_m = np.array(said_m)[graph.way_id]
    length_m = np.where(length_m > 0, np.maximum(length_m, SHORTEST_M), graph.length_m)
    driven_kmh = length_m / np.array(said_s)[graph.way_id] * KMH_PER_MPS
    speed_kmh = np.where(np.isnan(driven_kmh), graph.speed_kmh, driven_kmh).astype(np.float32)
    return replace(graph, length_m=length_m, speed_kmh=speed_kmh, reverse=_paired(graph))


def _lists_directions(edges: Path) -> bool:
    """Whether most rows of a table that does not say `oneway` have their opposite beside them."""
    pairs = [(same_id(row["from"]), same_id(row["to"])) for _, row in rows_of(edges, "from", "to")]
    known = set(pairs)
    return 2 * sum((b, a) in known for a, b in pairs if a != b) > len(pairs)


def _paired(graph: RoadGraph) -> Int32s:
    """int32[m]: `reverse`, where two one-way rows over the same line are also a street of both directions."""
    reverse = graph.reverse.copy()
    waiting: dict[tuple[int, int], list[int]] = {}
    for edge in np.nonzero(reverse < 0)[0].tolist():
        tail, head = int(graph.tail[edge]), int(graph.head[edge])
        for other in waiting.get((head, tail), []):
            if (
                tail != head
                and reverse[other] < 0
                and _same_line(graph.points(other), graph.points(edge)[::-1])
            ):
                reverse[edge], reverse[other] = other, edge
                break
        else:
            waiting.setdefault((tail, head), []).append(edge)
    return reverse


def _same_line(one: Float64s, other: Float64s) -> bool:
    return one.shape == other.shape and float(np.abs(one - other).max()) < 10.0**-DEGREE_DECIMALS


def _nodes(path: Path) -> tuple[dict[str, LonLat], dict[str, int]]:
    at: dict[str, LonLat] = {}
    for where, row in rows_of(path, "id", "lon", "lat"):
        node = same_id(row["id"])
        if node in at:
            raise InvalidInput(where, f"node {node} is there twice")
        try:
            at[node] = LonLat(float(row["lon"]), float(row["lat"]))
        except ValueError as broken:
            raise InvalidInput(where, "lon and lat must be degrees") from broken
        except InvalidInput as broken:
            raise InvalidInput(where, str(broken)) from broken
    return at, {node: number for number, node in enumerate(at)}


def _street(
    row: Row, where: str, line_id: int, at: Mapping[str, LonLat], number: Mapping[str, int], names: NameTable
) -> StreetRow:
    ends = [same_id(row[end]) for end in ("from", "to")]
    for end in ends:
        if end not in at:
            raise InvalidInput(where, f"node {end} is not among the nodes")
    road_class = row.get("class") or "unclassified"
    road_class = road_class if road_class in _CODE else "unclassified"
    oneway = (row.get("oneway") or "").lower()
    if oneway not in _YES | _NO | _AGAINST:
        raise InvalidInput(where, f"oneway is yes, no or -1, not {oneway}")
    line = _line(row, where, *(at[end] for end in ends))
    if oneway in _AGAINST:
        ends, line = ends[::-1], line[::-1]
    speed_kmh = _number(row, "speed_kmh", where)
    return StreetRow(
        a=number[ends[0]],
        b=number[ends[1]],
        line=line,
        oneway=oneway not in _NO,
        speed_kmh=CLASS_SPEED_KMH[road_class] if math.isnan(speed_kmh) else speed_kmh,
        road_class=_CODE[road_class],
        way_id=line_id,
        name_id=names.number(row.get("name") or ""),
    )


def _number(row: Row, key: str, where: str, *, zero: bool = False) -> float:
    """NaN where the table leaves it empty in every unit; above 0, or `zero` as well."""
    column, factor = next(((name, factor) for name, factor in _UNITS[key] if row.get(name)), (key, 1.0))
    said = row.get(column) or ""
    if not said:
        return math.nan
    try:
        value = float(said)
    except ValueError:
        value = limit_kmh(said) if column == "speed_kmh" else -1.0
    if not (math.isfinite(value) and (value > 0 or (zero and value == 0))):
        raise InvalidInput(where, f"{column} must be a number above 0, not {said}")
    return value * factor


def _line(row: Row, where: str, start: LonLat, end: LonLat) -> Float64s:
    """float64[k, 2]"""
    straight = np.array([[start.lon, start.lat], [end.lon, end.lat]])
    text = row.get("geometry") or ""
    if not text:
        return straight
    try:
        with np.errstate(invalid="ignore"):  # of nan, which is told below
            line = shapely.from_wkt(text)
    except shapely.errors.GEOSException as broken:
        raise InvalidInput(where, "geometry is no WKT") from broken
    if line.geom_type != "LineString" or len(line.coords) < 2:
        raise InvalidInput(where, "geometry must be a LINESTRING")
    points = np.asarray(shapely.get_coordinates(line), np.float64)
    if not np.isfinite(points).all():
        raise InvalidInput(where, "geometry must be of finite numbers")
    # Undirected tables keep one drawing of a street, whichever end their row begins at.
    against = np.abs(points[[0, -1]] - straight[::-1]).sum() < np.abs(points[[0, -1]] - straight).sum()
    points = points[::-1] if against else points
    # A line of another street, or written lat lon, would be measured and drawn somewhere else.
    astray = np.abs(points[[0, -1]] - straight).max() * METRES_PER_DEGREE > _ASTRAY_M
    if astray:
        raise InvalidInput(where, "geometry does not join its nodes; are its points lon lat?")
    return points
