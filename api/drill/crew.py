"""One simulated crew: does what its mission asks next, whatever happened before."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import numpy as np

from api.drill.client import Client, Refused
from dispatch_core.geo import LonLat
from dispatch_core.roads import Mode, Roads

Json = dict[str, Any]
MOVING_EVERY_S, PARKED_EVERY_S = 1.0, 10.0
LARGEST_BATCH = 100
WAIT_FOR_NEWS_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How crews behave; durations are of life, divided by the drill's speed, thinking excepted."""

    declines: float = 0.03
    ignores: float = 0.01
    breaks_down: float = 0.002
    think_s: tuple[float, float] = (0.5, 3.0)
    scene_s: dict[str, tuple[float, float]] = field(
        default_factory=lambda: {"ambulance": (480.0, 1200.0), "tow": (600.0, 1500.0)}
    )
    loads: dict[str, float] = field(default_factory=lambda: {"ambulance": 0.7, "tow": 0.85})
    handover_s: tuple[float, float] = (300.0, 900.0)
    repair_s: float = 1800.0


class Crew:
    """Drives one unit; `steps` counts what it did, for the drill's summary."""

    def __init__(
        self,
        client: Client,
        unit: Json,
        home: LonLat,
        roads: Roads,
        *,
        speed: float,
        habits: Habits,
        seed: int,
    ) -> None:
        self._client = client
        self._unit = unit
        self._home = home
        self._at = home
        self._roads = roads
        self._speed = speed
        self._habits = habits
        self._random = random.Random(seed)
        self._unsent: list[Json] = []
        self._mission: Json | None = None
        self._news = asyncio.Event()
        self.steps: dict[str, int] = {}

    async def work(self) -> None:
        """Begins the shift and works until cancelled."""
        position = self._unit.get("position")
        if position is not None:
            self._at = LonLat(position["lon"], position["lat"])
        await self._client.call("POST", "/v1/driver/shift/begin")
        await self._report()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._act())

    async def _listen(self) -> None:
        """Waits at the service for another mission than the one known."""
        while True:
            known = "" if self._mission is None else f"&known_version={self._mission['version']}"
            found = await self._client.call("GET", f"/v1/driver/mission?wait_s={WAIT_FOR_NEWS_S}{known}")
            if found != self._mission:
                self._mission = found
                self._news.set()
            await asyncio.sleep(0.05)

    async def _act(self) -> None:
        while True:
            mission = self._mission
            if mission is None:
                await self._rest()
                continue
            try:
                await self._next_step(mission)
            except Refused as refused:
                if refused.status not in (404, 409):
                    raise
                # The mission changed under our hands (cancelled, expired): look what there is now.
                self._mission = await self._client.call("GET", "/v1/driver/mission")

    async def _next_step(self, mission: Json) -> None:
        steps = {
            "offered": self._answer, "accepted": self._turn_out, "en_route": self._to_scene,
            "on_scene": self._on_scene, "loaded": self._to_destination, "delivered": self._hand_over,
        }  # fmt: skip
        await steps[mission["status"]](mission)

    # -- steps ---------------------------------------------------------------------------------------------

    async def _answer(self, mission: Json) -> None:
        await self._pause(*self._habits.think_s, faster=False)
        draw = self._random.random()
        if draw < self._habits.ignores:
            await self._sleep(35.0, faster=False)
        elif draw < self._habits.ignores + self._habits.declines:
            await self._do(mission, "decline", reason="crew at its meal")
        else:
            await self._do(mission, "accept")

    async def _turn_out(self, mission: Json) -> None:
        await self._pause(20.0, 90.0)
        await self._do(mission, "depart")

    async def _to_scene(self, mission: Json) -> None:
        incident = mission["incident"]
        breaks = self._random.random() < self._habits.breaks_down
        arrived = await self._drive(
            LonLat(incident["lon"], incident["lat"]), mission, part=0.5 if breaks else 1.0
        )
        if breaks and arrived:
            await self._do(mission, "break-down", reason="engine failure")
            await self._sleep(self._habits.repair_s)
            await self._client.call("POST", "/v1/driver/repaired")
        elif arrived:
            await self._do(mission, "arrive")

    async def _on_scene(self, mission: Json) -> None:
        await self._pause(*self._habits.scene_s[self._unit["kind"]])
        loads = self._random.random() < self._habits.loads[self._unit["kind"]]
        await self._do(mission, "load" if loads else "finish")

    async def _to_destination(self, mission: Json) -> None:
        goal = mission["destination"]
        if goal is None or await self._drive(LonLat(goal["lon"], goal["lat"]), mission):
            await self._do(mission, "deliver")

    async def _hand_over(self, mission: Json) -> None:
        await self._pause(*self._habits.handover_s)
        await self._do(mission, "finish")

    async def _rest(self) -> None:
        """Back to the station if away, else parked and reporting, until there is news."""
        if not self._is_at(self._home):
            await self._drive(self._home, None)
        elif not await self._interrupted(PARKED_EVERY_S):
            await self._report()

    async def _do(self, mission: Json, step: str, reason: str = "") -> None:
        body = {"reason": reason} if reason else {}
        moved = await self._client.call("POST", f"/v1/driver/missions/{mission['id']}/{step}", body)
        self.steps[step] = self.steps.get(step, 0) + 1
        ended = moved["status"] in ("done", "declined", "broken_down", "expired", "cancelled", "bumped")
        self._mission = None if ended else {**moved, "incident": mission["incident"]}

    # -- driving -------------------------------------------------------------------------------------------

    async def _drive(self, goal: LonLat, mission: Json | None, *, part: float = 1.0) -> bool:
        """Along the fastest way, a position a second; False if there was news on the way."""
        mode = Mode.SIREN if self._unit["kind"] == "ambulance" and mission is not None else Mode.ROAD
        path = self._roads.path(self._snap(self._at), self._snap(goal), mode=mode)
        if path is None:
            self._at = goal
            return True
        began = time.monotonic()
        whole_s = path.duration_s * part
        while True:
            driven_s = (time.monotonic() - began) * self._speed
            self._at = path.position_at(min(driven_s, whole_s))
            heading = path.heading_deg_at(min(driven_s, whole_s))
            await self._report(
                heading=heading, kmh=3.6 * path.distance_m / max(path.duration_s, 1.0) * self._speed
            )
            if driven_s >= whole_s:
                return True
            if await self._interrupted(MOVING_EVERY_S, mission):
                return False

    def _snap(self, place: LonLat) -> Any:
        return self._roads.snap(place.lon, place.lat, max_distance_m=5000.0)

    def _is_at(self, place: LonLat) -> bool:
        return bool(np.hypot(self._at.lon - place.lon, self._at.lat - place.lat) < 5e-4)

    async def _report(self, *, heading: float | None = None, kmh: float = 0.0) -> None:
        """Sends the position, with those that could not be sent before; what the service has, it keeps."""
        self._unsent.append(
            {
                "event_id": str(uuid4()), "lon": round(self._at.lon, 6), "lat": round(self._at.lat, 6),
                "fixed_at": datetime.now(UTC).isoformat(), "heading_deg": heading, "speed_kmh": round(kmh, 1),
                "accuracy_m": 5.0,
            }
        )  # fmt: skip
        batch = self._unsent[:LARGEST_BATCH]
        try:
            await self._client.call("POST", "/v1/driver/positions", {"positions": batch})
        except Refused as refused:
            if refused.problem.get("type") != "/problems/all-refused":
                raise
            self.steps["refused_positions"] = self.steps.get("refused_positions", 0) + len(batch)
        del self._unsent[: len(batch)]

    # -- waiting -------------------------------------------------------------------------------------------

    async def _pause(self, low_s: float, high_s: float, *, faster: bool = True) -> None:
        await self._sleep(self._random.uniform(low_s, high_s), faster=faster)

    async def _sleep(self, seconds: float, *, faster: bool = True) -> None:
        """Stands still, still reporting."""
        until = time.monotonic() + seconds / (self._speed if faster else 1.0)
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(left, PARKED_EVERY_S))
            if left > PARKED_EVERY_S:
                await self._report()

    async def _interrupted(self, seconds: float, mission: Json | None = None) -> bool:
        """Waits; True if the mission is another than the one being done."""
        self._news.clear()
        known = None if mission is None else (mission["id"], mission["status"])
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        now = self._mission
        return (None if now is None else (now["id"], now["status"])) != known
