"""Streets by what people call them: a name, or one of the references that a road bears."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.graph import RoadGraph


def spelt(word: str) -> str:
    """As words are compared: `G 15` and `g15` are one road."""
    return "".join(word.split()).casefold()


def edges_called(graph: RoadGraph, word: str) -> NDArray[np.int64]:
    """int64[k]: every edge with this name or reference; one that bears several (`G15;S18`) has each."""
    wanted = spelt(word)
    if not wanted:
        return np.zeros(0, np.int64)
    ids = [i for i, known in enumerate(graph.names) if wanted in {*map(spelt, (known, *known.split(";")))}]
    return np.flatnonzero(np.isin(graph.name_id, ids) | np.isin(graph.ref_id, ids))


def reference_of(graph: RoadGraph, edges: NDArray[np.int64]) -> str:
    """The first reference of most of these edges; empty if most have none."""
    ids, times = np.unique(graph.ref_id[edges], return_counts=True)
    return graph.names[int(ids[times.argmax()])].split(";")[0] if len(ids) else ""
