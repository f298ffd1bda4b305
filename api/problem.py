"""Errors as problem documents (RFC 9457), each with a `type` that this service itself explains."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException

from dispatch_core.errors import Conflict, DispatchError, Forbidden, InvalidInput, NotFound, Unavailable

log = logging.getLogger("yct.problem")

STATUS_OF: tuple[tuple[type[DispatchError], int, str], ...] = (
    (NotFound, 404, "Not found"),
    (Conflict, 409, "Conflict"),
    (InvalidInput, 422, "Invalid input"),
    (Forbidden, 403, "Forbidden"),
    (Unavailable, 503, "Unavailable"),
)

# What each `type` means and what to do; served at /problems/{code}.
MEANINGS: dict[str, str] = {
    "invalid-input": "A value can never be right; `errors` names the field. Mend it and send again.",
    "unauthorized": "No token, or one that is unknown, revoked or malformed. Sign in again.",
    "forbidden": "The token is known but may not do this: a device's at the desk, or the desk's in a car.",
    "not-found": "There is nothing at this address.",
    "method-not-allowed": "The address exists, but not for this method.",
    "body-too-large": "The body exceeds one megabyte. Send positions in batches of at most 100.",
    "unit-not-found": "There is no such unit.",
    "incident-not-found": "There is no such incident.",
    "mission-not-found": "There is no such mission, or it is another crew's.",
    "caller-not-found": "Nobody left a telephone number, or the mission is over.",
    "place-not-found": "There is no such place.",
    "case-not-found": "There is no case for this incident.",
    "webhook-not-found": "There is no such webhook in use.",
    "device-not-found": "There is no such device; register it first (`yct device add`).",
    "device-exists": "A device of that protocol and number is in use; retire it first.",
    "decision-not-found": "There is no such decision.",
    "link-not-found": "The tracking link is unknown or has been withdrawn.",
    "duplicate-not-found": "There are no such reports to join or part.",
    "duplicate-state-conflict": "They are joined, parted or dismissed already; read them again.",
    "plan-not-found": "There is no such plan; somebody may have removed it.",
    "plan-not-over": "The plan has not run to its end; wait for it, or run it anew.",
    "alarm-not-found": "There is no such alarm.",
    "accident-on-not-found": "No accident is known of that day, or no unit stood anywhere.",
    "day-too-long": "The day has too many accidents to be replayed beside live decisions; use `yct replay`.",
    "conflict": "The state of things forbids it; read them again.",
    "version-conflict": "Somebody changed it meanwhile; read it again and repeat.",
    "unit-status-conflict": "The unit's status does not allow this.",
    "unit-has-mission": "The unit has a mission; finish or cancel it first.",
    "mission-status-conflict": "The mission's status does not allow this step.",
    "incident-status-conflict": "The incident's status does not allow this.",
    "offer-expired": "The offer was open for 30 seconds and is over; the next candidate has it.",
    "idempotency-key-reused": "The key belongs to another report; use a new one for a new report.",
    "all-refused": "Every position was refused; they are kept with their reasons (`outcomes`).",
    "unavailable": "A part of the service is away for the moment; repeat after some seconds.",
    "internal-error": "Our fault. The log has the details under the `instance` given.",
}


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> JSONResponse:
    """One problem document."""
    headers = (
        {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "2"} if status == 503 else None
    )
    body = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


class Unauthorized(HTTPException):
    """No valid token came with the request."""

    def __init__(self, detail: str) -> None:
        super().__init__(401, detail)


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem document."""
    app.add_exception_handler(DispatchError, _broken_rule)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(NoConnectionFree, _database_away)
    app.add_exception_handler(DataError, _not_to_be_kept)
    app.add_exception_handler(UnicodeEncodeError, _not_to_be_kept)
    app.add_exception_handler(Exception, _ours)


def _broken_rule(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DispatchError)
    status, title = next((s, t) for family, s, t in STATUS_OF if isinstance(error, family))
    if isinstance(error, InvalidInput):
        return problem(
            status,
            error.code,
            title,
            error.message,
            errors=[{"field": error.field, "problem": error.problem}],
        )
    return problem(status, error.code, title, error.message)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [_field_error(one) for one in error.errors()[:20]]
    detail = "; ".join(f"{one['field']}: {one['problem']}" for one in found)
    return problem(422, "invalid-input", "Invalid input", detail, errors=found)


def _field_error(one: dict[str, Any]) -> dict[str, str]:
    where: Sequence[Any] = one.get("loc", ())
    field = ".".join(str(part) for part in where if part not in ("body", "query", "path", "header"))
    return {"field": field or "body", "problem": str(one.get("msg", "is not valid"))}


_HTTP_CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
}


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "invalid-input")
    return problem(error.status_code, code, code.replace("-", " ").capitalize(), str(error.detail))


def _database_away(_: Request, error: Exception) -> JSONResponse:
    log.warning("database away: %s", type(error).__name__)
    return problem(503, "unavailable", "Unavailable", "the database does not answer; repeat in a moment")


def _not_to_be_kept(request: Request, error: Exception) -> JSONResponse:
    """JSON can spell what no database keeps: the character NUL, and halves of a surrogate pair."""
    log.warning("%s %s: %s", request.method, request.url.path, str(error).splitlines()[0][:200])
    said = "holds a character (NUL, half a surrogate pair) or a number that cannot be kept"
    return problem(422, "invalid-input", "Invalid input", said, errors=[{"field": "body", "problem": said}])


def _ours(request: Request, error: Exception) -> JSONResponse:
    instance = secrets.token_hex(6)
    log.error("%s %s %s", instance, request.method, request.url.path, exc_info=error)
    return problem(500, "internal-error", "Internal error", "our fault; it is logged", instance=instance)
