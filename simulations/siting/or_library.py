"""The OR-Library's own texts: graphs of p-median problems, and set covering."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import Float64s
from simulations.siting.instance import CoverInstance, Instance


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


def is_graph(text: str) -> bool:
    lines = [line.split() for line in text.strip().splitlines()[:3]]
    first = lines[0] if lines else []
    if len(first) != 3 or not all(word.isdigit() for word in first):
        return False
    nodes, edges = int(first[0]), int(first[1])
    return len(text.strip().splitlines()) - 1 == edges or edges > nodes > 3


def read_graph(text: str) -> Instance:
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


def _whole_numbers(text: str) -> list[int]:
    try:
        return [int(float(word)) for word in text.split()]
    except ValueError:
        raise InvalidInput("file", "holds something other than numbers") from None
