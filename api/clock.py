"""The one place that asks the world for the time and for new ids."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

_lock = threading.Lock()
_last_ms = 0


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562), never earlier than one drawn before by this process."""
    global _last_ms
    with _lock:
        _last_ms = max(_last_ms, time.time_ns() // 1_000_000)
        stamp = _last_ms
    noise = secrets.randbits(74)
    value = stamp << 80 | 0x7 << 76 | (noise >> 62) << 64 | 0b10 << 62 | (noise & ((1 << 62) - 1))
    return UUID(int=value)
