"""Turn restrictions as their relations say them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from maps.dropped import Dropped
from maps.osm.access import Tags, first_said

_PROHIBITIONS = frozenset(
    {"no_left_turn", "no_right_turn", "no_straight_on", "no_u_turn", "no_entry", "no_exit", "no_turn"}
)
_MANDATES = frozenset({"only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn"})
_OURS = frozenset({"motorcar", "motor_vehicle", "vehicle"})
_UNDER_SIREN = frozenset({"emergency", "psv", "bus"})
_KEYS = ("restriction:motorcar", "restriction:motor_vehicle", "restriction")
_CONDITIONAL_KEYS = tuple(f"{key}:conditional" for key in _KEYS)
_OLD_CONDITIONS = ("day_on", "day_off", "hour_on", "hour_off")


class Member(Protocol):
    ref: int
    type: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """`via_nodes` has one member, or `via_ways` one or more; never both."""

    relation_id: int
    value: str
    from_ways: tuple[int, ...]
    via_nodes: tuple[int, ...]
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]
    siren_exempt: bool

    @property
    def mandatory(self) -> bool:
        return self.value in _MANDATES


def restriction_of(
    relation_id: int, tags: Tags, members: Iterable[Member], dropped: Dropped
) -> Restriction | None:
    """None where the relation says nothing to our vehicles or is broken; the reason is counted."""
    value = _value(tags, dropped)
    if value is None:
        return None
    excepted = {part.strip() for part in (tags.get("except") or "").split(";")}
    if excepted & _OURS:
        dropped.count("turn restriction that excepts motor vehicles")
        return None
    by_role: dict[tuple[str, str], list[int]] = {}
    for member in members:
        by_role.setdefault((member.role, member.type), []).append(member.ref)
    restriction = Restriction(
        relation_id=relation_id,
        value=value,
        from_ways=tuple(by_role.get(("from", "w"), ())),
        via_nodes=tuple(by_role.get(("via", "n"), ())),
        via_ways=tuple(by_role.get(("via", "w"), ())),
        to_ways=tuple(by_role.get(("to", "w"), ())),
        siren_exempt=bool(excepted & _UNDER_SIREN),
    )
    if _whole(restriction):
        return restriction
    dropped.count("turn restriction with wrong or missing members")
    return None


def _value(tags: Tags, dropped: Dropped) -> str | None:
    """What is forbidden or prescribed to motor vehicles, always."""
    said = first_said(tags, _KEYS)
    if said in _PROHIBITIONS or said in _MANDATES:
        reason = "turn restriction with a condition" if first_said(tags, _OLD_CONDITIONS) else None
    elif said is not None:
        reason = "turn restriction of an unknown kind"
    elif first_said(tags, _CONDITIONAL_KEYS):
        reason = "turn restriction with a condition"
    else:
        reason = "turn restriction for other vehicles alone"
    if reason is None:
        return said
    dropped.count(reason)
    return None


def _whole(restriction: Restriction) -> bool:
    """Only `no_entry` may have several ways from, only `no_exit` several to."""
    one_via = (len(restriction.via_nodes) == 1) != bool(restriction.via_ways) and len(
        restriction.via_nodes
    ) <= 1
    one_from = len(restriction.from_ways) == 1 or (restriction.from_ways and restriction.value == "no_entry")
    one_to = len(restriction.to_ways) == 1 or (restriction.to_ways and restriction.value == "no_exit")
    return bool(one_via and one_from and one_to)
