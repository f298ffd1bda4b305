"""Files whose objects stand in another order than OpenStreetMap's own, or under an editor's draft numbers.

Overpass answers with the ways first where its query says `out body; >; out skel;`, and editors number what
was never uploaded below nought. Places of nodes can be looked up in neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import osmium
from osmium.osm.types import Node, OSMEntity, Relation, Way

from maps.osm.reading import READING_ERRORS, unreadable

_ABOVE_ALL_IDS = 1 << 35  # drafts are numbered from here; OpenStreetMap is far from it
_RANK = {"n": 0, "w": 1, "r": 2}


@contextmanager
def in_order(path: Path) -> Iterator[Path]:
    """The file itself, or a copy in order that lives as long as the context; InvalidInput if it is damaged.

    A `.pbf` is taken as it is: programs that write them sort them, and to look would cost a pass.
    """
    if not path.is_file() or path.name.endswith(".pbf"):
        yield path
        return
    with TemporaryDirectory(prefix="yct-map-") as folder:
        try:
            ordered = path if _is_in_order(path) else _sorted_copy(path, Path(folder))
        except READING_ERRORS as broken:
            raise unreadable(path, broken) from broken
        yield ordered


def _is_in_order(path: Path) -> bool:
    """Nodes, ways, relations, each by its number, and no number below nought."""
    before = (0, 0)
    for item in osmium.FileProcessor(str(path)):
        at = (_RANK.get(item.type_str(), len(_RANK)), item.id)
        if at < before or item.id < 0:
            return False
        before = at
    return True


def _sorted_copy(path: Path, folder: Path) -> Path:
    numbered, nothing, done = (folder / f"{name}.osm.pbf" for name in ("numbered", "nothing", "sorted"))
    with osmium.SimpleWriter(str(numbered)) as writer:
        for item in osmium.FileProcessor(str(path)):
            writer.add(_numbered(item))
    osmium.SimpleWriter(str(nothing)).close()
    merging = osmium.MergeInputReader()
    merging.add_file(str(numbered))
    reader, sorted_writer = osmium.io.Reader(str(nothing)), osmium.io.Writer(str(done))
    merging.apply_to_reader(reader, sorted_writer)
    reader.close()
    sorted_writer.close()
    return done


def _numbered(item: OSMEntity) -> object:
    """The same with numbers above nought."""
    if isinstance(item, Way):
        return item.replace(id=_id(item.id), nodes=[_id(node.ref) for node in item.nodes])
    if isinstance(item, Relation):
        members = [(member.type, _id(member.ref), member.role) for member in item.members]
        return item.replace(id=_id(item.id), members=members)
    return item.replace(id=_id(item.id)) if isinstance(item, Node) else item


def _id(said: int) -> int:
    return said if said >= 0 else _ABOVE_ALL_IDS - said
