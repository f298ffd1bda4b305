"""Signing in: the desk by token or code, a crew's phone by call sign and code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api import sign_in_codes
from api.auth import COOKIE, Holders, InService, Operator
from api.problem import Unauthorized
from api.schemas import CrewSessionIn, SessionIn
from api.service import Service
from dispatch_core.ids import UnitId
from dispatch_core.services import views
from dispatch_core.store import units

router = APIRouter(prefix="/v1", tags=["signing in"])
Json = dict[str, Any]
STAYS_S = 12 * 3600


@router.post("/session", status_code=204)
async def sign_in(body: SessionIn, request: Request, service: InService) -> Response:
    """Keeps an operator's token in a cookie that scripts cannot read; a code becomes a token first."""
    token = body.token
    if body.code:
        token = await run_in_threadpool(_of_code, service, body.code)
    holders: Holders = request.app.state.holders
    holder = await holders.of(token)
    if holder is None or holder.role != "operator":
        raise Unauthorized("that is no operator's token")
    answer = Response(status_code=204)
    answer.set_cookie(
        COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https",
        max_age=STAYS_S, path="/",
    )  # fmt: skip
    return answer


def _of_code(service: Service, code: str) -> str:
    with service.uow.begin() as tx:
        right = sign_in_codes.redeem(tx, sign_in_codes.DESK, code)
        token = sign_in_codes.token_of_desk(tx) if right else ""
        tx.commit()
    return token


@router.delete("/session", status_code=204)
def sign_out() -> Response:
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.post("/session/code", status_code=201)
def desk_code(service: InService, _: Operator) -> Json:
    """Six digits that open the desk on one more screen; good once, for ten minutes."""
    with service.uow.begin() as tx:
        code = sign_in_codes.issue(tx, sign_in_codes.DESK)
        ends_at = tx.now + sign_in_codes.GOOD_FOR
        tx.commit()
    return {"code": code, "expires_at": views.at(ends_at)}


@router.post("/units/{unit_id}/sign-in-code", status_code=201)
def crew_code(unit_id: UUID, service: InService, _: Operator) -> Json:
    """Six digits that the desk tells a crew, for its phone; good once, for ten minutes."""
    with service.uow.begin() as tx:
        unit = units.get(tx.connection, UnitId(unit_id))
        code = sign_in_codes.issue(tx, str(unit.id))
        ends_at = tx.now + sign_in_codes.GOOD_FOR
        tx.commit()
    return {"call_sign": unit.call_sign, "code": code, "expires_at": views.at(ends_at)}


@router.post("/driver/session", status_code=201)
def sign_in_crew(body: CrewSessionIn, request: Request, service: InService) -> Json:
    """A device token for the unit's phone; whichever phone had one before is signed out."""
    token = None
    with service.uow.begin() as tx:
        named = [one for one in units.all_units(tx.connection) if one.call_sign == body.call_sign]
        if named and sign_in_codes.redeem(tx, str(named[0].id), body.code):
            token = sign_in_codes.token_of_unit(tx, named[0].id)
        tx.commit()
    if token is None:
        raise Unauthorized("no such unit, or the code is wrong, used or over; ask the desk for a new one")
    request.app.state.holders.forget()
    request.app.state.senders.forget()
    return {"unit_id": str(named[0].id), "call_sign": named[0].call_sign, "token": token}
