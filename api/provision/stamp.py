"""Remembering what a folder was made from, so that the second set-up does nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_NAME = ".made-from"


def digest(*, files: Iterable[Path] = (), words: Iterable[str] = ()) -> str:
    """SHA-256 over the contents of the files and the words, in order."""
    total = hashlib.sha256()
    for path in files:
        total.update(path.read_bytes() + b"\0")
    for word in words:
        total.update(word.encode() + b"\0")
    return total.hexdigest()


def fresh(folder: Path, wanted: str) -> bool:
    mark = folder / _NAME
    return mark.exists() and mark.read_text().strip() == wanted


def stamp(folder: Path, wanted: str) -> None:
    (folder / _NAME).write_text(wanted + "\n")
