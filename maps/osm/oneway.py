"""One-way streets, and who is excepted from them."""

from __future__ import annotations

from enum import Enum

from maps.osm.access import Tags

_KEYS = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
_EXCEPTED = ("oneway:emergency", "oneway:psv", "oneway:bus")
ROUNDABOUTS = frozenset({"roundabout", "circular"})


class Oneway(Enum):
    NO = "no"
    FORWARD = "forward"
    BACKWARD = "backward"
    REVERSIBLE = "reversible"  # by the hour; nobody can rely on it


_MEANING = {
    "yes": Oneway.FORWARD, "1": Oneway.FORWARD, "true": Oneway.FORWARD,
    "-1": Oneway.BACKWARD, "reverse": Oneway.BACKWARD,
    "no": Oneway.NO, "0": Oneway.NO, "false": Oneway.NO, "alternating": Oneway.NO,
    "reversible": Oneway.REVERSIBLE,
}  # fmt: skip


def oneway_of(tags: Tags, highway: str) -> Oneway:
    """Roundabouts and motorways are one-way unless they deny it."""
    for key in _KEYS:
        said = _MEANING.get(tags.get(key) or "")
        if said is not None:
            return said
    implied = highway == "motorway" or tags.get("junction") in ROUNDABOUTS
    return Oneway.FORWARD if implied else Oneway.NO


def siren_may_oppose(tags: Tags) -> bool:
    """A contraflow lane for buses or emergency vehicles runs against the one-way."""
    return any(tags.get(key) == "no" for key in _EXCEPTED) or tags.get("busway") == "opposite_lane"
