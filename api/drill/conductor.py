"""Runs a drill: crews, callers, and a watch over what must never happen."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from api.drill.accidents import Callers
from api.drill.client import Client
from api.drill.crew import Crew, Habits
from dispatch_core.geo import LonLat
from dispatch_core.roads import Roads
from maps.layout import StreetPlaces
from maps.region import Region

Say = Callable[[str], None]
RENEW_EVERY_S, WATCH_EVERY_S, TELL_EVERY_S = 15.0, 2.0, 10.0
DRAIN_S = 7200.0  # of life: the longest errand, twice over
ANSWERS_S = 120.0  # as long in a drill as in life: offers that nobody takes, three one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillParams:
    """`minutes` None: until interrupted."""

    url: str
    token: str
    speed: float = 20.0
    accidents_per_day: float = 100.0
    minutes: float | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the drill did and what it found amiss; the last five must be nought."""

    accidents: int
    steps: dict[str, int]
    repeated_calls: int
    double_missions: int
    forgotten_incidents: int
    unfinished_missions: int
    refused_positions: int
    errors: int


class Conductor:
    """One drill on one service."""

    def __init__(self, params: DrillParams, region: Region, roads: Roads, *, say: Say) -> None:
        self._params = params
        self._region = region
        self._roads = roads
        self._say = say
        self._double: set[tuple[str, ...]] = set()
        self._errors: list[str] = []

    async def run(self) -> Summary:
        """Plays until the time is over or it is cancelled, then lets missions end, and sums up."""
        limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
        async with httpx.AsyncClient(base_url=self._params.url, limits=limits) as http:
            desk = Client(http, self._params.token)
            await self._lease(desk)
            crews = await self._crews(desk, http)
            callers = Callers(
                desk, StreetPlaces(self._region, seed=self._params.seed),
                per_day=self._params.accidents_per_day, speed=self._params.speed, seed=self._params.seed,
            )  # fmt: skip
            self._say(f"drill: {len(crews)} crews on shift, x{self._params.speed:g}")
            working = [asyncio.create_task(self._guarded(crew.work())) for crew in crews]
            working += [
                asyncio.create_task(self._guarded(w)) for w in (self._keep_lease(desk), self._watch(desk))
            ]
            telling = asyncio.create_task(self._tell(desk, callers))
            seconds = None if self._params.minutes is None else self._params.minutes * 60
            try:
                await callers.work(seconds)
                unfinished = await self._drain(desk)
            finally:
                for task in (*working, telling):
                    task.cancel()
            forgotten = await self._forgotten(desk, callers)
            await desk.call("DELETE", "/v1/drill")
            return self._summary(crews, callers, desk, unfinished, forgotten)

    async def _crews(self, desk: Client, http: httpx.AsyncClient) -> list[Crew]:
        stations = (await desk.call("GET", "/v1/stations"))["stations"]
        bases = {s["id"]: LonLat(s["lon"], s["lat"]) for s in stations}
        units = (await desk.call("GET", "/v1/units"))["units"]
        crews = []
        for n, unit in enumerate(units):
            if unit["station_id"] not in bases:
                continue
            issued = await desk.call("POST", f"/v1/units/{unit['id']}/device-token")
            crews.append(
                Crew(
                    Client(http, issued["token"]),
                    unit,
                    bases[unit["station_id"]],
                    self._roads,
                    speed=self._params.speed,
                    habits=Habits(),
                    seed=self._params.seed * 1000 + n,
                )
            )
        return crews

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            found = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
            self._errors += [f"{type(one).__name__}: {one}" for one in found]
            self._say(f"drill: {self._errors[-1]}")

    async def _lease(self, desk: Client) -> None:
        await desk.call("PUT", "/v1/drill", {"speed": self._params.speed})

    async def _keep_lease(self, desk: Client) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            await self._lease(desk)

    async def _watch(self, desk: Client) -> None:
        """Looks for units with two missions, as the API shows them."""
        while True:
            active = (await desk.call("GET", "/v1/missions?active=true&limit=500"))["missions"]
            count = Counter(mission["unit_id"] for mission in active)
            for unit_id, n in count.items():
                if n > 1:
                    self._double.add(tuple(sorted(m["id"] for m in active if m["unit_id"] == unit_id)))
            await asyncio.sleep(WATCH_EVERY_S)

    async def _tell(self, desk: Client, callers: Callers) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            active = (await desk.call("GET", "/v1/missions?active=true&limit=500"))["missions"]
            steps = Counter(mission["status"] for mission in active)
            shown = ", ".join(f"{n} {status}" for status, n in sorted(steps.items())) or "all quiet"
            self._say(
                f"drill {time.monotonic() - began:6.0f} s  {len(callers.reported):4d} accidents  {shown}"
            )

    async def _drain(self, desk: Client) -> int:
        """Waits until every mission has ended; how many had not in the longest time one can take."""
        until = time.monotonic() + DRAIN_S / self._params.speed + ANSWERS_S
        while time.monotonic() < until:
            active = (await desk.call("GET", "/v1/missions?active=true&limit=500"))["missions"]
            waiting = (await desk.call("GET", "/v1/incidents?status=open&limit=500"))["incidents"]
            if not active and not waiting:
                return 0
            await asyncio.sleep(1.0)
        return len(active)

    async def _forgotten(self, desk: Client, callers: Callers) -> int:
        """Incidents that were acknowledged and are neither closed nor cancelled."""
        lost = 0
        for incident_id in callers.reported:
            incident = await desk.call("GET", f"/v1/incidents/{incident_id}")
            if incident["status"] == "open" and not any(m["ended_at"] is None for m in incident["missions"]):
                lost += 1
                self._say(f"forgotten: incident {incident['number']} {incident['needs']}")
        return lost

    def _summary(
        self, crews: list[Crew], callers: Callers, desk: Client, unfinished: int, forgotten: int
    ) -> Summary:
        steps: Counter[str] = Counter()
        for crew in crews:
            steps.update(crew.steps)
        refused = steps.pop("refused_positions", 0)
        return Summary(
            accidents=len(callers.reported),
            steps=dict(sorted(steps.items())),
            repeated_calls=desk.lost,
            double_missions=len(self._double),
            forgotten_incidents=forgotten,
            unfinished_missions=unfinished,
            refused_positions=refused,
            errors=len(self._errors) + len(callers.errors),
        )


def as_json(summary: Summary) -> dict[str, Any]:
    return asdict(summary)
