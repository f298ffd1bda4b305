"""Bare ASGI for the hot paths: a fifth of what a routed and validated request costs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.types import ASGIApp, Receive, Scope, Send

from api.body_limit import drained
from api.gateways.senders import Senders
from api.problem import problem
from dispatch_core.errors import DispatchError, InvalidInput, Unavailable
from dispatch_core.store.devices import Authority

LARGEST_BODY = 1_000_000

Conversation = Callable[[Scope, Receive, Send], Awaitable[None]]
Answerer = Callable[[Scope, Receive], Awaitable[tuple[int, Any]]]
_JSON_TYPE = [(b"content-type", b"application/json")]


class Refused(Exception):
    """An answer in the form of a problem document."""

    def __init__(self, status: int, code: str, title: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.told: dict[str, Any] = {
            "status": status, "code": code, "title": title, "detail": detail, **more
        }  # fmt: skip


class BodyTooLarge(Refused):
    def __init__(self) -> None:
        limit = f"at most {LARGEST_BODY:,} bytes are taken at a time"
        super().__init__(413, "body-too-large", "Body too large", limit)


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body; BodyTooLarge as soon as it is longer than LARGEST_BODY, announced or not."""
    announced = header(scope, b"content-length")
    if announced.isdigit() and int(announced) > LARGEST_BODY:
        await drained(receive)
        raise BodyTooLarge
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    pieces, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > LARGEST_BODY:
            if message.get("more_body", False):
                await drained(receive)
            raise BodyTooLarge
    return b"".join(pieces)


def header(scope: Scope, name: bytes) -> str:
    """One header's value; empty if it is missing."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def query(scope: Scope) -> dict[str, str]:
    """The query's fields; of one given twice the last."""
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


async def bearer(scope: Scope, senders: Senders, cookie: str) -> Authority:
    """Whose token came in the header, or in the session's cookie."""
    scheme, _, token = header(scope, b"authorization").partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise _unauthorized("send `Authorization: Bearer TOKEN`")
    token = token.strip() or _cookie(scope, cookie)
    if not token:
        raise _unauthorized("a token is needed: `Authorization: Bearer TOKEN`")
    found = await senders.of_token(token)
    if found is None:
        raise _unauthorized("the token is unknown, revoked or malformed")
    return found


def _unauthorized(detail: str) -> Refused:
    return Refused(401, "unauthorized", "Unauthorized", detail)


def _cookie(scope: Scope, name: str) -> str:
    for piece in header(scope, b"cookie").split(";"):
        key, _, value = piece.strip().partition("=")
        if key == name:
            return value
    return ""


async def answer(answerer: Answerer, scope: Scope, receive: Receive, send: Send) -> None:
    """Runs one answerer; whatever breaks becomes a problem document."""
    try:
        status, body = await answerer(scope, receive)
    except Refused as refused:
        await _tell(refused, scope, receive, send)
    except InvalidInput as wrong:
        errors = [{"field": wrong.field, "problem": wrong.problem}]
        told = Refused(422, wrong.code, "Invalid input", wrong.message, errors=errors)
        await _tell(told, scope, receive, send)
    except Unavailable as away:
        await _tell(Refused(503, "unavailable", "Unavailable", away.message), scope, receive, send)
    except (OperationalError, InterfaceError):
        detail = "the database does not answer; repeat in a moment"
        await _tell(Refused(503, "unavailable", "Unavailable", detail), scope, receive, send)
    except DispatchError as broken:
        await _tell(Refused(409, broken.code, "Conflict", broken.message), scope, receive, send)
    else:
        content = b"" if body is None else msgspec.json.encode(body)
        length = (b"content-length", str(len(content)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [*_JSON_TYPE, length]})
        await send({"type": "http.response.body", "body": content})


def _asks_for_a_page(scope: Scope) -> bool:
    """GET of the root that tells no position: OsmAnd's bare address is also that of the first page."""
    return scope["method"] == "GET" and scope["path"] == "/" and not {"lat", "location"} & query(scope).keys()


async def _tell(refused: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    await problem(**refused.told)(scope, receive, send)


class Doors:
    """ASGI middleware: some paths are answered here, others by the application behind, if any."""

    def __init__(
        self,
        app: ASGIApp | None = None,
        *,
        doors: dict[tuple[str, str], Answerer],
        sockets: dict[str, Conversation],
    ) -> None:
        self._app = app
        self._sockets = sockets
        self._doors = doors
        self._paths = {path for _, path in doors}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in self._paths:
            door = self._doors.get((scope["method"], scope["path"]))
            if door is not None and not (self._app is not None and _asks_for_a_page(scope)):
                await answer(door, scope, receive, send)
                return
            if self._app is None or scope["path"] != "/":
                refused = Refused(405, "method-not-allowed", "Method not allowed", "not at this address")
                await _tell(refused, scope, receive, send)
                return
        if scope["type"] == "websocket" and scope["path"] in self._sockets:
            await self._sockets[scope["path"]](scope, receive, send)
            return
        if self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            nothing = Refused(404, "not-found", "Not found", "there is nothing at this address")
            await _tell(nothing, scope, receive, send)
