"""Who goes where: the rules of `dispatch_core.assignment` over the simulator's arrays."""

from __future__ import annotations

import numpy as np

from dispatch_core.assignment.cheapest_rows import cheapest_rows
from dispatch_core.roads.compiled import compiled, compiled_inner, compiled_leaf
from simulations.kernel.arrays import NOBODY, ROAD, SIREN, City, Float64s, Int64s, Jobs, Rules, Units
from simulations.kernel.state import (
    ENGAGED,
    FREE,
    ROLLING,
    State,
    band_at,
    depart,
    go_home,
    next_place,
    release,
)


@compiled_leaf
def wait(jobs: Jobs, state: State, rules: Rules, j: int) -> None:
    """Behind those that come before it: by priority where that counts, else by time of report."""
    k = state.waits[0]
    while k > 0:
        other = state.waiting[k - 1]
        if rules.by_priority and jobs.priority[other] != jobs.priority[j]:
            if jobs.priority[other] < jobs.priority[j]:
                break
        elif other < j:
            break
        state.waiting[k] = other
        k -= 1
    state.waiting[k] = j
    state.waits[0] += 1


@compiled_leaf
def unwait(state: State, j: int) -> None:
    k = 0
    while state.waiting[k] != j:
        k += 1
    state.waits[0] -= 1
    for i in range(k, state.waits[0]):
        state.waiting[i] = state.waiting[i + 1]


@compiled_leaf
def turnout_of(units: Units, state: State, u: int, now: float) -> float:
    """Of a free unit: less where the crew is on the road already."""
    at_rest = now >= state.leg_at[u] + state.leg_time[u]
    turnout: float = units.turnout[u] if at_rest else units.turnout_rolling[u]
    return turnout


@compiled_leaf
def nearest_free(
    city: City, jobs: Jobs, units: Units, state: State, rules: Rules, j: int, now: float
) -> tuple[int, int, float]:
    """(unit, the place from which it counts, time until there); NOBODY if none is free; ties: the first."""
    mode, scene = SIREN if jobs.kind[j] == 0 else ROAD, jobs.place[j]
    time = city.time[band_at(city, now), mode]
    best, best_place, best_ahead, least = NOBODY, 0, 0.0, np.inf
    for looks_at_moving in (False, True):
        for u in range(len(units.base)):
            if state.phase[u] != FREE or units.kind[u] != jobs.kind[j]:
                continue
            if (now < state.leg_at[u] + state.leg_time[u]) != looks_at_moving:
                continue
            # Wherever it is on its way: it cannot have come nearer by more than it has driven.
            driven = max(now - state.leg_at[u], 0.0)
            if looks_at_moving and rules.metric and time[state.leg_from[u], scene] - driven > least:
                continue
            place, ahead = state.leg_to[u], 0.0
            if looks_at_moving:
                place, ahead = next_place(city, state, u, now, rules.straight)
            eta = ahead + time[place, scene]
            if eta < least or (eta == least and u < best):
                best, best_place, best_ahead, least = u, place, ahead, eta
    return best, best_place, best_ahead


@compiled
def coverage_loss(
    city: City, state: State, units: Units, rules: Rules, kind: int, places: Int64s
) -> Float64s:
    """float64[u]: points of expected coverage that leave with each free unit, as `marginal_loss` has them."""
    loss = np.zeros(len(units.base))
    reached = np.zeros(len(city.cell_weight), np.int64)
    for u in range(len(units.base)):
        if state.phase[u] == FREE and units.kind[u] == kind:
            for c in range(len(reached)):
                reached[c] += city.reach[places[u], c]
    alone = one_more(city, rules, reached - 1) * 100.0
    for u in range(len(units.base)):
        if state.phase[u] == FREE and units.kind[u] == kind:
            for c in range(len(reached)):
                if city.reach[places[u], c]:
                    loss[u] += alone[c]
    return loss


@compiled_inner
def one_more(city: City, rules: Rules, reached: Int64s) -> Float64s:
    """float64[c]: expected coverage that one unit adds where so many others reach."""
    added = np.zeros(len(reached))
    for c in range(len(reached)):
        added[c] = (1.0 - rules.busy) * rules.busy ** max(reached[c], 0) * city.cell_weight[c]
    return added


@compiled
def choose_home(city: City, units: Units, state: State, rules: Rules, u: int) -> None:
    """DMEXCLP: the post that adds most, the others counted at rest or where they are bound for."""
    reached = np.zeros(len(city.cell_weight), np.int64)
    for v in range(len(units.base)):
        if v != u and state.phase[v] == FREE and units.kind[v] == units.kind[u]:
            for c in range(len(reached)):
                reached[c] += city.reach[state.home[v], c]
    added = one_more(city, rules, reached)
    best, most = state.home[u], -1.0
    for p in city.posts:
        gain = 0.0
        for c in range(len(added)):
            if city.reach[p, c]:
                gain += added[c]
        if gain > most + 1e-12:
            best, most = p, gain
    state.home[u] = best


