"""From a survey to a region that the service can run on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dispatch_core.roads import compute_order
from maps.driving import driving_side_of
from maps.network import usable
from maps.region import Provenance, Region
from maps.survey import Survey
from maps.time_zones import time_zone_at

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
        ground=survey.ground,
    )
