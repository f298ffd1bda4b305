"""Calling a party without telling its number: the contract is docs/reference/number-proxy.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

BOUND_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """`number` is dialled in the party's place until `ends_at`; None where nobody can be dialled."""

    number: str | None
    party: str
    ends_at: datetime
    simulated: bool


class SimulatedNumberProxy:
    """Stands in for the city's number proxy: binds nothing, keeps a line of a file for each request."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def bind(self, *, mission_id: str, party_phone: str, at: datetime) -> Binding:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        line = {
            "at": at.isoformat(),
            "mission_id": mission_id,
            "party": masked(party_phone),
            "simulated": True,
        }
        with self._file.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
        return Binding(number=None, party=masked(party_phone), ends_at=at + BOUND_FOR, simulated=True)


def masked(phone: str) -> str:
    """Enough to recognise a number one knows already: 138****1234."""
    digits = "".join(c for c in phone if c.isdigit())
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else "****"
