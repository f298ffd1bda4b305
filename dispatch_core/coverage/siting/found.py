"""What a method hands to `solve`: sites, their value, and what no choice beats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesFound:
    """sites int64[k], a site once for each unit there."""

    sites: NDArray[np.int64]
    value: float
    bound: float
