"""Published location problems as their files tell them: OR-Library text, tables, lists of pairs."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import Bools, Float64s

_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")
# How the columns of a list of pairs are called; the first that is there counts.
_DISTANCE = ("distance", "cost", "time", "minutes", "seconds")
_SITE = ("site", "name", "facility", "candidate", "from", "origin")
_POINT = ("point", "DestinationName", "client", "customer", "to", "destination")
_NAMES = frozenset(
    {"point", "name", "node", "tract", "zone", "index", "client", "customer", "from", "origin"}
)
_DEMAND = ("demand", "weight", "population", "pop", "pop2000", "demands", "weights", "inhabitants", "calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """distance float64[c, s], inf: no way; demand float64[c]; `sites` to place, if the file says so."""

    distance: Float64s
    demand: Float64s
    point: tuple[str, ...]
    site: tuple[str, ...]
    sites: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverInstance:
    """The OR-Library's set covering: reach bool[c, s] and the cost of every site."""

    reach: Bools
    cost: Float64s


def read_instance(path: Path, *, demands: Path | None = None) -> Instance:
    """An OR-Library p-median graph, a table (.csv, .txt, .npy) or a list of pairs, told apart by content.

    Nodes of the OR-Library are named from 1. InvalidInput names the line that cannot be.
    """
    if path.suffix == ".npy":
        found = _table(np.asarray(np.load(path, allow_pickle=False), np.float64))
    else:
        text = path.read_text(encoding="utf-8-sig")
        if _is_graph(text):
            found = _graph(text)
        else:
            rows = _rows(text)
            found = _pairs(rows) if _is_list(rows[0]) else _named_table(rows)
    return found if demands is None else _with_demands(found, demands)


def read_cover(path: Path) -> CoverInstance:
    """OR-Library's `scp` text: rows, columns, the columns' costs, then for each row how many and which."""
    numbers = _whole_numbers(path.read_text(encoding="utf-8"))
    try:
        rows, columns = numbers[0], numbers[1]
        cost, at = np.array(numbers[2 : 2 + columns], np.float64), 2 + columns
        reach = np.zeros((rows, columns), np.bool_)
        for row in range(rows):
            many = numbers[at]
            reach[row, np.array(numbers[at + 1 : at + 1 + many]) - 1] = True
            at += 1 + many
    except IndexError:
        raise InvalidInput(
            "file", f"{path} ends before its {numbers[:1]} rows do, or names a column too high"
        ) from None
    return CoverInstance(reach=reach, cost=cost)


def is_cover(path: Path) -> bool:
    """Whether the first line is two numbers, as set covering has it; three are a graph."""
    if path.suffix == ".npy":
        return False
    first = path.read_text(encoding="utf-8-sig").strip().split("\n", 1)[0].split()
    return len(first) == 2 and all(word.isdigit() for word in first)


def _is_graph(text: str) -> bool:
    lines = [line.split() for line in text.strip().splitlines()[:3]]
    first = lines[0] if lines else []
    if len(first) != 3 or not all(word.isdigit() for word in first):
        return False
    nodes, edges = int(first[0]), int(first[1])
    return len(text.strip().splitlines()) - 1 == edges or edges > nodes > 3


