"""The gateway composed: one intake, one register of senders, and the doors that lead to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from api.gateways.http import Answerer, Conversation
from api.gateways.intake import Intake
from api.gateways.json_positions import JsonPositions
from api.gateways.jt808.server import Jt808Server
from api.gateways.osmand import OsmAnd
from api.gateways.position_socket import PositionSocket
from api.gateways.senders import Senders
from api.running_drill import RunningDrill
from api.service import Service
from api.streams.positions import rows_of
from dispatch_core.fleet.datum import Datum, ToWgs84
from dispatch_core.fleet.fixes import Fixes
from dispatch_core.fleet.ground import Ground
from dispatch_core.fleet.telemetry import TelemetryParams
from dispatch_core.roads.graph import RoadGraph
from dispatch_core.services.unit_of_work import UnitOfWork
from maps.coordinates import bd09_to_wgs84, gcj02_to_wgs84

TO_WGS84: ToWgs84 = {Datum.GCJ02: gcj02_to_wgs84, Datum.BD09: bd09_to_wgs84}


@dataclass(frozen=True, slots=True)
class Gateway:
    """The same in a process of its own and inside the service."""

    intake: Intake
    senders: Senders
    terminals: Jt808Server

    @classmethod
    def open(
        cls,
        engine: Engine,
        uow: UnitOfWork,
        graph: RoadGraph,
        drill: RunningDrill,
        *,
        telemetry: TelemetryParams,
        moved: Callable[[Fixes], None],
    ) -> Gateway:
        ground = Ground.of(graph, to_wgs84=TO_WGS84)
        intake = Intake(uow, ground, params=lambda: telemetry.at_speed(drill.speed), moved=moved)
        senders = Senders(engine)
        return cls(intake, senders, Jt808Server(engine, senders, intake))

    async def start(self, *, host: str, jt808_port: int | None, shared: bool = False) -> int | None:
        """On the event loop that serves; the port of the terminals, if they are served here."""
        self.intake.start()
        return None if jt808_port is None else await self.terminals.open(host, jt808_port, shared=shared)

    async def stop(self) -> None:
        """Hears nothing more, and stores what it heard."""
        await self.terminals.close()
        await asyncio.to_thread(self.intake.stop)

    @classmethod
    def beside(cls, service: Service) -> Gateway:
        """Inside the service: its bus hears of moves at once."""

        def moved(fixes: Fixes) -> None:
            rows = rows_of(fixes)
            service.bus.moved(rows)
            service.wire.send(rows)

        return cls.open(
            service.engine, service.uow, service.roads.graph, service.running_drill,
            telemetry=service.telemetry, moved=moved,
        )  # fmt: skip

    def doors(self) -> dict[tuple[str, str], Answerer]:
        """(method, path) → who answers. The Traccar Client and OsmAnd know no path: they send to the root."""
        osmand = OsmAnd(self.intake, self.senders)
        return {
            ("POST", "/v1/driver/positions"): JsonPositions(self.intake, self.senders),
            **{(method, path): osmand for method in ("GET", "POST") for path in ("/osmand", "/osmand/", "/")},
        }

    def sockets(self) -> dict[str, Conversation]:
        """path → who talks there."""
        return {"/v1/driver/positions": PositionSocket(self.intake, self.senders)}
