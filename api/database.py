"""The connections of one process."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

# A connection that rested longer is asked whether it still lives; one in use a moment ago is believed.
RESTED_S = 2.0


def connected(url: str) -> Engine:
    """A pool large enough for the thread pool of the routes; broken connections are noticed and replaced."""
    engine = create_engine(
        url, json_serializer=_json, json_deserializer=msgspec.json.decode,
        pool_size=20, max_overflow=20, pool_use_lifo=True, pool_timeout=10,
        connect_args={
            "connect_timeout": 5, "options": "-c statement_timeout=15000 -c search_path=public,jobs"
        },
    )  # fmt: skip
    event.listen(engine, "checkin", _note)
    event.listen(engine, "checkout", _ask)
    return engine


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _note(_: psycopg.Connection[Any] | None, record: Any) -> None:
    record.info["given_back_at"] = time.monotonic()


def _ask(connection: psycopg.Connection[Any], record: Any, _: Any) -> None:
    if time.monotonic() - record.info.get("given_back_at", -RESTED_S) < RESTED_S:
        return
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except psycopg.Error as error:
        raise DisconnectionError from error
