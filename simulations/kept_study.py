"""A study as bytes and back: what was run once can be compared and drawn later, without the city."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from dispatch_core.errors import InvalidInput
from maps.main_streets import Lines
from simulations.replications import Plan
from simulations.study import Details, Scene, Study

_FORMAT, _READABLE = 2, (1, 2)  # 1: without streets


def pack(study: Study) -> bytes:
    """A compressed .npz; responses in single precision."""
    scene = study.scene
    plan = asdict(study.plan) | {"late_after_s": list(study.plan.late_after_s.items())}
    told = {"format": _FORMAT, "name": study.name, "city": scene.city, "source": scene.source, "plan": plan}
    arrays: dict[str, Any] = {f"figure_{name}": values for name, values in study.figures.items()}
    arrays |= {f"scene_{name}": getattr(scene, name) for name in _SCENE}
    arrays |= {f"detail_{name}": getattr(study.details, name) for name in _DETAILS}
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, street_first=scene.streets.first, street_points=scene.streets.points,
        told=np.array(json.dumps(told)), reach_cell=np.array(list(scene.reach), dtype="U15"),
        reach_s=np.array(list(scene.reach.values()), np.float64),
        response_s=np.concatenate([*study.details.response_s, np.zeros(0)]).astype(np.float32), **arrays,
    )  # fmt: skip
    return buffer.getvalue()


def unpack(kept: bytes) -> Study:
    """InvalidInput if another version wrote it."""
    with np.load(io.BytesIO(kept), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    told = json.loads(str(arrays["told"]))
    if told["format"] not in _READABLE:
        raise InvalidInput(
            "study", f"is of format {told['format']}; this program reads {_FORMAT}: run it anew"
        )
    reach = dict(zip(arrays["reach_cell"].tolist(), arrays["reach_s"].tolist(), strict=True))
    streets = Lines()
    if "street_first" in arrays:
        streets = Lines(first=arrays["street_first"], points=arrays["street_points"])
    plan = told["plan"] | {"late_after_s": {int(k): float(v) for k, v in told["plan"]["late_after_s"]}}
    return Study(
        name=told["name"],
        scene=Scene(
            city=told["city"], source=told["source"], reach=reach, streets=streets,
            **{name: arrays[f"scene_{name}"] for name in _SCENE},
        ),
        plan=Plan(**plan),
        figures={k.removeprefix("figure_"): v for k, v in arrays.items() if k.startswith("figure_")},
        details=Details(
            **{name: arrays[f"detail_{name}"] for name in _DETAILS},
            response_s=[arrays["response_s"].astype(np.float64)],
        ),
    )  # fmt: skip


_SCENE = tuple(f.name for f in fields(Scene) if f.name not in ("city", "source", "reach", "streets"))
_DETAILS = tuple(f.name for f in fields(Details) if f.name != "response_s")
