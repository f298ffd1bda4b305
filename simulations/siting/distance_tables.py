"""Distances as tables of points by sites, and as lists of pairs, with names or without."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import Float64s
from simulations.siting.cells import amount_of, column_of, demand_column, is_number, number_of
from simulations.siting.instance import Instance

# How the columns of a list of pairs are called; the first that is there counts.
_DISTANCE = ("distance", "cost", "time", "minutes", "seconds")
_SITE = ("site", "name", "facility", "candidate", "from", "origin")
POINT = ("point", "DestinationName", "client", "customer", "to", "destination")
_NAMES = frozenset(
    {"point", "name", "node", "tract", "zone", "index", "client", "customer", "from", "origin"}
)


def is_list(header: Sequence[str]) -> bool:
    return any(name in header for name in _DISTANCE) and any(name in header for name in _SITE + POINT)


def pairs(rows: Sequence[Sequence[str]]) -> Instance:
    header = rows[0]
    far = column_of(header, _DISTANCE, "distance")
    site, point = column_of(header, _SITE, "site"), column_of(header, POINT, "point")
    demand = demand_column(header)
    sites = {name: k for k, name in enumerate(dict.fromkeys(row[site] for row in rows[1:]))}
    points = {name: k for k, name in enumerate(dict.fromkeys(row[point] for row in rows[1:]))}
    distance = np.full((len(points), len(sites)), np.inf)
    wanted = np.ones(len(points))
    for number, row in enumerate(rows[1:], start=2):
        distance[points[row[point]], sites[row[site]]] = number_of(row[far], number)
        if demand is not None:
            wanted[points[row[point]]] = amount_of(row[demand], number)
    return Instance(distance=distance, demand=wanted, point=tuple(points), site=tuple(sites))


def named_table(rows: Sequence[Sequence[str]]) -> Instance:
    """Points by sites, with names in the first line and column or without; a column may be the demand."""
    if is_number(rows[0][-1]) and all(is_number(cell) for cell in rows[0][1:]):
        if is_number(rows[0][0]) and len(rows[0]) == len(rows[-1]):
            _refuse_ragged(rows)
            return plain_table(
                np.array([[number_of(cell, n) for cell in row] for n, row in enumerate(rows, 1)])
            )
        if len(rows[0]) == len(rows[-1]) and not _heads_names(rows):
            raise InvalidInput(
                "file", "its first line has a name for the point, but there are none for the sites"
            )
    header, body = rows[0], rows[1:]
    _refuse_ragged(rows)
    if not body:
        raise InvalidInput("file", "has a heading and nothing below it")
    named = len(header) == len(body[0]) and (_heads_names(rows) or not all(is_number(row[0]) for row in body))
    if len(header) == len(body[0]) - 1:  # no name over the names at the side
        header, named = ["", *header], True
    first = 1 if named else 0
    demand = demand_column(header)
    columns = [k for k in range(first, len(header)) if k != demand]
    distance = np.array([[number_of(row[k], n) for k in columns] for n, row in enumerate(body, 2)])
    point = tuple(row[0] for row in body) if named else tuple(str(k) for k in range(len(body)))
    wanted = np.ones(len(body))
    if demand is not None:
        wanted = np.array([amount_of(row[demand], n) for n, row in enumerate(body, 2)])
    return Instance(distance=distance, demand=wanted, point=point, site=tuple(header[k] for k in columns))


def _heads_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first cell stands over points' names, which may be numbers as the sites' may."""
    corner = rows[0][0].lower()
    said = re.sub(r"[^a-z]", "", corner)
    return corner == "" or said in _NAMES or said.endswith("id") or said.startswith("unnamed")


def _refuse_ragged(rows: Sequence[Sequence[str]]) -> None:
    """The heading may lack a name over the names at the side."""
    width = Counter(map(len, rows[1:] or rows)).most_common(1)[0][0]
    for number, row in enumerate(rows, 1):
        if len(row) != width and not (number == 1 and len(row) == width - 1):
            raise InvalidInput("file", f"line {number} has {len(row)} cells, others {width}")


def plain_table(distance: Float64s) -> Instance:
    if distance.ndim != 2 or 0 in distance.shape:
        raise InvalidInput("file", "must hold a table of points by sites")
    points, sites = distance.shape
    return Instance(
        distance=distance, demand=np.ones(points),
        point=tuple(str(k) for k in range(points)), site=tuple(str(k) for k in range(sites)),
    )  # fmt: skip
