"""Webhooks as an administrator of another system keeps them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BeforeValidator, Field

from api import tokens
from api.auth import InService, Operator
from api.schemas import Model, a_number
from dispatch_core.services.views import at
from dispatch_core.store import outbox, webhooks
from dispatch_core.store.webhooks import Webhook

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
Json = dict[str, Any]
Topic = Literal["incident", "mission", "unit", "sign", "drill", "traffic", "alarm", "duplicate"]


def _an_address(url: str) -> str:
    try:
        host = httpx.URL(url).host
        host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        host = ""
    if not host:
        raise ValueError("is no address of a receiver")
    return url


class WebhookIn(Model):
    """Facts of these topics are posted to the address."""

    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://"), AfterValidator(_an_address)]
    topics: Annotated[list[Topic], Field(min_length=1, max_length=8)]


class RewindIn(Model):
    """Everything after this sequence number is told again."""

    seq: Annotated[int, BeforeValidator(a_number), Field(ge=0, lt=2**63)]


@router.post("", status_code=201)
def add_webhook(body: WebhookIn, service: InService, _: Operator) -> Json:
    """Facts from now on; the secret that signs them is shown this once."""
    with service.uow.begin() as tx:
        newest = outbox.span(tx.connection)[1]
        one = Webhook(
            id=tx.new_id(), url=body.url, secret=tokens.draw(), topics=tuple(body.topics), told_seq=newest,
            attempts=0, next_at=tx.now,
        )  # fmt: skip
        webhooks.add(tx.connection, one)
        tx.commit()
    return _view(one) | {"secret": one.secret}


@router.get("")
def list_webhooks(service: InService, _: Operator) -> Json:
    """How far each receiver is, and how often the next fact was tried in vain."""
    with service.engine.connect() as connection:
        return {"webhooks": [_view(one) for one in webhooks.in_use(connection)]}


@router.delete("/{webhook_id}", status_code=204)
def end_webhook(webhook_id: UUID, service: InService, _: Operator) -> Response:
    """No more facts; dead letters stay."""
    with service.uow.begin() as tx:
        webhooks.end(tx.connection, webhook_id, at=tx.now)
        tx.commit()
    return Response(status_code=204)


@router.post("/{webhook_id}/rewind", status_code=204)
def rewind_webhook(webhook_id: UUID, body: RewindIn, service: InService, _: Operator) -> Response:
    """Replay: as far back as the outbox reaches, dead letters included."""
    with service.uow.begin() as tx:
        webhooks.rewind(tx.connection, webhook_id, seq=body.seq, at=tx.now)
        tx.commit()
    return Response(status_code=204)


@router.get("/{webhook_id}/dead-letters")
def list_dead_letters(
    webhook_id: UUID, service: InService, _: Operator, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> Json:
    """What the receiver did not take, the newest first."""
    with service.engine.connect() as connection:
        found = webhooks.dead_letters(connection, webhook_id, limit=limit)
    return {
        "dead_letters": [
            {"seq": row.seq, "body": row.body, "attempts": row.attempts, "error": row.error,
             "given_up_at": at(row.given_up_at)}
            for row in found
        ]
    }  # fmt: skip


def _view(one: Webhook) -> Json:
    return {
        "id": str(one.id), "url": one.url, "topics": list(one.topics), "told_seq": one.told_seq,
        "attempts": one.attempts,
    }  # fmt: skip
