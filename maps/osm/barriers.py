"""Barriers across a street: who passes, and the bans that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from maps.osm.access import ACCESS_KEYS, Access, Tags, access_value, first_said, open_to_siren
from maps.osm.incidence import Incidence
from maps.osm.runs import Ban

_OPEN = frozenset(
    {"arch", "border_control", "cattle_grid", "entrance", "gate", "height_restrictor", "kerb", "lift_gate",
     "no", "sally_port", "swing_gate", "toll_booth", "yes"}
)  # fmt: skip
# Crews open, fold or lift these; for anyone else they are the end of the road.
_OPENED_BY_CREWS = frozenset(
    {"bar", "bollard", "bus_trap", "chain", "gate", "hampshire_gate", "lift_gate", "rope", "sliding_gate",
     "sump_buster", "swing_gate", "wicket_gate"}
)  # fmt: skip


def barrier_access(tags: Tags, barrier: str) -> Access:
    """Who passes the barrier: its access tags speak first, then what it is."""
    said = first_said(tags, ACCESS_KEYS)
    usual = Access.OPEN if barrier in _OPEN else Access.SHUT
    access = usual if said is None else access_value(said)
    if access is Access.SHUT and (barrier in _OPENED_BY_CREWS or open_to_siren(tags)):
        return Access.SIREN if tags.get("emergency") != "no" else Access.SHUT
    return access


def barrier_bans(incidence: Incidence, barriers: Mapping[int, Access]) -> Iterator[Ban]:
    """Every passage through a junction with a barrier; turning round before it stays allowed."""
    reverse = incidence.graph.reverse
    for node, access in barriers.items():
        if access is Access.SHUT or access is Access.SIREN:
            for edge in incidence.entering(node):
                for onward in incidence.leaving(node):
                    if onward != reverse[edge]:
                        yield Ban((edge, onward), siren_exempt=access is Access.SIREN)
