"""Starts the process that runs a plan, and does not outlive it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Engine

from api import clock
from dispatch_core.ids import PlanId
from dispatch_core.store import plans

_LAST_WORDS = 2000
_INTERRUPTED = "the run broke off; run it again"


class Interrupted(Exception):
    """The service stops: whoever comes next runs the plan anew."""


@dataclass(slots=True)
class PlanLauncher:
    """One at a time; `stop` ends the one that runs."""

    engine: Engine
    region: str
    _child: subprocess.Popen[str] | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, plan_id: PlanId) -> None:
        """Returns when it is over. A runner that dies leaves the plan failed, with what it said last."""
        address = self.engine.url.render_as_string(hide_password=False)
        with subprocess.Popen(
            [sys.executable, "-m", "api.planning.runner", str(plan_id)],
            env=os.environ | {"YCT_DATABASE_URL": address, "YCT_REGION": self.region},
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace",
        ) as child:  # fmt: skip
            self._child = child
            if self._stopping.is_set():
                child.terminate()
            assert child.stderr is not None
            said = child.stderr.read()  # its standard input stays open meanwhile: its lifeline
        self._child = None
        if self._stopping.is_set():
            raise Interrupted
        if child.returncode != 0:
            last = (said.strip().splitlines() or [_INTERRUPTED])[-1]
            with self.engine.begin() as connection:
                plans.fail(connection, plan_id, problem=last[-_LAST_WORDS:], at=clock.now())

    def run_by_text(self, plan_id: str) -> None:
        """As a job's arguments name it."""
        self.run(PlanId(UUID(plan_id)))

    def stop(self) -> None:
        self._stopping.set()
        if self._child is not None:
            self._child.terminate()
