"""Measurements that print one JSON object a line, so that anybody can repeat and compare them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchLine:
    """One figure; `ratio` is the baseline's divided by ours where less is better, so more is better.

    `gap` tells of an optimiser's answer how far it may be from the best.
    """

    name: str
    value: float
    unit: str
    baseline: str | None = None
    ratio: float | None = None
    gap: float | None = None

    def json(self) -> str:
        """Without the fields that do not apply."""
        return json.dumps({k: v for k, v in asdict(self).items() if v is not None}, ensure_ascii=False)
