"""Gateway and desk as two processes, with NATS between them and without."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import nats as nats_client
import pytest
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from api.bench.dispatch import free_port
from api.bench.position_site import gateway_process
from api.bus_server import BusServer
from api.streams.fact_stream import SUBJECT, FactStream
from api.streams.nats_wire import NatsWire
from api.streams.wire import Row
from dispatch_core.errors import Unavailable
from dispatch_core.roads import Roads
from dispatch_core.store import outbox
from maps import region_file
from maps.folder import region_path, tiles_path
from tests.api.town import Json, Town, fix_at, serving
from tests.city import corner, town_region
from tests.waiting import PATIENCE_S, eventually


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[BusServer]:
    server = BusServer(folder=tmp_path / "bus", port=free_port())
    server.ensure_running()
    yield server
    server.stop()


def row(unit: str, at_ms: int) -> Row:
    return [unit, 1.5, 2.5, None, 30.0, at_ms]


@pytest.fixture
def wires(nats: BusServer) -> Iterator[tuple[NatsWire, NatsWire, queue.Queue[list[Row]]]]:
    """One that sends, one that hears, and what it heard."""
    heard: queue.Queue[list[Row]] = queue.Queue()
    sending, hearing = NatsWire(nats.url), NatsWire(nats.url)
    hearing.start(heard.put)
    sending.start(lambda rows: pytest.fail(f"heard itself: {rows}"))
    eventually(lambda: sending.is_up and hearing.is_up)
    yield sending, hearing, heard
    sending.stop()
    hearing.stop()


Wires = tuple[NatsWire, NatsWire, "queue.Queue[list[Row]]"]


def test_rows_arrive_as_they_were_sent_and_of_each_unit_the_newest(wires: Wires) -> None:
    sending, _, heard = wires
    sending.send([row("a", 1), row("b", 1)])
    sending.send([row("a", 2)])
    newest: dict[str, Row] = {}
    eventually(lambda: newest.update({r[0]: r for r in heard.get(timeout=PATIENCE_S)}) or len(newest) == 2)
    while newest["a"] != row("a", 2):
        newest.update({r[0]: r for r in heard.get(timeout=PATIENCE_S)})
    assert newest["b"] == row("b", 1)


def test_more_than_one_message_holds_travels_in_several(wires: Wires) -> None:
    sending, _, heard = wires
    sending.send([row(f"{n:036d}", n) for n in range(12_000)])
    units: set[str] = set()
    while len(units) < 12_000:
        units |= {r[0] for r in heard.get(timeout=PATIENCE_S)}


def test_a_server_that_comes_back_is_found_again(nats: BusServer, wires: Wires) -> None:
    sending, hearing, heard = wires
    nats.stop()
    eventually(lambda: not sending.is_up and not hearing.is_up)
    sending.send([row("a", 1)])  # nobody hears it, and nothing fails
    nats.ensure_running()
    eventually(lambda: sending.is_up and hearing.is_up)
    sending.send([row("a", 2)])
    assert heard.get(timeout=PATIENCE_S) == [row("a", 2)]


def test_who_does_not_know_the_secret_hears_nothing(nats: BusServer) -> None:
    stranger = NatsWire(f"nats://127.0.0.1:{nats.port}")
    stranger.start()
    time.sleep(0.3)
    assert not stranger.is_up
    stranger.stop()


def test_a_port_that_another_has_is_not_taken_for_ours(nats: BusServer, tmp_path: Path) -> None:
    late = BusServer(folder=tmp_path / "late", port=nats.port)
    with pytest.raises(Unavailable, match="log"):
        late.ensure_running()
    assert late.pid() is None


@pytest.fixture
def gateway_url(database_url: str, tmp_path: Path, nats: BusServer) -> Iterator[str]:
    """`yct gateway` on the desk's database and the bus."""
    var = tmp_path / "gateway"
    environment = {
        **os.environ, "YCT_VAR": str(var), "YCT_DATABASE_URL": database_url, "YCT_BUS": nats.url,
    }  # fmt: skip
    path = var / "regions" / region_path("town").name
    path.parent.mkdir(parents=True)
    region_file.save(town_region(), path)
    tiles_path(path).touch()  # a gateway draws nothing
    port = free_port()
    process = gateway_process(environment, port, free_port(), "--region", str(path))
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE_S)


