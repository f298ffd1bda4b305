"""Callers: accidents as a Poisson stream on streets where people live."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any
from uuid import uuid4

from api.drill.client import Client, Refused
from maps.layout import StreetPlaces

KINDS: tuple[tuple[str, float, int, tuple[int, int]], ...] = (
    ("injury_accident", 0.35, 1, (1, 2)),
    ("damage_accident", 0.45, 0, (1, 2)),
    ("pedestrian_accident", 0.08, 1, (0, 0)),
    ("lorry_accident", 0.04, 0, (1, 2)),
    ("breakdown", 0.08, 0, (1, 1)),
)


class Callers:
    """`reported` maps each acknowledged incident to when it was first reported."""

    def __init__(
        self, client: Client, streets: StreetPlaces, *, per_day: float, speed: float, seed: int
    ) -> None:
        self._client = client
        self._streets = streets
        self._rate = per_day * speed / 86_400.0
        self._random = random.Random(seed)
        self.reported: dict[str, float] = {}
        self.errors: list[str] = []

    async def work(self, seconds: float | None) -> None:
        """Reports until the time is over."""
        until = None if seconds is None else time.monotonic() + seconds
        while until is None or time.monotonic() < until:
            await self.report_one()
            await asyncio.sleep(self._random.expovariate(self._rate))

    async def report_one(self) -> None:
        place = self._streets.draw()
        kind, _, casualties, vehicles = self._random.choices(KINDS, [weight for _, weight, _, _ in KINDS])[0]
        hurt = casualties + (1 if casualties and self._random.random() < 0.2 else 0)
        body: dict[str, Any] = {
            "kind": kind, "lon": place.lon, "lat": place.lat, "casualties": hurt,
            "vehicles": self._random.randint(*vehicles), "description": "drill",
        }  # fmt: skip
        try:
            answer = await self._client.call(
                "POST", "/v1/incidents", body, **{"Idempotency-Key": str(uuid4())}
            )
        except Refused as refused:
            self.errors.append(str(refused))
            return
        self.reported.setdefault(answer["incident"]["id"], time.monotonic())
