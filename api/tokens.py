"""Secrets that open the service: drawn here, shown once, kept as their SHA-256 alone."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from dispatch_core.store import tokens

_FORM = re.compile(r"^[A-Za-z0-9_-]{20,80}$")


def draw() -> str:
    """256 random bits, safe in addresses and headers."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes | None:
    """What the database knows a token by; None if it has not the form of one."""
    return hashlib.sha256(token.encode()).digest() if _FORM.match(token) else None


def known_digest(token: str) -> bytes:
    """The digest of a token of our own drawing."""
    return hashlib.sha256(token.encode()).digest()


def ensure_operator_token(engine: Engine, file: Path, *, at: datetime) -> str:
    """The token in the file, drawn and written (0600) if there is none; the database knows it afterwards."""
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(draw() + "\n")
    token = file.read_text().strip()
    with engine.begin() as connection:
        if tokens.find(connection, known_digest(token)) is None:
            tokens.add(connection, known_digest(token), role="operator", at=at, label="first operator")
    return token
