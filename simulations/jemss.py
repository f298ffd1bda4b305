"""City models of the ambulance simulator JEMSS (Ridler, Mason, Raith 2022), read from their own files.

Roads are directed arcs with days of travel for two modes, lights and sirens first. Their raster of population
is not part of the files: demand is spread over the road network's nodes, which lie dense where people live.
"""

from __future__ import annotations

import ast
import csv
import io
import operator
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from dispatch_core.errors import InvalidInput
from simulations.city_model import CityModel, Fleet
from simulations.demand import HOURS_OF_WEEK, Demand
from simulations.kernel.arrays import AMBULANCE, Float64s, Int64s

DAY_S = 86_400.0
_DRAWS = 4096  # quantiles of a duration's law that stand for it

Table = list[dict[str, str]]


def read_jemss(folder: Path, *, places: int = 600, seed: int = 1) -> CityModel:
    """`places` nodes stand for demand, beside stations and hospitals; InvalidInput names what is missing."""
    roads = _only(folder / "travel" / "roads", "*.zip")
    node, lon, lat, arcs, seconds = _roads(roads)
    stations = _table(_only(folder / "stations", "*.csv"), "stations")
    hospitals = _table(_only(folder / "hospitals", "*.csv"), "hospitals")
    ambulances = _table(_only(folder / "ambulances", "*.csv"), "ambulances")
    tree = cKDTree(np.stack([lon * np.cos(np.radians(lat.mean())), lat], axis=1))

    def nearest(rows: Table) -> Int64s:
        x = np.array([float(row["x"]) for row in rows]) * np.cos(np.radians(lat.mean()))
        return np.asarray(tree.query(np.stack([x, [float(row["y"]) for row in rows]], axis=1))[1], np.int64)

    chosen = np.random.default_rng(seed).choice(len(node), size=min(places, len(node)), replace=False)
    special = np.concatenate([nearest(stations), nearest(hospitals)])
    at = np.concatenate([special, np.setdiff1d(chosen, special)])
    s, h = len(stations), len(hospitals)
    weight = np.ones(len(at))
    weight[: s + h] = 0.0
    station_of = {row["index"]: k for k, row in enumerate(stations)}
    base = np.array([station_of[row["stationIndex"]] for row in ambulances], np.int64)
    demand, dispatch_s = _calls(folder, weight)
    return CityModel(
        name=folder.name.removeprefix("jemss_"),
        source=f"JEMSS {folder.name}; roads © OpenStreetMap contributors",
        time_s=_times(arcs, seconds, at)[None],
        lon=lon[at],
        lat=lat[at],
        stations=np.arange(s, dtype=np.int64),
        hospitals=np.arange(s, s + h, dtype=np.int64),
        demand=demand,
        fleet=Fleet(
            kind=np.full(len(base), AMBULANCE, np.int64), base=base, turnout_s=dispatch_s,
            turnout_rolling_s=dispatch_s,
        ),
    )  # fmt: skip


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise InvalidInput("folder", f"has no {folder.name}/{pattern}")
    return found[0]


def _tables(lines: Sequence[str]) -> Iterator[tuple[str, Table]]:
    """Several tables are in one file: a line with the name, a line of columns, rows, an empty line."""
    rows = list(csv.reader(lines))
    k = 0
    while k < len(rows):
        if not any(cell.strip() for cell in rows[k]):
            k += 1
            continue
        name, header, k = rows[k][0], rows[k + 1] if k + 1 < len(rows) else [], k + 2
        body: Table = []
        while k < len(rows) and any(cell.strip() for cell in rows[k]):
            body.append({c: v for c, v in zip(header, rows[k], strict=False) if c})
            k += 1
        yield name, body


def _table(path: Path, name: str) -> Table:
    with path.open(encoding="utf-8") as lines:
        for found, rows in _tables(list(lines)):
            if found == name:
                return rows
    raise InvalidInput("folder", f"{path.name} has no table {name}")


