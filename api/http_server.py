"""How every process of ours serves HTTP: the desk, the position gateway, and the tests' own service."""

from __future__ import annotations

from typing import Any

import uvicorn
from starlette.types import ASGIApp

# An idle connection is closed by the side that opened it. Were the service the first, a report sent in that
# instant would meet a reset; nginx keeps 60 s, phones and libraries less.
KEEP_ALIVE_S = 75


def http_config(app: ASGIApp, *, grace_s: int = 3, **own: Any) -> uvicorn.Config:
    """uvicorn's settings for `app`: requests have `grace_s` seconds to end; `own` is host, port, backlog."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=grace_s,
        timeout_keep_alive=KEEP_ALIVE_S,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        **own,
    )
