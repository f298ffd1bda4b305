"""Whatever is asked at whatever address: a clear problem, never our fault, and nothing is lost."""

from __future__ import annotations

import logging
from itertools import islice

import httpx
import pytest

from tests.api.hostile import Paper, Request
from tests.api.town import Town, fix_at
from tests.city import corner


def _asked(client: httpx.Client, request: Request) -> str | None:
    """What is wrong with the answer."""
    with client.stream(
        request.method, request.path, params=request.params, headers=request.headers, content=request.content
    ) as answer:
        kind = answer.headers.get("content-type", "")
        if kind.startswith("text/event-stream"):
            return None
        said = answer.read()[:300]
    if answer.status_code >= 500 or (answer.is_client_error and kind != "application/problem+json"):
        return f"{answer.status_code} {kind} {said!r}: {request}"
    return None


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_no_value_in_any_field_of_any_request_is_our_fault(
    town_service: Town, caplog: pytest.LogCaptureFixture, every: int
) -> None:
    town = town_service
    device = town.device("救护01")
    at = town.report(corner(2, 2), key="the first").raise_for_status().json()["incident"]["id"]
    device.post("/v1/driver/positions", json=fix_at(corner(1, 1))).raise_for_status()
    other = next(u for u in town.get("/v1/units")["units"] if u["call_sign"] != "救护01")["id"]
    document = town.http.get("/openapi.json").json()
    asked, wrong = 0, []
    with caplog.at_level(logging.ERROR, logger="yct"):
        requests = Paper(document, {"incident_id": at, "unit_id": other}).requests()
        for request in islice(requests, 0, None, every):
            client = device if request.path.startswith(("/v1/driver", "/osmand")) else town.http
            asked += 1
            if (found := _asked(client, request)) is not None:
                wrong.append(found)
    assert wrong == []
    assert asked * every > 3_000
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert device.get("/v1/driver/me").status_code == 200
    assert town.get(f"/v1/incidents/{at}")["id"] == at