def _roads(path: Path) -> tuple[Int64s, Float64s, Float64s, Int64s, Float64s]:
    """(nodes, lon, lat, arcs int64[a, 2], seconds float64[2, a]) of the largest strongly connected part."""
    with zipfile.ZipFile(path) as kept:
        nodes = _numbers(kept.read("nodes.csv"), "nodes", ("index", "x", "y"))
        arcs = _numbers(kept.read("arcs.csv"), "arcs", ("fromNode", "toNode", "mode_1", "mode_2"))
    tail, head = arcs[:, 0].astype(np.int64) - 1, arcs[:, 1].astype(np.int64) - 1
    graph = csr_array((np.ones(len(tail)), (tail, head)), shape=(len(nodes), len(nodes)))
    _, part = connected_components(graph, connection="strong")
    kept_node = part == np.bincount(part).argmax()
    number = np.cumsum(kept_node) - 1
    inside = kept_node[tail] & kept_node[head]
    pairs = np.stack([number[tail[inside]], number[head[inside]]], axis=1).astype(np.int64)
    seconds = arcs[inside][:, 2:].T * DAY_S
    return np.flatnonzero(kept_node), nodes[kept_node, 1], nodes[kept_node, 2], pairs, seconds


def _numbers(content: bytes, table: str, columns: Sequence[str]) -> Float64s:
    lines = io.StringIO(content.decode("utf-8")).readlines()
    for name, rows in _tables(lines):
        if name == table:
            return np.array([[float(row[column]) for column in columns] for row in rows])
    raise InvalidInput("folder", f"the roads have no table {table}")


def _times(arcs: Int64s, seconds: Float64s, at: Int64s) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """float32[2, p, p]"""
    size = int(arcs.max()) + 1
    tables = []
    for mode in range(2):
        # Of two arcs between the same nodes the quicker counts.
        order = np.lexsort((seconds[mode], arcs[:, 1], arcs[:, 0]))
        pairs, first = np.unique(arcs[order], axis=0, return_index=True)
        graph = csr_array((seconds[mode][order][first], (pairs[:, 0], pairs[:, 1])), shape=(size, size))
        tables.append(dijkstra(graph, indices=at)[:, at])
    return np.stack(tables).astype(np.float32)


def _calls(folder: Path, weight: Float64s) -> tuple[Demand, float]:
    """The generator's settings; and the seconds between a call and the wheels' rolling."""
    path = folder / "calls" / "reps" / "train" / "gen_config.xml"
    if not path.is_file():
        raise InvalidInput("folder", f"has no {path.relative_to(folder)}")
    said = {e.tag: (e.text or "") for e in ElementTree.parse(path).iter()}
    per_day = 1.0 / _mean(said["interarrivalTime"])
    share = [float(x) for x in re.findall(r"[\d.]+", said["priority"].split("[")[1])]
    return Demand(
        per_hour=np.full(HOURS_OF_WEEK, per_day / 24.0),
        place_weight=weight,
        priority_share=dict(enumerate(share, start=1)),
        scene_s=_law_s(said["onSceneDuration"]),
        handover_s=_law_s(said["handoverDuration"]),
        to_hospital=_mean(said["transport"]),
    ), _mean(said["dispatchDelay"]) * DAY_S


def _law_s(text: str) -> Float64s:
    """Equally likely durations in seconds: of an exponential law the middles of so many slices."""
    mean_s = _mean(text) * DAY_S
    if not text.startswith("Exponential"):
        return np.array([mean_s])
    return -np.log1p(-(np.arange(_DRAWS) + 0.5) / _DRAWS) * mean_s


def _mean(text: str) -> float:
    """The first argument of a law such as `Exponential(1/(18.8*24))` or `Normal(50/60/60/24, 0)`."""
    try:
        law = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        law = None
    if not isinstance(law, ast.Call) or not law.args:
        raise InvalidInput("folder", f"has a law that is not understood: {text}")
    return _value(law.args[0], text)


def _value(said: ast.expr, text: str) -> float:
    """Of numbers, their signs and the four operations."""
    match said:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, text)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(left, text), _value(right, text))
    raise InvalidInput("folder", f"has a law that is not understood: {text}")


_OPERATIONS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
