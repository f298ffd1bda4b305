"""Where stations should stand: six classic location problems, each answer with a bound."""

from dispatch_core.coverage.siting.plan import SitingParams, SitingPlan
from dispatch_core.coverage.siting.problem import (
    DoubleStandard,
    Lscp,
    Mclp,
    Mexclp,
    PCentre,
    PMedian,
    SitingProblem,
)
from dispatch_core.coverage.siting.solver import solve

__all__ = [
    "DoubleStandard",
    "Lscp",
    "Mclp",
    "Mexclp",
    "PCentre",
    "PMedian",
    "SitingParams",
    "SitingPlan",
    "SitingProblem",
    "solve",
]
