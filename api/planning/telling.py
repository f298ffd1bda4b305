"""What the planner's page is told of plans, and of several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import h3
import numpy as np
from sqlalchemy import Row

from api.planning.draft import told_by
from dispatch_core.services import views
from simulations.drawing import LATE_STEPS, hexagons, minute_steps
from simulations.kernel.arrays import AMBULANCE
from simulations.metrics import Interval
from simulations.report import summary
from simulations.report_tables import is_share, verdict
from simulations.report_words import WORDS
from simulations.study import COMPARED, Study, compared

Json = dict[str, Any]


def view(plan: Row[Any], *, whole: bool = False) -> Json:
    """One plan; with `whole` also its scenario, as TOML and as plain values."""
    told = {
        "id": str(plan.id), "name": plan.name, "status": plan.status, "done": plan.done,
        "wanted": plan.wanted, "problem": plan.problem, "figures": plan.figures,
        "asked_at": views.at(plan.asked_at), "begun_at": views.at(plan.begun_at),
        "heard_at": views.at(plan.heard_at), "ended_at": views.at(plan.ended_at),
    }  # fmt: skip
    return told | ({"toml": plan.toml, "scenario": told_by(plan.toml)} if whole else {})


def comparison(studies: Sequence[Study], *, lang: str) -> Json:
    """Each study's figures, what it changes against the first, its map, and sentences that say it plainly."""
    words = WORDS[lang]
    differences = compared(studies)
    changes: list[Mapping[str, Interval]] = [{}, *differences]
    first = studies[0]
    cells = {cell for study in studies for cell in (*hexagons(study), *study.scene.reach)}
    return {
        "boundaries": {cell: _ring(cell) for cell in sorted(cells)},
        "summary": summary(studies, differences, words),
        "heads": {
            name: {"title": words[name], "is_share": is_share(name)}
            for name in COMPARED
            if name in first.figures
        },
        "standard_min": first.plan.standard_s / 60,
        "steps": {"wait": minute_steps(first.plan.standard_s / 60), "late": LATE_STEPS,
                  "reach": minute_steps(first.plan.standard_s / 60)},
        "scenarios": [
            {
                "name": study.name,
                "figures": {n: _pair(study.interval(n)) for n in COMPARED if n in study.figures},
                "change": {n: _pair(one) | {"verdict": verdict(n, one)} for n, one in change.items()},
                "by_priority": _by_priority(study),
                "cells": _cells(study),
                "stations": _stations(study),
                "late_by_hour": _late_by_hour(study),
            }
            for study, change in zip(studies, changes, strict=True)
        ],
    }  # fmt: skip


def _ring(cell: str) -> list[list[float]]:
    """[lon, lat] of its corners, the first once more at the end."""
    ring = [[round(lon, 5), round(lat, 5)] for lat, lon in h3.cell_to_boundary(cell)]
    return [*ring, ring[0]]


def _pair(value: Interval) -> Json:
    return {"mean": value.mean, "half_width": value.half_width}


def _by_priority(study: Study) -> list[Json]:
    return [
        {"priority": priority, **{name: _pair(study.interval(f"{name}_p{priority}"))
                                  for name in ("mean_s", "p90_s", "late_share")}}
        for priority in range(1, 5)
        if f"mean_s_p{priority}" in study.figures
    ]  # fmt: skip


def _cells(study: Study) -> Json:
    """By H3 cell: wait in minutes and share late of the accidents, reach of the stations in minutes."""
    waits = {
        cell: [round(mean_s / 60, 2), round(late, 4), calls]
        for cell, (calls, mean_s, late) in hexagons(study).items()
    }
    return {"wait": waits, "reach": {cell: round(s / 60, 2) for cell, s in study.scene.reach.items()}}


def _stations(study: Study) -> list[Json]:
    scene, detail = study.scene, study.details
    mine = scene.unit_kind == AMBULANCE
    total = max(float(detail.missions_of[mine].sum()), 1.0)
    return [
        {"lon": float(scene.lon[place]), "lat": float(scene.lat[place]), "units": int(here.sum()),
         "share": float(detail.missions_of[here].sum()) / total}
        for place in np.unique(scene.unit_base[mine]).tolist()
        if (here := mine & (scene.unit_base == place)).any()
    ]  # fmt: skip


def _late_by_hour(study: Study) -> list[float]:
    detail = study.details
    return [round(float(share), 4) for share in detail.late_in_hour / np.maximum(detail.calls_in_hour, 1)]
