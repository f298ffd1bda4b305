"""Tables of streets as other programs write them: their separators, headings and spellings of an id."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from dispatch_core.errors import InvalidInput

Row = Mapping[str, str]
_SEPARATORS = ",;\t|"
_MEANT: Mapping[str, str] = {
    "node": "id", "node_id": "id", "osmid": "id",
    "x": "lon", "lng": "lon", "long": "lon", "longitude": "lon", "y": "lat", "latitude": "lat",
    "u": "from", "source": "from", "a_node": "from", "from_node": "from", "from_id": "from", "tail": "from",
    "v": "to", "target": "to", "b_node": "to", "to_node": "to", "to_id": "to", "head": "to",
    "length": "length_m", "distance": "length_m", "distance_m": "length_m",
    "speed": "speed_kmh", "speed_kph": "speed_kmh", "one_way": "oneway",
    "highway": "class", "road_class": "class", "wkt": "geometry",
}  # fmt: skip


def rows_of(path: Path, *needed: str) -> Iterator[tuple[str, Row]]:
    """(where, row) with `where` the file and the line, for messages; a heading's own name goes before others.

    InvalidInput without the needed columns, or where the file is no text.
    """
    if not path.is_file():
        raise InvalidInput(str(path), "is no file")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            heading = file.readline()
            separator = max(_SEPARATORS, key=heading.count)
            columns = _columns(next(csv.reader([heading], delimiter=separator), []))
            missing = [column for column in needed if column not in columns]
            if missing:
                raise InvalidInput(path.name, f"has no column {', '.join(missing)}")
            table = csv.reader(file, delimiter=separator, skipinitialspace=True)
            for cells in table:
                if any(cell.strip() for cell in cells):
                    row = {name: cells[at].strip() for name, at in columns.items() if at < len(cells)}
                    yield f"{path.name}, line {table.line_num + 1}", dict.fromkeys(needed, "") | row
    except (UnicodeDecodeError, csv.Error) as broken:
        raise InvalidInput(path.name, f"is no table in UTF-8: {broken}") from broken


def _columns(heading: list[str]) -> Mapping[str, int]:
    said = [cell.strip().lower() for cell in heading]
    meant = {_MEANT[name]: at for at, name in reversed(list(enumerate(said))) if name in _MEANT}
    return meant | {name: at for at, name in reversed(list(enumerate(said)))}


def same_id(said: str) -> str:
    """Tables that went through floating point write 17 as 17.0."""
    return said.removesuffix(".0") if said.removesuffix(".0").isdigit() else said
