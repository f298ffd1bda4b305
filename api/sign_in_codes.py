"""Six digits that the desk tells a crew or a second screen: good once, ten minutes, five tries."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from api import tokens
from dispatch_core.ids import UnitId
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import settings as stored
from dispatch_core.store import tokens as stored_tokens

GOOD_FOR = timedelta(minutes=10)
TRIES = 5  # of a million codes: whoever guesses is right once in 200,000 codes
DESK = "desk"


def issue(tx: Transaction, whom: str) -> str:
    """A new code for a unit's id or `DESK`; an earlier one is good no more. Does not commit."""
    code, salt = f"{secrets.randbelow(1_000_000):06d}", secrets.token_hex(8)
    kept = {"salt": salt, "sha256": _digest(salt, code), "tries": TRIES}
    stored.put(tx.connection, _name(whom), kept, at=tx.now, by="operator", expires_at=tx.now + GOOD_FOR)
    return code


def redeem(tx: Transaction, whom: str, code: str) -> bool:
    """Whether the code is right, which uses it up; a wrong one costs a try, so commit either way."""
    name = _name(whom)
    kept = stored.find(tx.connection, name, at=tx.now, to_change=True)
    if kept is None:
        return False
    right = hmac.compare_digest(kept["sha256"], _digest(kept["salt"], code.strip()))
    if right or kept["tries"] <= 1:
        stored.drop(tx.connection, name)
    else:
        stored.change(tx.connection, name, kept | {"tries": kept["tries"] - 1})
    return right


def token_of_unit(tx: Transaction, unit_id: UnitId) -> str:
    """A new token for the unit's phone; the phone signed in before is signed out. Does not commit."""
    token = tokens.draw()
    stored_tokens.revoke_unit(tx.connection, unit_id, at=tx.now)
    stored_tokens.add(
        tx.connection, tokens.known_digest(token), role="device", at=tx.now, unit_id=unit_id, label="phone"
    )
    return token


def token_of_desk(tx: Transaction) -> str:
    """A new operator's token for another screen. Does not commit."""
    token = tokens.draw()
    stored_tokens.add(tx.connection, tokens.known_digest(token), role="operator", at=tx.now, label="by code")
    return token


def _name(whom: str) -> str:
    return f"sign_in_code:{whom}"


def _digest(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}{code}".encode()).hexdigest()
