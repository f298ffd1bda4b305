"""Road times: exact, turns included, and fast enough to weigh everything against everything."""

from dispatch_core.roads.graph import ROAD_CLASSES, EdgeFlag, RoadGraph, TurnRestrictions
from dispatch_core.roads.kept_labels import KeptLabels
from dispatch_core.roads.modes import DEFAULT_MODES, Mode, ModeParams, TurnParams
from dispatch_core.roads.order import compute_order
from dispatch_core.roads.routes import Path, Step
from dispatch_core.roads.spots import Spots
from dispatch_core.roads.travel_times import Roads
from dispatch_core.roads.turns import TurnKind

__all__ = [
    "DEFAULT_MODES",
    "ROAD_CLASSES",
    "EdgeFlag",
    "KeptLabels",
    "Mode",
    "ModeParams",
    "Path",
    "RoadGraph",
    "Roads",
    "Spots",
    "Step",
    "TurnKind",
    "TurnParams",
    "TurnRestrictions",
    "compute_order",
]
