"""Tables of streets as other programs write them: their separators, headings and spellings of an id."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from dispatch_core.errors import InvalidInput

Row = Mapping[str, str]
_SEPARATORS = ",;\t|"
# Of several spellings in one heading the first here counts: OSMnx writes `maxspeed` beside its `speed_kph`.
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("node_id", "node", "osmid", "osm_id", "osm_node_id"),
    "lon": ("lng", "long", "longitude", "x"),
    "lat": ("latitude", "y"),
    "from": ("u", "source", "a_node", "from_node", "from_id", "from_node_id", "start_node", "tail"),
    "to": ("v", "target", "b_node", "to_node", "to_id", "to_node_id", "end_node", "head"),
    "length_m": ("length", "distance_m", "distance", "dist", "dist_m"),
    "length_km": ("distance_km", "dist_km"),
    "speed_kmh": ("speed_kph", "speed", "maxspeed", "max_speed", "maxspeed_kmh"),
    "speed_mps": ("speed_ms", "speed_m_s"),
    "speed_mph": ("maxspeed_mph",),
    "time_s": ("travel_time_s", "travel_time", "duration_s"),
    "oneway": ("one_way",),
    "class": ("highway", "road_class"),
    "geometry": ("wkt",),
}


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
            said = next(csv.reader([heading], delimiter=separator), [])
            columns, width = _columns(said), len(said)
            missing = [column for column in needed if column not in columns]
            if missing:
                told = f"has no column {', '.join(missing)} among {heading.strip() or 'none'}"
                raise InvalidInput(path.name, told)
            table = csv.reader(file, delimiter=separator, skipinitialspace=True)
            for cells in table:
                if not any(cell.strip() for cell in cells):
                    continue
                where = f"{path.name}, line {table.line_num + 1}"
                if any(cell.strip() for cell in cells[width:]):
                    told = f"has {len(cells)} cells under {width} columns: a text with commas needs quotes"
                    raise InvalidInput(where, told)
                filled = [cell.strip() for cell in cells] + [""] * (width - len(cells))
                yield where, {name: filled[at] for name, at in columns.items()}
    except (UnicodeDecodeError, csv.Error) as broken:
        raise InvalidInput(path.name, f"is no table in UTF-8: {broken}") from broken


def _columns(heading: list[str]) -> Mapping[str, int]:
    """Where each column stands, under its own name and under the one it means; of equal names the first."""
    said = {name: at for at, name in reversed(list(enumerate(cell.strip().lower() for cell in heading)))}
    meant = {
        name: next(said[one] for one in others if one in said)
        for name, others in _SPELLINGS.items()
        if any(one in said for one in others)
    }
    return meant | said


def unread(row: Row, known: Collection[str]) -> list[str]:
    """Columns of the table that mean none of `known`, as they are spelt there."""
    heard = {spelling for name in known for spelling in (name, *_SPELLINGS.get(name, ()))}
    return [column for column in row if column not in heard]


def same_id(said: str) -> str:
    """Tables that went through floating point write 17 as 17.0."""
    return said.removesuffix(".0") if said.removesuffix(".0").isdigit() else said