def _graph(text: str) -> Instance:
    """`nodes edges p`, then `u v length`. Where an edge is given twice, the last one counts."""
    lines = text.strip().splitlines()
    nodes, _, sites = (int(word) for word in lines[0].split())
    length: dict[tuple[int, int], float] = {}
    for number, line in enumerate(lines[1:], start=2):
        try:
            u, v, far = int(line.split()[0]) - 1, int(line.split()[1]) - 1, float(line.split()[2])
        except (ValueError, IndexError):
            raise InvalidInput(
                "file", f"line {number} is not `node node length`: {line.strip()[:60]}"
            ) from None
        if not (0 <= u < nodes and 0 <= v < nodes and far >= 0):
            raise InvalidInput("file", f"line {number} names a node beyond {nodes}, or a negative length")
        length[min(u, v), max(u, v)] = far
    ends = np.array(list(length), np.int64).reshape(-1, 2)
    # A length of nothing would be no edge to SciPy.
    weight = np.maximum(np.array(list(length.values())), 1e-300)
    graph = sparse.csr_array((weight, (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    away: Float64s = np.asarray(dijkstra(graph, directed=False))
    name = tuple(str(node) for node in range(1, nodes + 1))
    return Instance(distance=away, demand=np.ones(nodes), point=name, site=name, sites=sites)


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise InvalidInput("file", "is empty")
    separator = max(",;\t|", key=lines[0].count)
    if separator not in lines[0]:
        return [line.split() for line in lines]
    table = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)
    rows = [[cell.strip() for cell in row] for row in table]
    if separator == ",":
        return rows
    return [[_DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in row] for row in rows]


def _is_list(header: Sequence[str]) -> bool:
    return any(name in header for name in _DISTANCE) and any(name in header for name in _SITE + _POINT)


def _column(header: Sequence[str], names: Sequence[str], what: str) -> int:
    for name in names:
        if name in header:
            return header.index(name)
    raise InvalidInput("file", f"has no column for the {what}: one of {', '.join(names)}")


def _pairs(rows: Sequence[Sequence[str]]) -> Instance:
    header = rows[0]
    far = _column(header, _DISTANCE, "distance")
    site, point = _column(header, _SITE, "site"), _column(header, _POINT, "point")
    demand = _demand_column(header)
    sites = {name: k for k, name in enumerate(dict.fromkeys(row[site] for row in rows[1:]))}
    points = {name: k for k, name in enumerate(dict.fromkeys(row[point] for row in rows[1:]))}
    distance = np.full((len(points), len(sites)), np.inf)
    wanted = np.ones(len(points))
    for number, row in enumerate(rows[1:], start=2):
        distance[points[row[point]], sites[row[site]]] = _number(row[far], number)
        if demand is not None:
            wanted[points[row[point]]] = _amount(row[demand], number)
    return Instance(distance=distance, demand=wanted, point=tuple(points), site=tuple(sites))


def _named_table(rows: Sequence[Sequence[str]]) -> Instance:
    """Points by sites, with names in the first line and column or without; a column may be the demand."""
    if _is_number(rows[0][-1]) and all(_is_number(cell) for cell in rows[0][1:]):
        if _is_number(rows[0][0]) and len(rows[0]) == len(rows[-1]):
            _refuse_ragged(rows)
            return _table(np.array([[_number(cell, n) for cell in row] for n, row in enumerate(rows, 1)]))
        if len(rows[0]) == len(rows[-1]) and not _heads_names(rows):
            raise InvalidInput(
                "file", "its first line has a name for the point, but there are none for the sites"
            )
    header, body = rows[0], rows[1:]
    _refuse_ragged(rows)
    if not body:
        raise InvalidInput("file", "has a heading and nothing below it")
    named = len(header) == len(body[0]) and (
        _heads_names(rows) or not all(_is_number(row[0]) for row in body)
    )
    if len(header) == len(body[0]) - 1:  # no name over the names at the side
        header, named = ["", *header], True
    first = 1 if named else 0
    demand = _demand_column(header)
    columns = [k for k in range(first, len(header)) if k != demand]
    distance = np.array([[_number(row[k], n) for k in columns] for n, row in enumerate(body, 2)])
    point = tuple(row[0] for row in body) if named else tuple(str(k) for k in range(len(body)))
    wanted = np.ones(len(body))
    if demand is not None:
        wanted = np.array([_amount(row[demand], n) for n, row in enumerate(body, 2)])
    return Instance(distance=distance, demand=wanted, point=point, site=tuple(header[k] for k in columns))


def _heads_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first cell stands over points' names, which may be numbers as the sites' may."""
    corner = rows[0][0].lower()
    said = re.sub(r"[^a-z]", "", corner)
    return corner == "" or said in _NAMES or said.endswith("id") or said.startswith("unnamed")


def _demand_column(header: Sequence[str]) -> int | None:
    said = [cell.lower() for cell in header]
    return next((said.index(name) for name in _DEMAND if name in said), None)


def _refuse_ragged(rows: Sequence[Sequence[str]]) -> None:
    """The heading may lack a name over the names at the side."""
    width = Counter(map(len, rows[1:] or rows)).most_common(1)[0][0]
    for number, row in enumerate(rows, 1):
        if len(row) != width and not (number == 1 and len(row) == width - 1):
            raise InvalidInput("file", f"line {number} has {len(row)} cells, others {width}")


def _table(distance: Float64s) -> Instance:
    if distance.ndim != 2 or 0 in distance.shape:
        raise InvalidInput("file", "must hold a table of points by sites")
    points, sites = distance.shape
    return Instance(
        distance=distance, demand=np.ones(points),
        point=tuple(str(k) for k in range(points)), site=tuple(str(k) for k in range(sites)),
    )  # fmt: skip


def _with_demands(instance: Instance, path: Path) -> Instance:
    """`point,demand` in any order of points, or one number a line in theirs."""
    rows = _rows(path.read_text(encoding="utf-8-sig"))
    points = len(instance.point)
    if _is_number(rows[0][-1]) and len(rows[0]) == 1:
        demand = np.array([_number(row[0], n) for n, row in enumerate(rows, 1)])
    else:
        header = rows[0]
        found = _demand_column(header)
        column = len(header) - 1 if found is None else found
        named = next((header.index(n) for n in (*_POINT, "id", "ID", "name", "NAME") if n in header), None)
        told = {row[named] if named is not None else str(k): _number(row[column], k + 2)
                for k, row in enumerate(rows[1:])}  # fmt: skip
        counted = instance.point == tuple(map(str, range(points))) and instance.point[0] not in told
        demand = np.array(list(told.values()))
        if named is not None and not counted:
            demand = _in_order(instance.point, told)
    if len(demand) != points:
        raise InvalidInput("demands", f"has {len(demand)} numbers for {points} points")
    return Instance(
        distance=instance.distance,
        demand=demand,
        point=instance.point,
        site=instance.site,
        sites=instance.sites,
    )


def _in_order(point: Sequence[str], told: Mapping[str, float]) -> Float64s:
    missing = next((name for name in point if name not in told), None)
    if missing is not None:
        raise InvalidInput("demands", f"say nothing of point {missing}")
    return np.array([told[name] for name in point])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, line: int) -> float:
    if text == "":
        return float("inf")
    try:
        return float(text)
    except ValueError:
        raise InvalidInput("file", f"line {line} has {text[:40]!r} where a number belongs") from None


def _amount(text: str, line: int) -> float:
    """A demand: finite, at least 0."""
    value = _number(text, line)
    if not 0 <= value < float("inf"):
        raise InvalidInput("file", f"line {line}: the demand {text!r} must be a number of at least 0")
    return value


def _whole_numbers(text: str) -> list[int]:
    try:
        return [int(float(word)) for word in text.split()]
    except ValueError:
        raise InvalidInput("file", "holds something other than numbers") from None
