"""A small city on the real service: crews that do what drivers' apps do, and callers who report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import Page

from api.app import create_app
from api.preparation import prepared
from api.service import Service
from api.settings import Settings
from tests.browser.looking import until
from tests.browser.serving import served

Json = dict[str, Any]
DISPATCH_S = 60.0
HEARD_EVERY_S = 240.0
PATIENT_S = 600.0

# On streets in the centre of La Serena, 330 m or more apart, so that no report joins another.
# fmt: off
SCENES = (
    (-71.25447, -29.91451), (-71.24944, -29.91451), (-71.24458, -29.91449),
    (-71.23959, -29.91441), (-71.23443, -29.91440), (-71.23083, -29.91599),
    (-71.25450, -29.90998), (-71.24950, -29.90994), (-71.24435, -29.91001),
    (-71.25980, -29.91372), (-71.23416, -29.90924), (-71.22937, -29.91003),
    (-71.25438, -29.90552), (-71.24951, -29.90558), (-71.24451, -29.90556),
    (-71.23934, -29.90671), (-71.23432, -29.90515), (-71.23023, -29.90542),
    (-71.25412, -29.90111), (-71.24951, -29.90083), (-71.24444, -29.90121),
    (-71.23964, -29.90083), (-71.23573, -29.90049), (-71.22890, -29.90105),
    (-71.25437, -29.89652), (-71.24936, -29.89771), (-71.24588, -29.89628),
    (-71.25954, -29.90934), (-71.23570, -29.89620), (-71.22962, -29.89654),
)
# fmt: on
STANDS = (
    (-71.2520, -29.9080),
    (-71.2460, -29.9110),
    (-71.2420, -29.9050),
    (-71.2470, -29.9010),
    (-71.2370, -29.9060),
    (-71.2410, -29.9000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """One unit's crew with its device token."""

    unit: Json
    client: httpx.Client
    headers: dict[str, str]

    def begin(self, lon: float, lat: float) -> None:
        self._post("/v1/driver/shift/begin")
        self.drive_to(lon, lat, speed_kmh=0.0)

    def drive_to(self, lon: float, lat: float, *, speed_kmh: float = 30.0) -> Json:
        fix = {
            "event_id": str(uuid4()),
            "lon": lon,
            "lat": lat,
            "fixed_at": datetime.now(UTC).isoformat(),
            "heading_deg": 90.0,
            "speed_kmh": speed_kmh,
            "accuracy_m": 5.0,
        }
        return self._post("/v1/driver/positions", {"positions": [fix]})

    def step(self, mission_id: str, verb: str) -> None:
        self._post(f"/v1/driver/missions/{mission_id}/{verb}")

    def _post(self, path: str, body: Json | None = None) -> Json:
        answer = self.client.post(path, json=body or {}, headers=self.headers)
        answer.raise_for_status()
        return answer.json() if answer.content else {}


@dataclass(slots=True, kw_only=True)
class City:
    """The service at `url`, as its operator."""

    url: str
    token: str
    client: httpx.Client
    crews: dict[str, Crew]
    reported: int = 0
    heard_at: float = field(default_factory=time.monotonic)

    def freshen(self) -> None:
        """Crews say again where they are before the desk holds them for lost."""
        if time.monotonic() - self.heard_at < HEARD_EVERY_S:
            return
        self.heard_at = time.monotonic()
        for unit in self.get("/v1/units")["units"]:
            if unit["id"] in self.crews and unit["position"] is not None:
                self.crews[unit["id"]].drive_to(
                    unit["position"]["lon"], unit["position"]["lat"], speed_kmh=0.0
                )

    def be_patient(self) -> None:
        """However slow the machine, an offer stands until the test has answered it."""
        value = self.get("/v1/dispatch/offers")["value"] | {"answer_within_s": PATIENT_S}
        body = {"value": value, "reason": "test"}
        self.client.put("/v1/dispatch/offers", json=body).raise_for_status()

    def quieten(self) -> None:
        """Call off what other tests left open, so that no crew is sent there."""
        for one in self.get("/v1/incidents?status=open")["incidents"]:
            self.client.post(f"/v1/incidents/{one['id']}/cancel", json={"reason": "test"}).raise_for_status()

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        answer.raise_for_status()
        return answer.json()

    def report(self, **facts: Any) -> Json:
        """An accident at the next scene that nobody has used yet."""
        lon, lat = SCENES[self.reported % len(SCENES)]
        self.reported += 1
        body = {
            "kind": "injury_accident",
            "lon": lon,
            "lat": lat,
            "casualties": 1,
            "vehicles": 1,
            "address": "",
            "description": "",
            "caller_phone": "",
            **facts,
        }
        answer = self.client.post("/v1/incidents", json=body, headers={"Idempotency-Key": str(uuid4())})
        answer.raise_for_status()
        reported: Json = answer.json()
        return reported

    def missions(self, incident_id: str) -> list[Json]:
        """The missions of an accident once somebody is on the way for all that it needs."""
        deadline = time.monotonic() + DISPATCH_S
        while True:
            incident = self.get(f"/v1/incidents/{incident_id}")
            if not incident["held"]:
                found: list[Json] = incident["missions"]
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"nobody was sent for {incident['held']}")
            time.sleep(0.05)

    def staff(self, *, ambulances: int, tows: int) -> None:
        """Bring so many crews of each kind on shift, at the stands in turn."""
        units = self.get("/v1/units")
        units = units["units"] if isinstance(units, dict) else units
        for kind, how_many in (("ambulance", ambulances), ("tow", tows)):
            chosen = sorted((u for u in units if u["kind"] == kind), key=lambda u: str(u["call_sign"]))
            for n, unit in enumerate(chosen[:how_many]):
                lon, lat = STANDS[n % len(STANDS)]
                crew = self._crew(unit)
                crew.begin(lon + 0.0004 * (n // len(STANDS)), lat)
                self.crews[unit["id"]] = crew

    def _crew(self, unit: Json) -> Crew:
        answer = self.client.post(f"/v1/units/{unit['id']}/device-token")
        answer.raise_for_status()
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        return Crew(unit=unit, client=self.client, headers=headers)


def sign_in(page: Page, city: City) -> None:
    """By the address that the service prints, until the map is drawn."""
    page.goto(f"{city.url}/#token={city.token}")
    page.wait_for_selector("#map[data-ready]")
    until(page, "yct.world.loaded && yct.map.areTilesLoaded()")


@contextmanager
def running_city(database_url: str, var: Path) -> Iterator[City]:
    """The whole service, as `yct serve` puts it together, with the embedded city and its fleet."""
    settings = Settings(var=var, database_url=database_url)
    url, token = prepared(settings, say=lambda _: None)
    with (
        served(create_app(Service.open(settings, url=url))) as address,
        httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client,
    ):
        yield City(url=address, token=token, client=client, crews={})
