"""Who may drive a way, from OpenStreetMap's access tags."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")  # the most special key speaks first
_FORWARD_KEYS = tuple(f"{key}:forward" for key in ACCESS_KEYS)
_BACKWARD_KEYS = tuple(f"{key}:backward" for key in ACCESS_KEYS)
_DESTINATION = frozenset({"destination", "customers", "delivery", "private", "permit", "residents"})
_SHUT = frozenset(
    {"no", "agricultural", "forestry", "psv", "bus", "taxi", "emergency", "military", "use_sidepath", "hov",
     "bicycle", "foot", "pedestrian", "tourist_bus", "share_taxi", "agricultural;forestry"}
)  # fmt: skip
_SPECIAL = ("emergency", "psv", "bus")  # a unit under siren goes where buses go
_YES = frozenset({"yes", "designated", "official", "permissive", "opposite_lane"})


class Tags(Protocol):
    def get(self, key: str, /) -> str | None: ...


class Access(Enum):
    OPEN = "open"
    DESTINATION = "destination"
    SIREN = "siren"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Directions:
    """Access along the way as drawn, and against it."""

    forward: Access
    backward: Access

    @property
    def none(self) -> bool:
        return self.forward is Access.SHUT and self.backward is Access.SHUT


def access_of(tags: Tags, *, default: Access) -> Directions:
    """What the access tags say of each direction, one-ways left aside."""
    both = first_said(tags, ACCESS_KEYS)
    sides = (first_said(tags, _FORWARD_KEYS) or both, first_said(tags, _BACKWARD_KEYS) or both)
    forward, backward = (default if said is None else access_value(said) for said in sides)
    if Access.SHUT in (forward, backward) and open_to_siren(tags):
        forward, backward = (Access.SIREN if a is Access.SHUT else a for a in (forward, backward))
    return Directions(forward, backward)


def first_said(tags: Tags, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        said = tags.get(key)
        if said is not None:
            return said
    return None


def access_value(said: str) -> Access:
    """One value of an access key; of several (`agricultural;destination`) the most generous."""
    parts = {part.strip() for part in said.split(";")}
    if parts & _DESTINATION:
        return Access.DESTINATION
    if not parts <= _SHUT:
        return Access.OPEN
    return Access.SIREN if parts & {"emergency", "psv", "bus"} else Access.SHUT


def open_to_siren(tags: Tags) -> bool:
    """Emergency vehicles or buses may, whoever else may not."""
    return any(tags.get(key) in _YES for key in _SPECIAL) and tags.get("emergency") != "no"
