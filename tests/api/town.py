"""A real service on a free port and a fresh database, in the small town of `tests.city`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from api import clock, seed, tokens
from api.app import create_app
from api.database import connected
from api.service import Service
from api.settings import Settings
from api.streams.wire import Wire
from dispatch_core.geo import LonLat
from dispatch_core.roads import Roads
from maps import region_file
from tests.browser.serving import served
from tests.city import town_region
from tests.waiting import PATIENCE_S

Json = dict[str, Any]
CERTIFICATES = httpx.create_ssl_context()  # read once: nobody here needs them, and each client would


@dataclass(frozen=True, slots=True)
class Town:
    """The service as its operator reaches it."""

    url: str
    token: str
    service: Service
    http: httpx.Client
    closing: ExitStack

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def report(self, at: LonLat, *, key: str | None = None, **facts: Any) -> httpx.Response:
        body = {
            "kind": "injury_accident",
            "lon": at.lon,
            "lat": at.lat,
            "casualties": 1,
            "vehicles": 1,
            **facts,
        }
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post("/v1/incidents", json=body, headers=headers)

    def device(self, sign: str) -> httpx.Client:
        """A unit's device with its token, on shift."""
        client = self.off_duty(sign)
        client.post("/v1/driver/shift/begin").raise_for_status()
        return client

    def off_duty(self, sign: str) -> httpx.Client:
        """A unit's device with its token, the shift still before it."""
        unit = next(u for u in self.get("/v1/units")["units"] if u["call_sign"] == sign)
        issued = self.http.post(f"/v1/units/{unit['id']}/device-token").raise_for_status().json()
        return self.client(issued["token"])

    def client(self, token: str | None = None) -> httpx.Client:
        """Whoever has this token, or none; waits as long as one may wait on a busy machine."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.closing.enter_context(_client(self.url, headers))

    def events(self, *, last_id: int | None = None) -> Iterator[tuple[str, str, str]]:
        """(event, id, data) of the desk's stream, for ever."""
        headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
        stream = self.closing.enter_context(
            self.http.stream("GET", "/v1/stream", headers=headers, timeout=PATIENCE_S)
        )
        name, number = "", ""
        for line in stream.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name, number = value, ""
            elif field == "id":
                number = value
            elif field == "data":
                yield name, number, value


def _client(url: str, headers: dict[str, str]) -> httpx.Client:
    return httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S, verify=CERTIFICATES)


def fix_at(place: LonLat, **facts: Any) -> Json:
    return {
        "event_id": str(uuid4()), "lon": place.lon, "lat": place.lat,
        "fixed_at": datetime.now(UTC).isoformat(), **facts,
    }  # fmt: skip


@contextmanager
def serving(database_url: str, var: Path, roads: Roads, wire: Wire) -> Iterator[Town]:
    """The service on a database, with a way to hear of other processes."""
    region_file.save(town_region(), var / "town.yctr")
    settings = Settings(var=var, region=str(var / "town.yctr"))
    engine = connected(database_url)
    seed.write(engine, seed.seeded(town_region()))
    token = tokens.ensure_operator_token(engine, settings.operator_token_file, at=clock.now())
    service = Service(settings=settings, engine=engine, region=town_region(), roads=roads, wire=wire)
    with served(create_app(service)) as url:
        headers = {"Authorization": f"Bearer {token}"}
        with _client(url, headers) as http, ExitStack() as closing:
            yield Town(url, token, service, http, closing)
