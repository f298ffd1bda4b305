"""Several devices of one unit: which of them moves its marker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from dispatch_core.fleet.fixes import Fixes, Sender
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
    """Sender for sender: its unit's marker, None if it has none."""

    of_sender: tuple[Marker | None, ...]


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
    contested = _contested(fixes.senders, markers)
    rows = np.flatnonzero(alive)
    whose = fixes.sender[rows]
    last = rows[np.flatnonzero(np.append(whose[1:] != whose[:-1], True))] if len(rows) else rows
    moved: list[int] = []
    ends = (last.tolist(), fixes.sender[last].tolist(), fixes.fixed_at_us[last].tolist())
    for row, number, at_us in zip(*ends, strict=True):
        marker = markers.of_sender[number]
        if fixes.senders[number].unit_id not in contested and (marker is None or at_us > marker.at_us):
            moved.append(row)
    for unit_id in contested:
        winner = _contest(fixes, rows, unit_id, markers, params)
        moved += [] if winner is None else [winner]
    return np.array(sorted(moved), np.int64)


def _contested(senders: Sequence[Sender], markers: Markers) -> set[UUID]:
    """Units with two devices here, or whose marker another device set."""
    sharing = Counter(sender.unit_id for sender in senders)
    return {
        sender.unit_id
        for sender, marker in zip(senders, markers.of_sender, strict=True)
        if sharing[sender.unit_id] > 1 or (marker is not None and marker.device_id != sender.device_id)
    }


def _contest(
    fixes: Fixes, rows: Rows, unit_id: UUID, markers: Markers, params: TelemetryParams
) -> int | None:
    """The fixes of one unit's devices in the order of their times, each against the marker as it is then."""
    own = np.flatnonzero([sender.unit_id == unit_id for sender in fixes.senders])
    mine = rows[np.isin(fixes.sender[rows], own)]
    marker = markers.of_sender[own[0]]
    winner: int | None = None
    for row in mine[np.argsort(fixes.fixed_at_us[mine], kind="stable")].tolist():
        sender, at_us = fixes.senders[fixes.sender[row]], int(fixes.fixed_at_us[row])
        if may_move(marker, sender, at_us, params):
            winner = row
            marker = Marker(device_id=sender.device_id, priority=sender.priority, at_us=at_us)
    return winner
