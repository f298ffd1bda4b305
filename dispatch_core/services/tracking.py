"""Positions come in: judged, stored with their verdicts, and only then acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from dispatch_core.errors import Unavailable
from dispatch_core.fleet.fixes import Fixes, microseconds
from dispatch_core.fleet.ground import Bools, Ground
from dispatch_core.fleet.pipeline import BELIEVED, Case, inverse, judged, reasons
from dispatch_core.fleet.telemetry import Refusal, TelemetryParams
from dispatch_core.roads.graph import UInt8s
from dispatch_core.services.unit_of_work import Transaction, UnitOfWork
from dispatch_core.store import fixes as stored

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of fixes, row for row as they were given; `moved` are those where their units are now.

    refusal   uint8[k]  the pipeline's codes; of a repeated fix that of its first coming
    repeated  bool[k]   it had been stored before, with the same event id and time
    """

    refusal: UInt8s
    repeated: Bools
    moved: Fixes

    @property
    def accepted(self) -> Bools:
        return np.asarray(self.refusal == BELIEVED)

    @property
    def reasons(self) -> list[Refusal | None]:
        """None where it is accepted."""
        return reasons(self.refusal)


def record_fixes(uow: UnitOfWork, ground: Ground, fixes: Fixes, *, params: TelemetryParams) -> Recorded:
    """Commits fixes of any devices in any order; an old one enters the history and moves nothing back.

    Two processes may be given the same fix at once. The database refuses one of them, who looks again.
    """
    order = fixes.fix_order()
    for attempt in range(_TRIES):
        try:
            with uow.begin() as tx:
                case, moved = _recorded(tx, ground, fixes[order], params, look_at_all=attempt > 0)
                tx.commit()
        except (UniqueViolation, DeadlockDetected, SerializationFailure):
            continue
        back = inverse(order)
        return Recorded(refusal=case.refusal[back], repeated=case.repeated[back], moved=moved)
    raise Unavailable("positions of these devices come by two ways at once; send again")


def _recorded(
    tx: Transaction, ground: Ground, fixes: Fixes, params: TelemetryParams, *, look_at_all: bool
) -> tuple[Case, Fixes]:
    now_us = microseconds(tx.now)
    unseen_before_us = now_us + int(params.max_future_s * 1e6)
    known = stored.known(tx.connection, fixes, unseen_before_us=unseen_before_us, all_rows=look_at_all)
    case = judged(fixes, known=known, ground=ground, received_at_us=now_us, params=params)
    fresh = np.flatnonzero(~case.repeated)
    if len(fresh):
        stored.append(tx.connection, case.fixes[fresh], case.refusal[fresh], received_at=tx.now)
        stored.remember(tx.connection, case, received_at=tx.now, unseen_before_us=unseen_before_us)
    moved = stored.move(tx.connection, case.fixes, case.moves, received_at=tx.now)
    return case, case.fixes[case.moves[moved]]
