"""Several devices of one unit: which of them moves its marker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from dispatch_core.fleet.fixes import Fixes, Ids, Sender
from dispatch_core.fleet.ground import Bools
from dispatch_core.fleet.neighbours import Rows
from dispatch_core.fleet.telemetry import TelemetryParams
from dispatch_core.roads.graph import Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A unit's newest believed position as far as arbitration needs it."""

    device_id: UUID
    priority: int
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """Sender for sender its unit's marker; `known` bool[s] tells where there is one.

    device_ids  V16[s]    who set it
    priority    int64[s]  of that device
    at_us       int64[s]  its time of fix
    """

    known: Bools
    device_ids: Ids
    priority: Int64s
    at_us: Int64s

    @classmethod
    def of(cls, markers: Sequence[Marker | None]) -> Markers:
        """One for each sender."""
        blank = Marker(device_id=UUID(int=0), priority=0, at_us=0)
        told = [marker or blank for marker in markers]
        return cls(
            known=np.array([marker is not None for marker in markers], np.bool_),
            device_ids=np.array([marker.device_id.bytes for marker in told], "V16"),
            priority=np.array([marker.priority for marker in told], np.int64),
            at_us=np.array([marker.at_us for marker in told], np.int64),
        )

    def __getitem__(self, sender: int) -> Marker | None:
        if not self.known[sender]:
            return None
        return Marker(
            device_id=UUID(bytes=self.device_ids[sender].tobytes()), priority=int(self.priority[sender]),
            at_us=int(self.at_us[sender]),
        )  # fmt: skip


def may_move(marker: Marker | None, sender: Sender, at_us: int, params: TelemetryParams) -> bool:
    """A marker never moves back; a better device keeps it while it is fresh."""
    if marker is None:
        return True
    if at_us <= marker.at_us:
        return False
    has_word = sender.device_id == marker.device_id or sender.priority <= marker.priority
    return has_word or at_us - marker.at_us > params.fresh_s * 1e6


def winners(fixes: Fixes, alive: Bools, markers: Markers, params: TelemetryParams) -> Int64s:
    """int64[u]: for each unit whose marker moves the row that it moves to, by increasing row."""
    contested = _contested(fixes, markers)
    rows = np.flatnonzero(alive)
    whose = fixes.sender[rows]
    last = rows[np.flatnonzero(np.append(whose[1:] != whose[:-1], True))] if len(rows) else rows
    number = fixes.sender[last]
    newer = ~markers.known[number] | (fixes.fixed_at_us[last] > markers.at_us[number])
    moved: list[int] = last[newer & ~contested[number]].tolist()
    for unit_id in {fixes.senders[n].unit_id for n in np.flatnonzero(contested).tolist()}:
        winner = _contest(fixes, rows, unit_id, markers, params)
        moved += [] if winner is None else [winner]
    return np.array(sorted(moved), np.int64)


def _contested(fixes: Fixes, markers: Markers) -> Bools:
    """bool[s]: senders whose unit has two devices here, or whose unit's marker another device set."""
    _, unit, count = np.unique(fixes.unit_ids.view("S16"), return_inverse=True, return_counts=True)
    return np.asarray(
        (count[unit] > 1) | (markers.known & (markers.device_ids.view("S16") != fixes.device_ids.view("S16")))
    )


def _contest(
    fixes: Fixes, rows: Rows, unit_id: UUID, markers: Markers, params: TelemetryParams
) -> int | None:
    """The fixes of one unit's devices in the order of their times, each against the marker as it is then."""
    own = np.flatnonzero([sender.unit_id == unit_id for sender in fixes.senders])
    mine = rows[np.isin(fixes.sender[rows], own)]
    marker = markers[int(own[0])]
    winner: int | None = None
    for row in mine[np.argsort(fixes.fixed_at_us[mine], kind="stable")].tolist():
        sender, at_us = fixes.senders[fixes.sender[row]], int(fixes.fixed_at_us[row])
        if may_move(marker, sender, at_us, params):
            winner = row
            marker = Marker(device_id=sender.device_id, priority=sender.priority, at_us=at_us)
    return winner
