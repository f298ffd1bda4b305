"""Published location problems from their files, whatever form they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import Float64s
from simulations.siting.cells import demand_column, is_number, number_of, rows_of
from simulations.siting.distance_tables import POINT, is_list, named_table, pairs, plain_table
from simulations.siting.instance import Instance
from simulations.siting.or_library import is_graph, read_graph


def read_instance(path: Path, *, demands: Path | None = None) -> Instance:
    """An OR-Library p-median graph, a table (.csv, .txt, .npy) or a list of pairs, told apart by content.

    Nodes of the OR-Library are named from 1. InvalidInput names the line that cannot be.
    """
    if path.suffix == ".npy":
        found = plain_table(np.asarray(np.load(path, allow_pickle=False), np.float64))
    else:
        text = path.read_text(encoding="utf-8-sig")
        if is_graph(text):
            found = read_graph(text)
        else:
            rows = rows_of(text)
            found = pairs(rows) if is_list(rows[0]) else named_table(rows)
    return found if demands is None else _with_demands(found, demands)


def _with_demands(instance: Instance, path: Path) -> Instance:
    """`point,demand` in any order of points, or one number a line in theirs."""
    rows = rows_of(path.read_text(encoding="utf-8-sig"))
    points = len(instance.point)
    if is_number(rows[0][-1]) and len(rows[0]) == 1:
        demand = np.array([number_of(row[0], n) for n, row in enumerate(rows, 1)])
    else:
        header = rows[0]
        found = demand_column(header)
        column = len(header) - 1 if found is None else found
        named = next((header.index(n) for n in (*POINT, "id", "ID", "name", "NAME") if n in header), None)
        told = {row[named] if named is not None else str(k): number_of(row[column], k + 2)
                for k, row in enumerate(rows[1:])}  # fmt: skip
        counted = instance.point == tuple(map(str, range(points))) and instance.point[0] not in told
        demand = np.array(list(told.values()))
        if named is not None and not counted:
            demand = _in_order(instance.point, told)
    if len(demand) != points:
        raise InvalidInput("demands", f"has {len(demand)} numbers for {points} points")
    return replace(instance, demand=demand)


def _in_order(point: Sequence[str], told: Mapping[str, float]) -> Float64s:
    missing = next((name for name in point if name not in told), None)
    if missing is not None:
        raise InvalidInput("demands", f"say nothing of point {missing}")
    return np.array([told[name] for name in point])
