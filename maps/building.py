"""From a survey to a region that the service can run on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import shapely

from dispatch_core.roads import RoadGraph, compute_order
from maps.built_up import built_up
from maps.driving import driving_side_of
from maps.ground import Ground
from maps.network import usable
from maps.region import Provenance, Region
from maps.survey import Survey
from maps.time_zones import time_zone_at

_TOWN_LOOK = ("landuse", "residential", 8)
Progress = Callable[[str], None]  # told the step that begins


def build(survey: Survey, *, name: str, built_at: datetime, progress: Progress) -> Region:
    """The usable part of the network with its order of contraction; InvalidInput if nothing is usable."""
    progress("keeping what can be reached and left")
    graph = usable(survey.graph, survey.dropped)
    progress("ordering the network for fast road times")
    order = compute_order(graph)
    return Region(
        provenance=Provenance(
            name=name,
            source=survey.source,
            source_sha256=survey.source_sha256,
            built_at=built_at,
            licence=survey.licence,
            attribution=survey.attribution,
            time_zone=time_zone_at(graph.box),
            driving_side=survey.driving_side or driving_side_of(graph),
            dropped=survey.dropped.by_reason(),
        ),
        graph=graph,
        order=order,
        places=survey.places,
        zones=survey.zones,
        ground=_with_towns(survey.ground, graph),
        posts=survey.posts,
    )


def _with_towns(ground: Mapping[str, bytes], graph: RoadGraph) -> Mapping[str, bytes]:
    """Where the source has no land use, built-up ground derived from the streets gives the map its shape."""
    if "landuse" in ground:
        return ground
    towns = Ground()
    for outline in built_up(graph):
        towns.add(_TOWN_LOOK, shapely.to_geojson(outline))
    return {**ground, **towns.close()}
