from __future__ import annotations

import numpy as np
import pytest

from dispatch_core.assignment.params import DispatchParams
from simulations.kernel.arrays import AMBULANCE
from simulations.kernel.run import simulate
from simulations.metrics import Interval
from simulations.readiness import covered_by_hour
from simulations.replications import Plan, drawn, on_duty
from simulations.report_tables import verdict
from simulations.rules import POLICIES, rules_of
from tests.unit.simulations.test_report import small_city


def test_coverage_falls_by_what_the_unit_that_is_away_alone_reached() -> None:
    model = small_city([0, 8])
    city = model.arrays(standard_s=600.0)  # the four next places, one minute of turnout included
    plan = Plan(replications=1, days=3.0, warm_up_days=1.0)
    jobs = drawn(model, plan, 0)
    outcome = simulate(
        city, jobs, on_duty(model, plan, 0), rules_of(POLICIES["nearest_idle"], DispatchParams())
    )
    found = covered_by_hour(city, model.fleet, outcome, begin_s=86_400.0, end_s=3 * 86_400.0)
    slow = []
    for look in np.arange(86_400.0, 3 * 86_400.0, 900.0):
        covered = set()
        for unit, base in ((0, 0), (1, 8)):
            mine = outcome.unit == unit
            if not (mine & (outcome.sent <= look) & (look < outcome.freed)).any():
                covered |= {place for place in range(9) if abs(place - base) * 120 + 60 <= 600}
        slow.append(len(covered) / 9)
    assert np.nanmean(found) == pytest.approx(np.mean(slow))
    assert found.max() <= 1.0
    assert found.min() < 8 / 9
    assert (model.fleet.kind == AMBULANCE).all()


@pytest.mark.parametrize(
    ("name", "mean", "half", "said"),
    [
        ("mean_s", -30.0, 5.0, "better"), ("mean_s", 30.0, 5.0, "worse"), ("mean_s", -1.0, 0.1, "same"),
        ("late_share_p1", -0.02, 0.01, "better"), ("tow_late_share", 0.02, 0.01, "worse"),
        ("coverage", 0.05, 0.01, "better"), ("coverage", -0.05, 0.01, "worse"),
        ("p90_s", -30.0, 40.0, "same"),
        ("utilisation", 0.3, 0.01, "same"),
    ],
)  # fmt: skip
def test_less_is_better_but_of_coverage(name: str, mean: float, half: float, said: str) -> None:
    assert verdict(name, Interval(mean=mean, half_width=half)) == said
