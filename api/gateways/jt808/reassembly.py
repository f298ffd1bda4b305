"""Long messages come in sub-packages, each a frame of its own (JT/T 808-2019, section 4.4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from api.gateways.jt808.header import Header


@dataclass(slots=True)
class _Waiting:
    header: Header
    since_s: float
    bodies: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Reassembler:
    """Joins sub-packages of one connection; forgets what stays incomplete for `patience_s`.

    Bounded in messages and bytes, so that a broken terminal harms nobody beside itself.
    """

    patience_s: float = 60.0
    most_messages: int = 8
    most_bytes: int = 4_000_000
    _waiting: dict[tuple[int, int], _Waiting] = field(default_factory=dict)
    _held_bytes: int = 0  # kept as it grows: counting 65,535 parts anew at each would take minutes

    def add(self, header: Header, body: bytes, *, at_s: float) -> tuple[Header, bytes] | None:
        """The whole message once its last part is in, else None; `at_s` is a monotonic clock's reading."""
        if header.parts == 1:
            return header, body
        self._forget_stale(at_s)
        key = self._key(header)
        waiting = self._waiting.get(key)
        if waiting is None or waiting.header.parts != header.parts:
            self._forget(key)
            waiting = self._waiting[key] = _Waiting(header=header, since_s=at_s)
        self._held_bytes += len(body) - len(waiting.bodies.get(header.part, b""))
        waiting.bodies[header.part] = body
        if len(waiting.bodies) == header.parts:
            self._forget(key)
            whole = b"".join(waiting.bodies[part] for part in range(1, header.parts + 1))
            return replace(header, parts=1, part=1, body_length=len(whole)), whole
        self._keep_bounds()
        return None

    def _key(self, header: Header) -> tuple[int, int]:
        """The serials of the parts follow one another, so the first part's serial names the message.

        Terminals are met that send all parts under one serial: theirs is that of the part which came first.
        """
        for key, waiting in self._waiting.items():
            first = waiting.header
            same = first.message_id == header.message_id and first.serial == header.serial
            if same and first.parts == header.parts and first.part != header.part:
                return key
        return header.message_id, (header.serial - header.part + 1) & 0xFFFF

    def incomplete(self) -> list[tuple[Header, list[int]]]:
        """The first part's header of each incomplete message, and the numbers of its missing parts."""
        return [
            (
                replace(waiting.header, serial=serial, part=1),
                [n for n in range(1, waiting.header.parts + 1) if n not in waiting.bodies][:255],
            )
            for (_, serial), waiting in self._waiting.items()
        ]

    def _forget_stale(self, at_s: float) -> None:
        for key in [k for k, w in self._waiting.items() if at_s - w.since_s > self.patience_s]:
            self._forget(key)

    def _forget(self, key: tuple[int, int]) -> None:
        gone = self._waiting.pop(key, None)
        if gone is not None:
            self._held_bytes -= sum(map(len, gone.bodies.values()))

    def _keep_bounds(self) -> None:
        while len(self._waiting) > self.most_messages or self._held_bytes > self.most_bytes:
            self._forget(next(iter(self._waiting)))
