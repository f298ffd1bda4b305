"""Figures as people read them: minutes, shares, hours; what is better, worse, or neither."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulations.metrics import Interval
from simulations.study import Study

LEAST_S, LEAST_POINTS = 2.0, 0.001  # nobody feels less
RESPONSE = ("mean_s", "median_s", "p90_s", "late_share", "coverage")
WORK = (
    "utilisation",
    "driven_h",
    "moved_share",
    "queued_share",
    "lost_share",
    "tow_mean_s",
    "tow_p90_s",
    "tow_late_share",
)
BY_PRIORITY = ("mean_s", "p90_s", "late_share")
PRIORITIES = (1, 2, 3, 4)
_SHARES = ("late_share", "lost_share", "queued_share", "moved_share", "utilisation", "coverage")
_NEITHER = ("utilisation", "driven_h", "moved_share")  # more of it is neither good nor bad
_MORE_IS_BETTER = ("coverage",)


def bare(name: str) -> str:
    """The figure's own name, without whose it is: `tow_late_share`, `late_share_p1` → `late_share`."""
    return re.sub(r"_p\d$", "", name.removeprefix("tow_"))


def is_share(name: str) -> bool:
    """Told in percent, differences in percentage points."""
    return bare(name) in _SHARES


def verdict(name: str, change: Interval) -> str:
    """`better`, `worse` or `same`: beyond chance, and large enough to be felt."""
    if bare(name) in _NEITHER or abs(change.mean) < (LEAST_POINTS if is_share(name) else LEAST_S):
        return "same"
    sign = -1.0 if bare(name) in _MORE_IS_BETTER else 1.0
    low, high = sorted((change.low * sign, change.high * sign))
    if high < 0:
        return "better"
    return "worse" if low > 0 else "same"


def tables(
    studies: Sequence[Study], differences: Sequence[Mapping[str, Interval]], words: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Response, work and priorities; each with heads, a row a study, and a row of changes."""
    first = studies[0].figures
    groups = [("figures", RESPONSE), ("work", WORK)]
    found = []
    for title, names in groups:
        shown = [name for name in names if name in first]
        found.append({
            "title": words[title], "heads": [words[name] for name in shown],
            "rows": [_row(s.name, [_told(n, s.interval(n)) for n in shown]) for s in studies],
            "changes": [
                _row(s.name, [_changed(n, of[n]) for n in shown if n in of])
                for s, of in zip(studies[1:], differences, strict=True)
            ],
        })  # fmt: skip
    found.append(_by_priority(studies, words))
    return found


def _by_priority(studies: Sequence[Study], words: Mapping[str, str]) -> dict[str, Any]:
    known = [p for p in PRIORITIES if all(f"mean_s_p{p}" in s.figures for s in studies)]
    rows = [
        _row(f"{s.name} · {words['priority'].format(n=p)}",
             [_told(n, s.interval(f"{n}_p{p}")) for n in BY_PRIORITY])
        for p in known
        for s in studies
    ]  # fmt: skip
    heads = [words[name] for name in BY_PRIORITY]
    return {"title": words["by_priority"], "heads": heads, "rows": rows, "changes": []}


def _row(name: str, cells: Sequence[Any]) -> dict[str, Any]:
    return {"name": name, "cells": cells}


def _told(name: str, value: Interval) -> str:
    if is_share(name):
        return f"{value.mean:.1%} ± {value.half_width:.1%}"
    if name == "driven_h":
        return f"{value.mean:.2f} ± {value.half_width:.2f}"
    return f"{value.mean / 60:.2f} ± {value.half_width / 60:.2f}"


def _changed(name: str, value: Interval) -> dict[str, str]:
    scale = 100.0 if is_share(name) else 1.0 if name == "driven_h" else 1 / 60
    found = verdict(name, value)
    text = f"{value.mean * scale + 0.0:+.2f} ± {value.half_width * scale:.2f}"
    return {"text": text, "tone": "" if found == "same" else found}
