"""Free-flow speeds where a map does not say, and how much of a limit is driven where it does."""

from __future__ import annotations

import numpy as np

from dispatch_core.roads import ROAD_CLASSES
from dispatch_core.roads.graph import Float32s, UInt8s

FREE_FLOW_SHARE = 0.85  # of the limit, between junctions; turns and signals cost time of their own
SLOWEST_KMH = 5.0
FASTEST_KMH = 130.0  # where there is no limit, and never above

CLASS_SPEED_KMH: dict[str, float] = {
    "motorway": 105.0,
    "motorway_link": 55.0,
    "trunk": 85.0,
    "trunk_link": 45.0,
    "primary": 60.0,
    "primary_link": 40.0,
    "secondary": 50.0,
    "secondary_link": 35.0,
    "tertiary": 40.0,
    "tertiary_link": 30.0,
    "unclassified": 30.0,
    "residential": 25.0,
    "living_street": 10.0,
    "service": 15.0,
    "road": 30.0,
    "busway": 30.0,
    "track": 10.0,
}
_BY_CODE = np.array([CLASS_SPEED_KMH[name] for name in ROAD_CLASSES], np.float32)


def free_flow_kmh(limit_kmh: Float32s, road_class: UInt8s) -> Float32s:
    """float32, > 0; `limit_kmh` NaN where there is none on the map."""
    limited = np.clip(limit_kmh * np.float32(FREE_FLOW_SHARE), SLOWEST_KMH, FASTEST_KMH)
    speeds = np.where(np.isnan(limit_kmh), _BY_CODE[road_class], limited)
    return speeds.astype(np.float32)
