"""Facts told to other systems: signed, in order, again until they are taken or given up."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec

from api.rounds import RoundsThread
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.views import at as written
from dispatch_core.store import webhooks
from dispatch_core.store.webhooks import Webhook

log = logging.getLogger("yct.webhooks")

LOOK_EVERY_S = 0.5
PATIENCE_S = 5.0  # of one delivery
BATCH = 50
LONGEST_ANSWER = 64_000  # bytes; nobody reads them
MOST_ATTEMPTS = 10  # some 35 minutes
LONGEST_WAIT_S = 600.0


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `timestamp.body`; the receiver compares it and the age of the timestamp."""
    signed = f"{timestamp}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def wait_s(attempts: int) -> float:
    """1 s after the first failure, doubled after each further one."""
    return min(2.0 ** (attempts - 1), LONGEST_WAIT_S)


class WebhookSender(RoundsThread):
    """One thread a process; a row lock keeps two from serving one receiver at once."""

    def __init__(self, uow: UnitOfWork, *, most_attempts: int = MOST_ATTEMPTS) -> None:
        super().__init__("webhooks", log, patience_s=PATIENCE_S + 1)
        self._uow = uow
        self._most_attempts = most_attempts
        self._client: httpx.Client  # of the thread's own

    def _run(self) -> None:
        with httpx.Client(timeout=PATIENCE_S) as self._client:
            super()._run()

    def _round(self) -> None:
        if not self.serve_one(self._client):
            self._stopping.wait(LOOK_EVERY_S)

    def serve_one(self, client: httpx.Client) -> bool:
        """Delivers what is next for the receiver that waits longest; whether there was anything."""
        with self._uow.begin() as tx:
            due = webhooks.take_due(tx.connection, at=tx.now)
            if not due:
                return False
            one = due[0]
            facts = webhooks.next_facts(tx.connection, one, limit=BATCH)
            seq, attempts, error, delivered = one.told_seq, one.attempts, "", 0
            turn_ends_s = time.monotonic() + PATIENCE_S
            for fact in facts:
                if time.monotonic() > turn_ends_s:  # who answers slowly keeps nobody else waiting
                    break
                error = _delivered(client, one, fact, tx.now)
                if error:
                    break
                seq, attempts, delivered = fact.seq, 0, delivered + 1
            has_more = delivered < len(facts) or len(facts) == BATCH
            pause_s = 0.0 if has_more else LOOK_EVERY_S
            if error:
                attempts += 1
                pause_s = wait_s(attempts)
                if attempts >= self._most_attempts:
                    webhooks.give_up(
                        tx.connection, one.id, seq=fact.seq, body=body_of(fact), attempts=attempts,
                        error=error, at=tx.now,
                    )  # fmt: skip
                    seq, attempts = fact.seq, 0
            next_at = tx.now + timedelta(seconds=pause_s)
            webhooks.told(tx.connection, one.id, seq=seq, attempts=attempts, next_at=next_at)
            tx.commit()
        return bool(facts)


def body_of(fact: Any) -> dict[str, Any]:
    """A fact as other systems are told it, by whichever way."""
    return {
        "seq": fact.seq, "at": written(fact.at), "topic": fact.topic, "kind": fact.kind,
        "subject_id": str(fact.subject_id), "facts": fact.facts,
    }  # fmt: skip


def _delivered(client: httpx.Client, one: Webhook, fact: Any, now: datetime) -> str:
    """What went wrong; empty if the receiver answered 2xx."""
    body = msgspec.json.encode(body_of(fact))
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json", "X-YCT-Seq": str(fact.seq), "X-YCT-Timestamp": timestamp,
        "X-YCT-Signature": signature(one.secret, timestamp, body),
    }  # fmt: skip
    try:
        with client.stream("POST", one.url, content=body, headers=headers) as answer:
            _read_out(answer)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last: a host that is no name
        return f"{type(error).__name__}: {error}"[:300]
    return "" if answer.is_success else f"answered {answer.status_code}"


def _read_out(answer: httpx.Response) -> None:
    """A short body, so that the connection serves again; who never ends is hung up on."""
    read_bytes, until_s = 0, time.monotonic() + PATIENCE_S
    for piece in answer.iter_raw():
        read_bytes += len(piece)
        if read_bytes > LONGEST_ANSWER or time.monotonic() > until_s:
            return
