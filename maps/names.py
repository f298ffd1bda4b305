"""Street names stored once."""

from __future__ import annotations


class NameTable:
    """Gives every distinct text a number; 0 is the empty one."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {"": 0}

    def number(self, text: str) -> int:
        return self._number.setdefault(text, len(self._number))

    def names(self) -> tuple[str, ...]:
        return tuple(self._number)
