"""Turn restrictions upon the edges of the graph: forbidden runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from maps.dropped import Dropped
from maps.osm.incidence import Incidence
from maps.osm.relations import Restriction
from maps.osm.runs import Ban

_LONGEST_VIA = 30  # pieces of street; a longer run is an error of the map
Run = tuple[int, ...]


def restriction_bans(
    restrictions: Iterable[Restriction],
    incidence: Incidence,
    junction_of: Mapping[int, int],
    dropped: Dropped,
) -> Iterator[Ban]:
    """`junction_of` names the junction of an OSM node; a mandatory turn becomes bans of all others."""
    for restriction in restrictions:
        runs = list(_runs(restriction, incidence, junction_of, dropped))
        for run in runs:
            for edges in _forbidden(run, restriction, incidence):
                yield Ban(edges, restriction.siren_exempt)


def _forbidden(run: Run, restriction: Restriction, incidence: Incidence) -> Iterator[Run]:
    if not restriction.mandatory:
        yield run
        return
    for edge in incidence.after(run[-2]):
        if edge != run[-1]:
            yield (*run[:-1], edge)


def _runs(
    restriction: Restriction, incidence: Incidence, junction_of: Mapping[int, int], dropped: Dropped
) -> Iterator[Run]:
    """The runs of edges that the relation means, each from its way `from` into its way `to`."""
    for from_way in restriction.from_ways:
        for to_way in restriction.to_ways:
            if not incidence.of_way(from_way) or not incidence.of_way(to_way):
                dropped.count("turn restriction on a way that is no street of ours")
                continue
            if restriction.via_ways:
                found = _through_ways(from_way, restriction.via_ways, to_way, incidence)
            else:
                found = _through_node(
                    from_way, junction_of.get(restriction.via_nodes[0], -1), to_way, incidence
                )
            if found is None:
                dropped.count(_why_none(restriction, from_way, to_way, incidence, junction_of))
            elif not _certain(found, restriction):
                dropped.count("turn restriction that does not say which of several turns")
            else:
                yield from found


def _why_none(
    restriction: Restriction,
    from_way: int,
    to_way: int,
    incidence: Incidence,
    junction_of: Mapping[int, int],
) -> str:
    node = junction_of.get(restriction.via_nodes[0], -1) if restriction.via_nodes else -1
    if node >= 0 and not restriction.mandatory:
        ways = incidence.graph.way_id[incidence.entering(node) + incidence.leaving(node)]
        if from_way in ways and to_way in ways:
            return "turn restriction that one-way streets imply already"
    return "turn restriction whose ways do not meet, or not in a direction that may be driven"


def _certain(runs: list[Run], restriction: Restriction) -> bool:
    """A way that passes through the via can be entered or left on two sides; only turning back is clear."""
    return len(runs) == 1 or restriction.value == "no_u_turn"


def _through_node(from_way: int, node: int, to_way: int, incidence: Incidence) -> list[Run] | None:
    """None where the ways do not meet at the junction in directions that may be driven."""
    if node < 0:
        return None
    way_id, reverse = incidence.graph.way_id, incidence.graph.reverse
    entering = [edge for edge in incidence.entering(node) if way_id[edge] == from_way]
    leaving = [edge for edge in incidence.leaving(node) if way_id[edge] == to_way]
    runs: list[Run] = [(a, b) for a in entering for b in leaving]
    if from_way == to_way:  # turning back, each side for itself
        runs = [(a, b) for a, b in runs if reverse[a] == b]
    return runs or None


def _through_ways(
    from_way: int, via_ways: tuple[int, ...], to_way: int, incidence: Incidence
) -> list[Run] | None:
    """The shortest run (in pieces) over every via way, in whatever order the relation lists them."""
    way_id, reverse = incidence.graph.way_id, incidence.graph.reverse
    queue: deque[tuple[Run, frozenset[int]]] = deque(
        ((edge,), frozenset(via_ways)) for edge in incidence.of_way(from_way)
    )
    found: list[Run] = []
    while queue:
        run, left = queue.popleft()
        if (found and len(run) >= len(found[0])) or len(run) > _LONGEST_VIA:
            break
        for edge in incidence.after(run[-1]):
            way = int(way_id[edge])
            turns_back = reverse[run[-1]] == edge
            if way == to_way and not left and len(run) > 1 and not turns_back:
                found.append((*run, edge))
            elif way in left and not turns_back:
                queue.append(((*run, edge), left - {way}))
            elif len(run) > 1 and way == way_id[run[-1]] and not turns_back and edge not in run:
                queue.append(((*run, edge), left))
    return found or None
