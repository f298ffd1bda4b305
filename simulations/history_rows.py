"""Recorded responses as their exports write them: headings, separators, times, priorities.

Understood beside our own headings are those of San Francisco's open data ("Received DtTm", `received_dttm`,
`case_location` as `POINT (lon lat)`), and its times such as `04/07/2020 12:01:25 AM`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from dispatch_core.errors import InvalidInput

Row = Mapping[str, str]
_SEPARATORS = ",;\t|"
_NOTHING = frozenset({"", "null", "none", "nan", "nat", "na", "n/a", "\\n", "-"})
_MEANT: Mapping[str, str] = {
    "incident_number": "incident", "incident_id": "incident", "unit_id": "unit", "final_priority": "priority",
    "received_dttm": "received_at", "dispatch_dttm": "dispatched_at", "response_dttm": "en_route_at",
    "on_scene_dttm": "on_scene_at", "transport_dttm": "transporting_at",
    "hospital_dttm": "at_hospital_at", "available_dttm": "available_at",
    "lng": "lon", "longitude": "lon", "latitude": "lat",
    "case_location": "point", "location": "point", "the_geom": "point",
}  # fmt: skip
_FORMATS = (  # beside ISO 8601
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%Y %b %d %I:%M:%S %p",
    "%Y/%m/%d %I:%M:%S %p", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
)  # fmt: skip
_POINT = re.compile(r"POINT\s*\(\s*(\S+)\s+(\S+)\s*\)", re.IGNORECASE)


def rows_of(path: Path, *needed: str) -> Iterator[tuple[int, Row]]:
    """(line, row) with our headings and empty cells left out; InvalidInput names the columns missing.

    Of several columns that mean one thing the one with our own heading counts, else the first.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading = file.readline()
            separator = max(_SEPARATORS, key=heading.count)
            columns = _columns(next(csv.reader([heading], delimiter=separator), []))
            missing = [c for c in needed if c not in columns and not ("point" in columns and c in "lon lat")]
            if missing:
                raise InvalidInput("history", f"{path} has no column {', '.join(missing)}")
            table = csv.reader(file, delimiter=separator, skipinitialspace=True)
            for cells in table:
                if any(cell.strip() for cell in cells):
                    yield table.line_num + 1, _row(cells, columns)
    except (UnicodeDecodeError, csv.Error) as broken:
        raise InvalidInput("history", f"{path} is no table in UTF-8: {broken}") from broken
    except OSError as broken:
        raise InvalidInput("history", f"{path} cannot be read: {broken.strerror}") from broken


def _columns(heading: Sequence[str]) -> Mapping[str, int]:
    said = [re.sub(r"[\s_]+", "_", cell.strip().lower()) for cell in heading]
    meant = {_MEANT[name]: at for at, name in reversed(list(enumerate(said))) if name in _MEANT}
    return meant | {name: at for at, name in reversed(list(enumerate(said)))}


def _row(cells: Sequence[str], columns: Mapping[str, int]) -> Row:
    row = {name: cells[at].strip() for name, at in columns.items() if at < len(cells)}
    row = {name: said for name, said in row.items() if said.lower() not in _NOTHING}
    point = _POINT.match(row.get("point", ""))
    return {"lon": point[1], "lat": point[2]} | row if point else row


def time_of(row: Row, name: str, line: int) -> datetime | None:
    """As written, with or without an offset; None where nothing is."""
    said = row.get(name)
    if said is None:
        return None
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return datetime.strptime(said, form)  # noqa: DTZ007 - the clock of the place, as written
        except ValueError:
            continue
    raise InvalidInput(
        "history", f"line {line}: {name} {said!r} is no ISO 8601 time, nor one as 04/07/2020 12:01:25 AM"
    )


def seconds_between(start: datetime, end: datetime) -> float:
    """Of two times one of which tells no offset, the other's is taken for it."""
    zone: tzinfo | None = start.tzinfo or end.tzinfo
    start, end = (at if at.tzinfo else at.replace(tzinfo=zone) for at in (start, end))
    return (end - start).total_seconds()


def number_of(row: Row, name: str, line: int) -> float | None:
    said = row.get(name)
    try:
        return None if said is None else float(said)
    except ValueError:
        raise InvalidInput("history", f"line {line}: {name} {said!r} is no number") from None


def priority_of(row: Row) -> int:
    """The number in what the centre wrote, of a letter its code (so that E is graver than A); 3 for nothing.

    Words become numbers of their own, the same for the same word in every file.
    """
    said = row.get("priority", "3")
    digits = re.search(r"\d+", said)
    if digits:
        return int(digits[0])
    return ord(said.upper()) if len(said) == 1 else 1000 + sum(map(ord, said.lower()))
