"""What tests of the service may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.gateways.gateway import Gateway
from api.gateways.process import GatewayApp
from api.service import warm
from api.streams.wire import NoWire
from dispatch_core.fleet.telemetry import TelemetryParams
from dispatch_core.roads import Roads
from tests.api.devices import Beside
from tests.api.town import Town, serving
from tests.browser.serving import served
from tests.city import town


@pytest.fixture(scope="session")
def roads() -> Roads:
    """The town's road times, compiled before the first request waits for them."""
    warm(town())
    return town()


@pytest.fixture
def town_service(database_url: str, tmp_path: Path, roads: Roads) -> Iterator[Town]:
    with serving(database_url, tmp_path, roads, NoWire()) as town:
        yield town


@pytest.fixture
def beside(town_service: Town) -> Iterator[Beside]:
    service = town_service.service
    gateway = Gateway.open(
        service.engine, service.uow, service.roads.graph, service.running_drill,
        telemetry=TelemetryParams(), moved=lambda _: None,
    )  # fmt: skip
    with served(GatewayApp(gateway, host="127.0.0.1", jt808_port=0)) as url:
        yield Beside(url, gateway.terminals.port, town_service, town_service.client())