@pytest.fixture
def desk(database_url: str, tmp_path: Path, roads: Roads, nats: BusServer) -> Iterator[Town]:
    with serving(database_url, tmp_path / "desk", roads, NatsWire(nats.url)) as town:
        eventually(lambda: town.service.wire.is_up)
        yield town


def test_a_fix_taken_by_one_process_is_on_the_screen_of_another_with_the_bus_and_without(
    desk: Town, gateway_url: str, nats: BusServer
) -> None:
    device = desk.device("救护01")
    unit = device.get("/v1/driver/me").json()["id"]
    heard: queue.Queue[list[Row]] = queue.Queue()
    listening = NatsWire(nats.url)
    listening.start(heard.put)
    eventually(lambda: listening.is_up)
    screen = desk.events()
    assert next(screen)[0] == "snapshot"

    def drive(x: float) -> None:
        fix = fix_at(corner(x, 1))
        answer = httpx.post(
            f"{gateway_url}/v1/driver/positions", json=fix, headers=device.headers, timeout=PATIENCE_S
        )
        assert answer.status_code == 200, answer.text
        shown: list[float] = []
        while not shown:
            name, _, data = next(screen)
            if name == "positions":
                shown = [r[1] for r in json.loads(data) if r[0] == unit and r[1] == round(fix["lon"], 6)]

    def drive_until_heard(*where: float) -> set[float]:
        """The gateway finds the bus when it does; what was heard until then."""
        while heard.empty():
            for x in where:
                drive(x)
        rows = [row for _ in range(heard.qsize()) for row in heard.get()]
        assert {row[0] for row in rows} == {unit}
        return {row[1] for row in rows}

    assert drive_until_heard(1.0) == {round(corner(1.0, 1).lon, 6)}
    nats.stop()
    eventually(lambda: not desk.service.wire.is_up and not listening.is_up)
    drive(1.1)
    nats.ensure_running()
    eventually(lambda: desk.service.wire.is_up and listening.is_up)
    # Nothing is kept for who was away.
    assert drive_until_heard(1.2, 1.3) <= {round(corner(x, 1).lon, 6) for x in (1.2, 1.3)}
    listening.stop()


async def subscribed(jetstream: JetStreamContext) -> JetStreamContext.PushSubscription:
    """To the stream, once the first who copies has made it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(NotFoundError):
                return await jetstream.subscribe(f"{SUBJECT}.>", ordered_consumer=True)
            await asyncio.sleep(0.05)


def copied(nats: BusServer, wanted: int) -> list[Json]:
    """What a consumer reads from the beginning of the stream, as soon as there is so much."""

    async def read() -> list[Json]:
        client = await nats_client.connect(nats.url, connect_timeout=int(PATIENCE_S))
        try:
            consumer = await subscribed(client.jetstream(timeout=PATIENCE_S))
            return [json.loads((await consumer.next_msg(PATIENCE_S)).data) for _ in range(wanted)]
        finally:
            await client.close()

    return asyncio.run(read())


def test_every_fact_is_in_the_stream_once_and_in_order_though_two_processes_copy_and_the_bus_was_away(
    desk: Town, nats: BusServer
) -> None:
    second = FactStream(desk.service.engine, nats.url)
    second.start()
    for n in range(6):
        desk.report(corner(1 + n, 1)).raise_for_status()
    copied(nats, 6)
    nats.stop()
    for n in range(6):
        desk.report(corner(1 + n, 7)).raise_for_status()
    nats.ensure_running()
    with desk.service.engine.connect() as connection:
        facts = outbox.after(connection, 0)
    assert len(facts) >= 12
    told = copied(nats, len(facts))
    assert [one["seq"] for one in told] == [fact.seq for fact in facts]
    assert [one["kind"] for one in told] == [fact.kind for fact in facts]
    second.stop()
