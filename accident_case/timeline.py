"""The one timeline of a case: entries chained by hash, so that none can be changed or taken out unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dispatch_core.ids import CaseId

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`sha256` covers the case, `seq`, time, kind, actor, facts and the hash of the entry before."""

    case_id: CaseId
    seq: int
    at: datetime
    kind: str
    actor: str
    facts: dict[str, Any] = field(default_factory=dict)
    previous_sha256: bytes = GENESIS
    sha256: bytes = b""


def chained(
    case_id: CaseId, last: Entry | None, *, at: datetime, kind: str, actor: str, facts: dict[str, Any]
) -> Entry:
    """The entry that follows `last`."""
    seq = 1 if last is None else last.seq + 1
    previous = GENESIS if last is None else last.sha256
    return Entry(
        case_id=case_id, seq=seq, at=at, kind=kind, actor=actor, facts=facts, previous_sha256=previous,
        sha256=digest(case_id, seq, at, kind, actor, facts, previous),
    )  # fmt: skip


def digest(
    case_id: CaseId, seq: int, at: datetime, kind: str, actor: str, facts: dict[str, Any], previous: bytes
) -> bytes:
    """SHA-256 over canonical JSON (sorted keys, no blanks, UTF-8; after RFC 8785) and the hash before."""
    told = json.dumps(
        [str(case_id), seq, at.timestamp(), kind, actor, facts],
        sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False,
    )  # fmt: skip
    return hashlib.sha256(previous + told.encode()).digest()


def first_broken(entries: Sequence[Entry]) -> int | None:
    """The `seq` at which the chain of a case breaks, in the order given; None if it holds."""
    previous = GENESIS
    for expected, entry in enumerate(entries, start=1):
        own = digest(entry.case_id, entry.seq, entry.at, entry.kind, entry.actor, entry.facts, previous)
        if entry.seq != expected or entry.previous_sha256 != previous or entry.sha256 != own:
            return expected
        previous = entry.sha256
    return None
