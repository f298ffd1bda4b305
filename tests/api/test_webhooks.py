"""Another system is told what happened: signed, in order, again until it takes it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from api.webhooks import WebhookSender, signature, wait_s
from dispatch_core.store import webhooks
from dispatch_core.store.webhooks import Webhook
from tests.api.town import Town
from tests.city import corner
from tests.waiting import eventually


class Receiver:
    """An HTTP server that notes what it is told and answers as it is bidden."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.told: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 200
                if status == 200:
                    receiver.told.append((dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/facts"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def facts(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.told]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.server.shutdown()
    one.server.server_close()


def reported(facts: list[dict[str, Any]]) -> list[str]:
    """The incidents that they say were reported."""
    return [fact["subject_id"] for fact in facts if fact["kind"] == "reported"]


def test_facts_are_told_in_order_signed_and_again_after_a_failure(
    town_service: Town, receiver: Receiver
) -> None:
    body = {"url": receiver.url, "topics": ["incident"]}
    added = town_service.http.post("/v1/webhooks", json=body).raise_for_status().json()
    receiver.answers = [500, 503]
    numbers = [town_service.report(corner(n, n)).json()["incident"]["id"] for n in (1, 4, 7)]
    eventually(lambda: len(reported(receiver.facts())) == 3)
    assert reported(receiver.facts()) == numbers
    assert [f["seq"] for f in receiver.facts()] == sorted({f["seq"] for f in receiver.facts()})
    headers, raw = receiver.told[0]
    assert headers["X-YCT-Signature"] == signature(added["secret"], headers["X-YCT-Timestamp"], raw)
    (shown,) = town_service.get("/v1/webhooks")["webhooks"]
    assert "secret" not in shown
    path = f"/v1/webhooks/{added['id']}"
    before = len(receiver.told)
    town_service.http.post(f"{path}/rewind", json={"seq": 0}).raise_for_status()
    eventually(lambda: len(reported(receiver.facts()[before:])) == 3)
    assert reported(receiver.facts()[before:]) == numbers
    assert town_service.http.delete(path).status_code == 204
    assert town_service.http.delete(path).status_code == 404


def test_what_is_never_taken_becomes_a_dead_letter(town_service: Town) -> None:
    sender = WebhookSender(town_service.service.uow, most_attempts=1)
    body = {"url": "http://127.0.0.1:1/nobody", "topics": ["incident"]}
    added = town_service.http.post("/v1/webhooks", json=body).raise_for_status().json()
    path = f"/v1/webhooks/{added['id']}/dead-letters"
    town_service.report(corner(1, 1)).raise_for_status()

    def given_up() -> bool:
        sender.serve_one(client)  # with less patience than the service's own
        return bool(town_service.get(path)["dead_letters"])

    with httpx.Client() as client:
        eventually(given_up)
    letter = town_service.get(path)["dead_letters"][-1]
    assert letter["body"]["kind"] == "reported"
    assert "ConnectError" in letter["error"]


def test_whoever_answers_without_end_keeps_nobody_waiting(town_service: Town, receiver: Receiver) -> None:
    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                while True:
                    self.wfile.write(b"." * 4096)

        def log_message(self, *_: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Endless) as endless:
        threading.Thread(target=endless.serve_forever, daemon=True).start()
        for url in (f"http://127.0.0.1:{endless.server_port}/", receiver.url):
            body = {"url": url, "topics": ["incident"]}
            town_service.http.post("/v1/webhooks", json=body).raise_for_status()
        town_service.report(corner(1, 1)).raise_for_status()
        eventually(lambda: [f["kind"] for f in receiver.facts()][:1] == ["reported"])
        seq = receiver.facts()[0]["seq"]
        eventually(lambda: all(w["told_seq"] >= seq for w in town_service.get("/v1/webhooks")["webhooks"]))
        endless.shutdown()


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://a..b/", "http://xn--/", "ftp://here"])
def test_an_address_that_is_none_is_refused(town_service: Town, url: str) -> None:
    answer = town_service.http.post("/v1/webhooks", json={"url": url, "topics": ["incident"]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["url"]


def test_a_host_that_is_no_name_keeps_no_other_receiver_waiting(
    town_service: Town, receiver: Receiver
) -> None:
    with town_service.service.uow.begin() as tx:  # as one that an earlier version let in
        wrong = Webhook(
            id=tx.new_id(), url="http://a..b/", secret="", topics=("incident",), told_seq=0, attempts=0,
            next_at=tx.now,
        )  # fmt: skip
        webhooks.add(tx.connection, wrong)
        tx.commit()
    body = {"url": receiver.url, "topics": ["incident"]}
    town_service.http.post("/v1/webhooks", json=body).raise_for_status()
    told: list[str] = []
    for n in (1, 4, 7):
        told.append(town_service.report(corner(n, n)).json()["incident"]["id"])
        eventually(lambda: reported(receiver.facts()) == told)


def test_waits_double_up_to_ten_minutes() -> None:
    assert [wait_s(n) for n in (1, 2, 3, 10, 20)] == [1, 2, 4, 512, 600]
