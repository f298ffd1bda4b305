"""One HTML file that says which scenario is better and why; nothing in it asks the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from simulations.drawing import LATE_STEPS, LINE_COLOURS, by_hour, coverage_by_hour, curves, minute_steps
from simulations.kernel.arrays import AMBULANCE
from simulations.metrics import Interval
from simulations.report_map import map_of
from simulations.report_tables import tables, verdict
from simulations.report_words import WORDS
from simulations.study import Study, compared


def report(studies: Sequence[Study], *, made_at: datetime, lang: str = "en") -> str:
    """The whole page; `studies[0]` is what the others are compared with."""
    words = WORDS[lang]
    differences = compared(studies)
    plan = studies[0].plan
    template = jinja2.Environment(autoescape=True).from_string(
        (Path(__file__).parent / "report.html").read_text(encoding="utf-8")
    )
    return template.render(
        lang=lang, words=words, title=words["title"].format(city=studies[0].scene.city),
        made=words["made"].format(
            at=f"{made_at:%Y-%m-%d %H:%M %Z}", replications=len(studies[0].figures["mean_s"]),
            days=f"{plan.days - plan.warm_up_days:g}", minutes=f"{plan.standard_s / 60:g}",
        ),
        summary=summary(studies, differences, words),
        tables=tables(studies, differences, words),
        key=[{"name": s.name, "colour": c} for s, c in zip(studies, LINE_COLOURS * 3, strict=False)],
        curves=curves(studies, standard_min=plan.standard_s / 60), hours=by_hour(studies),
        coverage=coverage_by_hour(studies),
        layers=_layers(words, plan.standard_s / 60),
        map=map_of(studies, words), names=[s.name for s in studies],
        stations=[{"name": s.name, "rows": _stations(s)} for s in studies],
        source=studies[0].scene.source,
    )  # fmt: skip


def summary(
    studies: Sequence[Study], differences: Sequence[Mapping[str, Interval]], words: Mapping[str, str]
) -> list[str]:
    """Plain sentences: how it is, and for each scenario whether it is better, worse or no different."""
    first = studies[0]
    lines = [
        words["is"].format(
            name=first.name, mean=_minutes(first.interval("mean_s").mean),
            p90=_minutes(first.interval("p90_s").mean), late=f"{first.interval('late_share').mean:.1%}",
            busy=f"{first.interval('utilisation').mean:.0%}",
        )
    ]  # fmt: skip
    for study, change in zip(studies[1:], differences, strict=True):
        mean, late = change["mean_s"], change["late_share"]
        key = verdict("late_share", late)
        if key == "same":
            key = verdict("mean_s", mean)
        said = words[key].format(
            name=study.name, seconds=f"{abs(mean.mean):.0f}", points=f"{abs(late.mean) * 100:.1f}",
            fewer=words["fewer" if late.mean <= 0 else "more"],
            sooner=words["sooner" if mean.mean <= 0 else "later"],
        )  # fmt: skip
        lines.append(said if key == "same" else f"{said} {_because(first, study, words)}".strip())
    return lines


def _because(first: Study, study: Study, words: Mapping[str, str]) -> str:
    """What moved beside the response, as the reason that a reader can check; may be empty."""
    told = []
    for name, least in (("coverage", 0.005), ("queued_share", 0.005), ("utilisation", 0.02)):
        before, after = first.interval(name).mean, study.interval(name).mean
        if abs(after - before) >= least:
            told.append(words[f"because_{name}"].format(before=f"{before:.1%}", after=f"{after:.1%}"))
    return " ".join(told[:2])


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"


def _layers(words: Mapping[str, str], standard_min: float) -> list[dict[str, Any]]:
    """Each map's name and the words of its bands, from the best to the worst."""
    minutes = [f"{step:g}" for step in minute_steps(standard_min)]
    shares = [f"{step:.0%}" for step in LATE_STEPS]

    def bands(ends: list[str], unit: str) -> list[str]:
        return [*(f"≤ {end}{unit}" for end in ends), f"> {ends[-1]}{unit}"]

    by_name = {"wait": bands(minutes, words["min"]), "late": bands(shares, ""),
               "reach": bands(minutes, words["min"])}  # fmt: skip
    return [{"name": name, "title": words[f"map_{name}"], "text": words[f"map_{name}_text"], "bands": found}
            for name, found in by_name.items()]  # fmt: skip


def _stations(study: Study) -> list[tuple[Any, ...]]:
    """What each ambulance station does: (number, units, share of missions, share of time busy)."""
    scene, detail = study.scene, study.details
    mine = scene.unit_kind == AMBULANCE
    total = max(float(detail.missions_of[mine].sum()), 1.0)
    replications = len(study.figures["mean_s"])
    rows = []
    for number, place in enumerate(np.unique(scene.unit_base[mine]).tolist()):
        here = mine & (scene.unit_base == place)
        busy = float(detail.busy_of[here].mean()) / replications
        rows.append((number, int(here.sum()), f"{detail.missions_of[here].sum() / total:.1%}", f"{busy:.1%}"))
    return rows
