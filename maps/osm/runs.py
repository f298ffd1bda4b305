"""Forbidden runs of edges, gathered and packed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dispatch_core.roads import TurnRestrictions


@dataclass(frozen=True, slots=True)
class Ban:
    """Consecutive edges that must not be driven in this order."""

    edges: tuple[int, ...]
    siren_exempt: bool = False


def packed(bans: Iterable[Ban]) -> TurnRestrictions:
    """Each run once; exempt only if every ban of it is."""
    exempt: dict[tuple[int, ...], bool] = {}
    for ban in bans:
        exempt[ban.edges] = ban.siren_exempt and exempt.get(ban.edges, True)
    return TurnRestrictions(
        first=np.concatenate([[0], np.cumsum([len(edges) for edges in exempt], dtype=np.int64)]).astype(
            np.int64
        ),
        edges=np.array([edge for edges in exempt for edge in edges], np.int32),
        siren_exempt=np.array(list(exempt.values()), np.bool_),
    )
