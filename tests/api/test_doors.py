"""Every door of the API, tried by a stranger, a crew and a desk: none opens to whom it should not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx

from tests.api.town import Town

# What anybody may ask, each because it must work before there is a token or carries one of its own kind.
OPEN = {
    "GET /health",
    "GET /problems/{code}",
    "POST /v1/session",
    "DELETE /v1/session",
    "POST /v1/driver/session",
}
LINK = "/v1/track/"  # opened by the link's own secret
ITS_OWN_SENDER = {"/v1/driver/positions", "/osmand"}  # known by what is sent; tested with the gateways
NOBODY = "00000000-0000-7000-8000-000000000000"


def _doors(town: Town) -> Iterator[tuple[str, str]]:
    """(method, address) of everything that the reference lists, places in addresses filled."""
    for path, methods in town.get("/openapi.json")["paths"].items():
        for method in methods:
            if method.upper() in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                yield method.upper(), path


def _asked(client: httpx.Client, method: str, path: str) -> int:
    address = re.sub(r"\{[^}]*_id\}", NOBODY, path)
    address = re.sub(r"\{[^}]*\}", "1", address)
    with client.stream(method, address, json={} if method != "GET" else None) as answer:
        return answer.status_code


def test_every_door_is_shut_to_strangers(town_service: Town) -> None:
    stranger = town_service.client()
    ajar = [
        f"{method} {path}"
        for method, path in _doors(town_service)
        if f"{method} {path}" not in OPEN and not path.startswith(LINK) and path not in ITS_OWN_SENDER
        and _asked(stranger, method, path) != 401
    ]  # fmt: skip
    assert ajar == []


def test_every_door_is_a_crews_or_the_desks(town_service: Town) -> None:
    device = town_service.device("救护01")
    shared, nobodys = [], []
    for method, path in _doors(town_service):
        if f"{method} {path}" in OPEN or path.startswith(LINK) or path in ITS_OWN_SENDER:
            continue
        opens = (_asked(device, method, path) != 403, _asked(town_service.http, method, path) != 403)
        if opens == (True, True):
            shared.append(f"{method} {path}")
        if opens == (False, False):
            nobodys.append(f"{method} {path}")
    assert nobodys == []
    assert shared == []
