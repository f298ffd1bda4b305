"""Streets read from the file as columns: the one pass in which Python sees every object."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from maps.dropped import Dropped
from maps.names import NameTable
from maps.osm.meaning import Meaning, Meanings, Tags

_NOWHERE = 2**31 - 1  # how osmium writes the place of a node that the file lacks


Node = tuple[int, int, int]  # ref, and x, y in 1e-7 degrees


class NodeOfWay(Protocol):
    ref: int

    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...


@dataclass(slots=True, kw_only=True)
class WayTable:
    """Columns over ways, and over their nodes laid end to end; x, y in 1e-7 degrees."""

    way_id: array[int] = field(default_factory=lambda: array("q"))
    road_class: array[int] = field(default_factory=lambda: array("B"))
    flags_forward: array[int] = field(default_factory=lambda: array("h"))
    flags_backward: array[int] = field(default_factory=lambda: array("h"))
    limit_forward_kmh: array[float] = field(default_factory=lambda: array("f"))
    limit_backward_kmh: array[float] = field(default_factory=lambda: array("f"))
    level: array[int] = field(default_factory=lambda: array("b"))
    name_id: array[int] = field(default_factory=lambda: array("i"))
    ref_id: array[int] = field(default_factory=lambda: array("i"))
    node_count: array[int] = field(default_factory=lambda: array("q"))
    node_ref: array[int] = field(default_factory=lambda: array("q"))
    x: array[int] = field(default_factory=lambda: array("i"))
    y: array[int] = field(default_factory=lambda: array("i"))
    names: NameTable = field(default_factory=NameTable)


class WayReader:
    """Takes one way after the other; `wrong_way` also keeps the direction that a one-way street forbids."""

    def __init__(self, dropped: Dropped, *, wrong_way: bool) -> None:
        self.table = WayTable()
        self._dropped = dropped
        self._meanings = Meanings(wrong_way=wrong_way)

    def read(self, way_id: int, tags: Tags, nodes: Iterable[NodeOfWay]) -> None:
        """Add the way as one row, or as several where the file lacks nodes of it."""
        meaning = self._meanings.of(tags)
        if isinstance(meaning, str):
            self._dropped.count(meaning)
            return
        for reason in meaning.told:
            self._dropped.count(reason)
        for stretch in self._within_file([(node.ref, node.x, node.y) for node in nodes]):
            self._add(way_id, meaning, tags, stretch)

    def _within_file(self, nodes: list[Node]) -> Iterator[list[Node]]:
        """Runs of two or more known nodes; a node repeated at once is one."""
        stretch: list[Node] = []
        cut = False
        for node in nodes:
            if node[1] == _NOWHERE:
                cut = True
                if len(stretch) > 1:
                    yield stretch
                stretch = []
            elif not stretch or stretch[-1][0] != node[0]:
                stretch.append(node)
        self._dropped.count("street cut where the file lacks its nodes", int(cut))
        if len(stretch) > 1:
            yield stretch

    def _add(self, way_id: int, meaning: Meaning, tags: Tags, nodes: list[Node]) -> None:
        table = self.table
        table.way_id.append(way_id)
        table.road_class.append(meaning.road_class)
        table.flags_forward.append(meaning.flags_forward)
        table.flags_backward.append(meaning.flags_backward)
        table.limit_forward_kmh.append(meaning.limit_forward_kmh)
        table.limit_backward_kmh.append(meaning.limit_backward_kmh)
        table.level.append(meaning.level)
        table.name_id.append(table.names.number(tags.get("name") or ""))
        table.ref_id.append(table.names.number(tags.get("ref") or ""))
        table.node_count.append(len(nodes))
        table.node_ref.extend([node[0] for node in nodes])
        table.x.extend([node[1] for node in nodes])
        table.y.extend([node[2] for node in nodes])
