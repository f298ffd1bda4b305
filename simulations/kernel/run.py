"""The event loop: reports and changes of duty come sorted, ends of missions are looked up.

Events happen in the order (time, what, sequence): a mission's end before a change of duty before a report, so
that a unit freed at the very minute of a report can take it; among equals the unit or report named first.
Legs are no events: a position is computed when a decision asks for it.
"""

from __future__ import annotations

import numpy as np

from dispatch_core.roads.compiled import compiled, compiled_leaf
from simulations.kernel.arrays import NOBODY, City, Jobs, Outcome, Rules, Units
from simulations.kernel.deciding import choose_home, nearest_free, solve_jointly, turnout_of, unwait, wait
from simulations.kernel.state import (
    ENGAGED,
    FREE,
    OFF,
    ROLLING,
    State,
    beginning,
    depart,
    go_home,
    next_place,
)


@compiled
def simulate(city: City, jobs: Jobs, units: Units, rules: Rules) -> Outcome:
    """Runs until every job is done or nobody can do it; the same inputs give the same outcome."""
    state = beginning(jobs, units)
    run_to_the_end(city, jobs, units, state, rules)
    return Outcome(
        state.job_unit, state.sent, state.arrived, state.freed, state.moved, state.worked, state.driven
    )


@compiled_leaf
def run_to_the_end(city: City, jobs: Jobs, units: Units, state: State, rules: Rules) -> None:
    """Event by event: counting references to so many arrays took half of a year's time."""
    # A plain constant is a type of its own to numba: whatever it is handed to would be compiled twice.
    report = duty = int(np.int64(0))
    nobody = int(np.int64(NOBODY))
    while True:
        ends, u = np.inf, nobody
        for v in range(len(units.base)):
            if state.end_at[v] < ends:
                ends, u = state.end_at[v], v
        duty_at = units.duty_at[duty] if duty < len(units.duty_at) else np.inf
        report_at = jobs.at[report] if report < len(jobs.at) else np.inf
        now = min(ends, min(duty_at, report_at))
        if now == np.inf:
            break
        if ends == now:
            finish(city, jobs, units, state, rules, u, now)
        elif duty_at == now:
            change_duty(city, jobs, units, state, rules, duty, now)
            duty += 1
        else:
            take(city, jobs, units, state, rules, report, now)
            report += 1
    for j in range(len(jobs.at)):
        if state.job_unit[j] == NOBODY:
            state.arrived[j] = np.nan


@compiled_leaf
def take(city: City, jobs: Jobs, units: Units, state: State, rules: Rules, j: int, now: float) -> None:
    kind = jobs.kind[j]
    if rules.joint:
        wait(jobs, state, rules, j)
        arrive(state, now)
        solve_jointly(city, jobs, units, state, rules, kind, now)
        if rules.lossy and state.job_unit[j] == NOBODY:
            unwait(state, j)
            lose(state, j, now)
        return
    u, place, ahead = nearest_free(city, jobs, units, state, rules, j, now)
    if u == NOBODY:
        if rules.lossy:
            lose(state, j, now)
        else:
            wait(jobs, state, rules, j)
        return
    depart(city, jobs, state, u, j, now, place, ahead + turnout_of(units, state, u, now))


@compiled_leaf
def lose(state: State, j: int, now: float) -> None:
    """Nobody comes; who would have waited for its scene work need not."""
    state.scene_end[j] = now


@compiled_leaf
def finish(city: City, jobs: Jobs, units: Units, state: State, rules: Rules, u: int, now: float) -> None:
    j = state.job[u]
    state.freed[j] = now
    state.worked[u] += now - state.sent[j]
    state.driven[u] += state.leg_time[u]
    place = jobs.place[j]
    if jobs.goes_to[j] >= 0:
        state.driven[u] += now - jobs.handover[j] - state.scene_end[j]
        place = jobs.goes_to[j]
    if rules.move_up:
        choose_home(city, units, state, rules, u)
    go_home(city, state, rules, u, now, place, 0.0)
    serve_waiting(city, jobs, units, state, rules, u, now)


@compiled_leaf
def serve_waiting(
    city: City, jobs: Jobs, units: Units, state: State, rules: Rules, u: int, now: float
) -> None:
    """Somebody became free."""
    if state.phase[u] != FREE:
        return
    if rules.joint:
        if rules.redispatch or state.waits[0] > 0:
            arrive(state, now)
            solve_jointly(city, jobs, units, state, rules, units.kind[u], now)
        return
    for k in range(state.waits[0]):
        j = state.waiting[k]
        if jobs.kind[j] == units.kind[u]:
            unwait(state, j)
            place, ahead = next_place(city, state, u, now, rules.straight)
            depart(city, jobs, state, u, j, now, place, ahead + turnout_of(units, state, u, now))
            return


@compiled_leaf
def change_duty(
    city: City, jobs: Jobs, units: Units, state: State, rules: Rules, duty: int, now: float
) -> None:
    """Whoever has a mission ends it first."""
    u = units.duty_unit[duty]
    state.off_duty[u] = not units.duty_on[duty]
    if state.off_duty[u]:
        if state.phase[u] == FREE:
            state.phase[u] = OFF
    elif state.phase[u] == OFF:
        state.home[u] = units.base[u]
        go_home(city, state, rules, u, now, units.base[u], 0.0)
        serve_waiting(city, jobs, units, state, rules, u, now)


@compiled_leaf
def arrive(state: State, now: float) -> None:
    """Units whose wheels have stopped at the scene cannot be moved any more."""
    for u in range(len(state.phase)):
        if state.phase[u] == ROLLING and state.arrived[state.job[u]] <= now:
            state.phase[u] = ENGAGED
