"""The ways to dispatch, side by side on the same accidents: which of them helps, where, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.errors import InvalidInput
from simulations.city_model import CityModel
from simulations.metrics import Interval, interval
from simulations.replications import Figures, Plan, Progress, paired, replicate
from simulations.rules import POLICIES

BASELINE = "nearest_idle"
FIGURES = ("mean_s", "p90_s", "late_share", "mean_s_p1", "late_share_p1")
_PILOTS, _ROUNDS = 4, 4  # runs that find the demand for a load


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One policy at one load: each figure, and its difference from the baseline's on the same accidents."""

    load: float
    policy: str
    moved_share: float
    values: dict[str, Interval]
    differences: dict[str, Interval]

    def record(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTable:
    city: str
    plan: Plan
    ambulances: int
    rows: tuple[Row, ...]


def policy_table(
    model: CityModel,
    loads: Sequence[float],
    plan: Plan,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> PolicyTable:
    """Demand is scaled until nearest-idle keeps ambulances busy for each load; then all face the same."""
    params = DispatchParams()
    rows: list[Row] = []
    for load in loads:
        if not 0 < load < 1:
            raise InvalidInput("load", "is a share between 0 and 1")
        loaded = replace(plan, growth=_growth_for(model, load, plan, params), busy=load)
        found: dict[str, Figures] = {
            name: replicate(model, policy, params, loaded, workers=workers, progress=progress)
            for name, policy in POLICIES.items()
        }
        rows += [_row(load, name, figures, found[BASELINE]) for name, figures in found.items()]
    return PolicyTable(city=model.name, plan=plan, ambulances=len(model.fleet.base), rows=tuple(rows))


def _growth_for(model: CityModel, load: float, plan: Plan, params: DispatchParams) -> float:
    growth = 1.0
    for _ in range(_ROUNDS):
        pilot = replace(plan, replications=_PILOTS, growth=growth, busy=load)
        busy = float(replicate(model, POLICIES[BASELINE], params, pilot)["utilisation"].mean())
        growth *= load / busy
    return growth


def _row(load: float, name: str, figures: Figures, baseline: Figures) -> Row:
    shown = [figure for figure in FIGURES if figure in figures]
    return Row(
        load=load,
        policy=name,
        moved_share=float(figures["moved_share"].mean()),
        values={figure: interval(figures[figure]) for figure in shown},
        differences=paired(figures, baseline, shown),
    )


_HEADS = ("mean", "P90", "late", "mean, priority 1", "late, priority 1")


def as_markdown(tables: Sequence[PolicyTable]) -> str:
    lines = []
    for table in tables:
        plan = table.plan
        lines += [
            f"### {table.city.replace('_', ' ').title()}: {table.ambulances} ambulances", "",
            f"{plan.replications} replications of {plan.days - plan.warm_up_days:g} days each. In brackets "
            "the change against nearest idle on the same accidents, with its 95 % interval.", "",
            "| load | policy | " + " | ".join(_HEADS) + " | moved |",
            "|---|---|" + "---|" * len(_HEADS) + "---|",
        ]  # fmt: skip
        lines += [_line(row, table.rows) for row in table.rows]
        lines.append("")
    return "\n".join(lines)


def _line(row: Row, rows: Sequence[Row]) -> str:
    base = next(other for other in rows if other.load == row.load and other.policy == BASELINE)
    cells = [_cell(name, row, base.values[name].mean) for name in FIGURES if name in row.values]
    return f"| {row.load:.0%} | {row.policy} | " + " | ".join(cells) + f" | {row.moved_share:.1%} |"


def _cell(name: str, row: Row, base: float) -> str:
    value, change = row.values[name], row.differences[name]
    told = (
        f"{value.mean:.1%} ± {value.half_width:.1%}"
        if "late" in name
        else f"{value.mean:.0f} ± {value.half_width:.0f} s"
    )
    if row.policy == BASELINE or base == 0:
        return told
    return f"{told} ({change.mean / base:+.1%} ± {change.half_width / base:.1%})"