@compiled
def costs(
    jobs: Jobs,
    rules: Rules,
    rows: Int64s,
    committed: Int64s,
    response: Float64s,
    loss: Float64s,
    waited: Float64s,
    strands_nobody: bool,
) -> tuple[Float64s, Float64s]:
    """(cost float64[n, u], hold float64[n]) as `cost_s` and the solver's holds reckon them.

    rows int64[n] jobs; committed int64[u] the row that each unit rolls to, −1; response float64[n, u] turnout
    and road, inf where barred; `strands_nobody`: no rolling unit leaves its job to nobody.
    """  # fmt: skip
    n, u = response.shape
    cost = np.full((n, u), np.inf)
    for r in range(n):
        priority = jobs.priority[rows[r]]
        for k in range(u):
            own = committed[k]
            if own >= 0 and own != r and not rules.may_bump[jobs.priority[rows[own]], priority]:
                continue
            cost[r, k] = response[r, k] * rules.weight[priority]
            if own < 0 and priority > 1:
                cost[r, k] += min(loss[k] * rules.coverage_point, rules.coverage_cap)
            if own == r:
                cost[r, k] -= rules.switch
    widest, bonus = 0.0, 0.0
    for r in range(n):
        low, high = 0.0, 0.0
        for k in range(u):
            if cost[r, k] < np.inf:
                low, high = min(low, cost[r, k]), max(high, cost[r, k])
        widest += high - low
        bonus = max(bonus, waited[r] * rules.waiting_weight)
    step = widest + n * bonus + 1.0
    # Whom a crew is on its way to comes before all others, unless the next crew is long in coming.
    grade = np.zeros(n, np.int64)
    for r in range(n):
        grade[r] = jobs.priority[rows[r]]
    for k in range(u):
        if strands_nobody and committed[k] >= 0:
            grade[committed[k]] -= 10
    hold = np.zeros(n)
    for r in range(n):
        slighter_or_same = 0
        for level in range(-9, 10):
            held = False
            for other in range(n):
                held = held or grade[other] == level
            if held and level >= grade[r]:
                slighter_or_same += 1
        hold[r] = slighter_or_same * step + waited[r] * rules.waiting_weight
    return cost, hold


@compiled_inner
def solve_jointly(
    city: City, jobs: Jobs, units: Units, state: State, rules: Rules, kind: int, now: float
) -> None:
    """All that waits, and with `redispatch` all that rolls and may still be moved, in one plan."""
    u_all = len(units.base)
    place, ahead = np.zeros(u_all, np.int64), np.zeros(u_all)
    rows, columns = np.zeros(state.waits[0] + u_all, np.int64), np.zeros(u_all, np.int64)
    n = m = at_work = 0
    for k in range(state.waits[0]):
        if jobs.kind[state.waiting[k]] == kind:
            rows[n] = state.waiting[k]
            n += 1
    waiting = n
    committed = np.full(u_all, -1, np.int64)
    for u in range(u_all):
        if units.kind[u] != kind:
            continue
        at_work += state.phase[u] == ROLLING or state.phase[u] == ENGAGED
        if state.phase[u] == FREE and now >= state.leg_at[u] + state.leg_time[u]:
            place[u], ahead[u] = state.leg_to[u], units.turnout[u]
        elif state.phase[u] == FREE:
            place[u], ahead[u] = next_place(city, state, u, now, rules.straight)
            ahead[u] += units.turnout_rolling[u]
        elif (
            state.phase[u] == ROLLING
            and rules.redispatch
            and state.arrived[state.job[u]] - now >= rules.freeze
        ):
            place[u], ahead[u] = next_place(city, state, u, now, False)
            committed[m] = n
            rows[n] = state.job[u]
            n += 1
        else:
            continue
        columns[m] = u
        m += 1
    if n == 0 or m == 0 or (waiting == 0 and n == 0):
        return
    time = city.time[band_at(city, now), SIREN if kind == 0 else ROAD]
    response, waited = np.zeros((n, m)), np.zeros(n)
    for r in range(n):
        waited[r] = now - jobs.at[rows[r]]
        for k in range(m):
            response[r, k] = ahead[columns[k]] + time[place[columns[k]], jobs.place[rows[r]]]
    loss = np.zeros(u_all)
    if rules.coverage_point > 0.0:
        loss = coverage_loss(city, state, units, rules, kind, place)
    strands_nobody = rules.mission <= rules.strand_beyond * at_work
    cost, hold = costs(jobs, rules, rows[:n], committed[:m], response, loss[columns[:m]], waited,
                       strands_nobody)  # fmt: skip
    carry_out(city, jobs, state, rules, rows[:n], columns[:m], committed[:m],
              cheapest_rows(cost, hold), place, ahead, now)  # fmt: skip


@compiled_inner
def carry_out(
    city: City,
    jobs: Jobs,
    state: State,
    rules: Rules,
    rows: Int64s,
    columns: Int64s,
    committed: Int64s,
    chosen: Int64s,
    place: Int64s,
    ahead: Float64s,
    now: float,
) -> None:
    """Take units off first, then send: a job may change hands in one step."""
    for k in range(len(columns)):
        own = committed[k]
        if own < 0 or chosen[own] == k:
            continue
        u = columns[k]
        state.driven[u] += max(now - state.leg_at[u], 0.0)
        release(state, rows[own])
        stays = True
        for r in range(len(rows)):
            stays = stays and chosen[r] != k
        if stays:
            go_home(city, state, rules, u, now, place[u], ahead[u])
        if chosen[own] < 0:
            wait(jobs, state, rules, rows[own])
    for r in range(len(rows)):
        k = chosen[r]
        if k < 0 or committed[k] == r:
            continue
        unwait_if_waiting(state, rows[r])
        depart(city, jobs, state, columns[k], rows[r], now, place[columns[k]], ahead[columns[k]])


@compiled_leaf
def unwait_if_waiting(state: State, j: int) -> None:
    for k in range(state.waits[0]):
        if state.waiting[k] == j:
            unwait(state, j)
            return
