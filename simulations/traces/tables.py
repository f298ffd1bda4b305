"""Tables of other simulators as they come: separators, headings in many spellings, units of time, places.

Every complaint names the file and, where there is one, the line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from dispatch_core.errors import InvalidInput

Cells = tuple[str, ...]
TimeUnit = Literal["minutes", "seconds", "hours"]

MINUTES_IN = {"minutes": 1.0, "seconds": 1 / 60.0, "hours": 60.0}
_SEPARATORS = ",;\t|"
_NOTHING = frozenset({"", "nan", "na", "n/a", "null", "none", "nat", "-"})
_SAYS_UNIT = re.compile(
    r"(?:[_\s.\-]+|\s*[(\[])"
    r"(?:(?P<minutes>mins?|minutes?)|(?P<seconds>s|secs?|seconds?)|(?P<hours>h|hrs?|hours?))[)\]]?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`rows`: (line of the file, its cells); no row is empty. `heading` is () until `headed` takes it off."""

    path: Path
    field: str
    separator: str
    rows: tuple[tuple[int, Cells], ...]
    heading: Cells = ()

    def headed(self) -> Table:
        """The first row taken for the heading."""
        return Table(
            path=self.path, field=self.field, separator=self.separator,
            heading=self.rows[0][1], rows=self.rows[1:],
        )  # fmt: skip

    def complaint(self, problem: str, line: int | None = None) -> InvalidInput:
        where = f"{self.path}" if line is None else f"{self.path} line {line}"
        return InvalidInput(self.field, f"{where}: {problem}")

    def find(self, names: Sequence[str]) -> Column | None:
        """The column that has one of these names, the first name that is there; spelling does not matter."""
        said = [_said(cell) for cell in self.heading]
        for name in names:
            for at, (word, unit) in enumerate(said):
                if word == name:
                    return Column(table=self, at=at, name=self.heading[at].strip() or name, unit=unit)
        return None

    def column(self, names: Sequence[str], what: str) -> Column:
        found = self.find(names)
        if found is None:
            raise self.complaint(
                f"has no column for {what}, such as {names[0]}; its heading is "
                f"{', '.join(repr(cell) for cell in self.heading)}"
            )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`unit` is what the heading says in its end: `arrival_s`, `on scene (min)`."""

    table: Table
    at: int
    name: str
    unit: TimeUnit | None = None

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """(line, text) of every row; what stands for nothing is ''."""
        for line, cells in self.table.rows:
            text = cells[self.at].strip() if self.at < len(cells) else ""
            yield line, "" if text.lower() in _NOTHING else text

    def texts(self) -> list[str]:
        return [text for _, text in self]

    def number(self, line: int, text: str) -> float:
        """At least 0 and finite; with a decimal comma where commas do not separate."""
        plain = text.replace(",", ".") if self.table.separator != "," and text.count(",") == 1 else text
        try:
            value = float(plain)
        except ValueError:
            raise self.table.complaint(f"{self.name} {text!r} is no number", line) from None
        if not 0 <= value < float("inf"):
            raise self.table.complaint(f"{self.name} {text} must be at least 0, and finite", line)
        return value

    def minutes(self, unit: TimeUnit, *, otherwise: float | None = None) -> list[float]:
        """In the unit of the heading, else in `unit`; `otherwise` where nothing stands, None: it must."""
        in_minutes = MINUTES_IN[self.unit or unit]
        found = []
        for line, text in self:
            if text:
                found.append(self.number(line, text) * in_minutes)
            elif otherwise is None:
                raise self.table.complaint(f"{self.name} is empty", line)
            else:
                found.append(otherwise)
        return found

    def clock_minutes(self, unit: TimeUnit) -> list[float]:
        """Numbers, or ISO 8601 times: then minutes since the midnight before the earliest."""
        if not any(":" in text for text in self.texts()):
            return self.minutes(unit)
        times = [self._time(line, text) for line, text in self]
        zero = min(times).replace(hour=0, minute=0, second=0, microsecond=0)
        return [(at - zero).total_seconds() / 60.0 for at in times]

    def _time(self, line: int, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise self.table.complaint(f"{self.name} {text!r} is no ISO 8601 time", line) from None


def read_table(path: Path, field: str) -> Table:
    """Separated by , ; tab | or blanks, whichever the first line has most of."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as broken:
        raise InvalidInput(field, f"{path} cannot be read: {broken.strerror}") from broken
    except UnicodeDecodeError as broken:
        raise InvalidInput(field, f"{path} is no text in UTF-8: byte {broken.start}") from broken
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise InvalidInput(field, f"{path} is empty")
    separator = max(_SEPARATORS, key=first.count)
    if separator in first:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
        rows = [(reader.line_num, tuple(cells)) for cells in reader if any(cell.strip() for cell in cells)]
    else:
        separator = " "
        rows = [(n, tuple(line.split())) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    return Table(path=path, field=field, separator=separator, rows=tuple(rows))


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def plain_name(text: str) -> str:
    """Place 12 may be written 12.0 by a table program."""
    text = text.strip()
    return text.removesuffix(".0") if text.removesuffix(".0").isdecimal() else text


def _said(heading: str) -> tuple[str, TimeUnit | None]:
    """`On-site aid times (min)` is ("onsiteaidtime", minutes)."""
    unit: TimeUnit | None = None
    found = _SAYS_UNIT.search(heading)
    if found and found.start() > 0:
        heading = heading[: found.start()]
        unit = "minutes" if found["minutes"] else "seconds" if found["seconds"] else "hours"
    word = re.sub(r"[^0-9a-z]", "", heading.lower())
    return (word.removesuffix("s") or word), unit
