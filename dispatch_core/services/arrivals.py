"""What past drives teach about arrivals: predicted against actual, per mode, hour and length."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from dispatch_core.fleet.capability import UnitKind
from dispatch_core.roads.eta import MODES, Drives, EtaErrors, EtaModel, calibrate, errors
from dispatch_core.services.world import MODE_OF
from dispatch_core.store import missions

LEARNT_FROM = 5000  # newest drives


def past_drives(connection: Connection, *, zone: tzinfo, drilled: bool, limit: int = LEARNT_FROM) -> Drives:
    """Drives to the scene that arrived, the oldest first, in the seconds of their own world.

    `drilled`: those of drills alone, or none of them; what crews of a drill do teaches nothing in earnest.
    """
    rows = missions.arrived(connection, drilled=drilled, limit=limit)
    hours = [row.departed_at.astimezone(zone).hour for row in rows]
    return Drives(
        mode=np.array([MODES.index(MODE_OF[UnitKind(row.kind)].value) for row in rows], np.int64),
        hour=np.array(hours, np.int64),
        predicted_s=np.array([row.drive_s * row.world_speed for row in rows], np.float64),
        actual_s=np.array(
            [(row.arrived_at - row.departed_at).total_seconds() * row.world_speed for row in rows],
            np.float64,
        ),
    )


def learnt(connection: Connection, *, zone: tzinfo, drilled: bool) -> EtaModel:
    """The model of today's drives."""
    return calibrate(past_drives(connection, zone=zone, drilled=drilled))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Errors on drives that the model never saw: as the engine says, and corrected."""

    mode: str
    learnt_from: int
    plain: EtaErrors
    corrected: EtaErrors


def judged(drives: Drives) -> list[Judgement]:
    """Per mode that has drives: learnt from the earlier half of all, judged on the later half."""
    half = len(drives) // 2
    before, after = _part(drives, np.arange(half)), _part(drives, np.arange(half, len(drives)))
    model, plain = calibrate(before), EtaModel.untrained()
    found = []
    for number, mode in enumerate(MODES):
        own = _part(after, np.flatnonzero(after.mode == number))
        if len(own):
            learnt_from = int((before.mode == number).sum())
            found.append(
                Judgement(
                    mode=mode, learnt_from=learnt_from, plain=errors(own, plain), corrected=errors(own, model)
                )
            )
    return found


def _part(drives: Drives, rows: NDArray[np.int64]) -> Drives:
    return Drives(
        mode=drives.mode[rows], hour=drives.hour[rows], predicted_s=drives.predicted_s[rows],
        actual_s=drives.actual_s[rows],
    )  # fmt: skip
