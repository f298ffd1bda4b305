"""p-median: interchange finds, the Lagrangian proves and shrinks, a programme solves what is left.

Few sites left, or more than a programme can take, are branched on.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch_core.coverage.siting import median_kernels
from dispatch_core.coverage.siting.found import SitesFound
from dispatch_core.coverage.siting.median_kernels import CLOSED, FREE, OPEN
from dispatch_core.coverage.siting.median_programme import cheapest_remaining
from dispatch_core.coverage.siting.plan import PROVEN, Patience, SitingParams
from dispatch_core.coverage.siting.problem import PMedian
from dispatch_core.errors import InvalidInput

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Int8s = NDArray[np.int8]

_ROOT_STEPS, _ROOT_STRIDES = 400, (1.5, 0.8, 0.4, 0.2)
_NODE_STEPS, _NODE_STRIDE = 100, 0.2
_SEARCH_WORK = 2e8  # costs that the second search may look at: a fraction of a second
_FARTHEST = 20  # sites moved at once
_NODES_A_SEARCH, _SHORT_SEARCH = 40, 10
_FEW, _NODES_OF_FEW = 20, 400  # so few sites to place are branched on first, and so often
_SHARE_OF_TIME = 0.7  # of what is left, for the programme


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    state: Int8s
    price: Float64s


def cheapest_median(problem: PMedian, *, patience: Patience, seed: int, params: SitingParams) -> SitesFound:
    """InvalidInput where no choice of sites has a way to every point."""
    cost, no_way = _costs(problem)
    search = _Search(cost, problem, patience, params)
    search.prove(np.random.default_rng(seed))
    if search.value >= no_way:
        raise InvalidInput(
            "sites", f"{problem.sites} have no way to every point: leave points out or add sites"
        )
    return SitesFound(sites=np.sort(search.plan), value=search.value, bound=search.bound)


def _costs(problem: PMedian) -> tuple[Float64s, float]:
    """Demand × distance; a pair without a way costs more than any plan that has one for everybody."""
    cost = problem.distance * problem.demand[:, None]
    cost[(problem.demand == 0)] = 0.0
    reached = np.isfinite(cost)
    if not reached.any(axis=1).all():
        point = int((~reached.any(axis=1)).argmax())
        raise InvalidInput("distance", f"no site has a way to point {point}: leave it out")
    if reached.all():
        return cost, np.inf
    no_way = float(np.where(reached, cost, 0.0).max(axis=1).sum()) + 1.0
    return np.where(reached, cost, no_way), no_way


class _Search:
    """One problem's best plan and its open questions."""

    def __init__(self, cost: Float64s, problem: PMedian, patience: Patience, params: SitingParams) -> None:
        self._cost = np.ascontiguousarray(cost[problem.demand > 0])
        self._count = problem.sites
        self._patience = patience
        self._params = params
        self._state = np.zeros(cost.shape[1], np.int8)
        self._state[list(problem.open_sites)] = OPEN
        self._is_whole = bool((self._cost == np.rint(self._cost)).all()) and self._cost.sum() < 2**52
        self.plan = np.zeros(0, np.int64)
        self.value = np.inf
        self.bound = 0.0
        self._nodes = 0

    @property
    def _target(self) -> float:
        """What a plan worth finding must stay below."""
        better = self.value - 1.0 + 1e-6 if self._is_whole else self.value * (1 - PROVEN)
        return min(better, self.value * (1 - self._params.wanted_gap))

    def find(self, random: np.random.Generator, state: Int8s, rounds: int) -> None:
        """Greedy and interchange within `state`, then from shaken plans, farther the longer nothing is won:
        Hansen, Mladenović, Location Science 5 (1997)."""
        plan = self._greedy(state)
        value = self._improve(plan, state)
        reach = 1
        for _ in range(rounds):
            if self._patience.left_s <= 0 or self.bound >= self._target:
                return
            shaken = self._shaken(plan, state, reach, random)
            found = self._improve(shaken, state)
            if found < value:
                plan, value, reach = shaken, found, 1
            else:
                reach = reach % max(min(self._count // 2, _FARTHEST), 1) + 1

    def _improve(self, plan: Int64s, state: Int8s) -> float:
        """Moves `plan` to where no swap helps; its cost."""
        value = median_kernels.interchanged(self._cost, plan, state)
        if value < self.value:
            self.plan, self.value = plan.copy(), value
        return value

    def _greedy(self, state: Int8s) -> Int64s:
        plan = list(np.flatnonzero(state == OPEN))
        away = self._cost[:, plan].min(axis=1, initial=np.inf)
        while len(plan) < self._count:
            total = np.minimum(self._cost, away[:, None]).sum(axis=0)
            total[plan] = np.inf
            total[state == CLOSED] = np.inf
            plan.append(total.argmin())
            away = np.minimum(away, self._cost[:, plan[-1]])
        return np.array(plan, np.int64)

    def _shaken(self, plan: Int64s, state: Int8s, moves: int, random: np.random.Generator) -> Int64s:
        shaken = plan.copy()
        places = np.flatnonzero(state[plan] != OPEN)
        outside = np.setdiff1d(np.flatnonzero(state != CLOSED), plan)
        moves = min(moves, len(places), len(outside))
        if moves:
            shaken[random.choice(places, moves, replace=False)] = random.choice(outside, moves, replace=False)
        return shaken

    def prove(self, random: np.random.Generator) -> None:
        """Best bound first; what is left unproven when time is out shows in `bound`."""
        self.find(random, self._state, self._params.search_rounds * 2)
        queue: list[tuple[float, int, _Node]] = []
        root = _Node(state=self._state, price=self._first_price())
        for stride in _ROOT_STRIDES:  # each on what the one before has left
            self.bound = max(self.bound, self._ascend(root, _ROOT_STEPS, stride))
            if self.bound >= self._target or self._patience.left_s <= 0:
                break
        self.find(random, root.state, min(int(_SEARCH_WORK / 5 / self._cost.size) + 20, 400))
        turn = _NODES_OF_FEW if self._count <= _FEW else 0
        self._keep(root, self.bound, queue)
        while queue and max(queue[0][0], self.bound) < self._target and self._patience.left_s > 0:
            if turn == 0:
                self._solve(root)
            turn -= 1
            _, _, node = heapq.heappop(queue)
            if self._nodes % _NODES_A_SEARCH == 0:
                self.find(random, node.state, _SHORT_SEARCH)
            for choice in self._branches(node):
                self._keep(choice, self._ascend(choice, _NODE_STEPS, _NODE_STRIDE), queue)
        if queue and queue[0][0] < self._target:
            self.bound = max(queue[0][0], self.bound)
            self.bound = np.ceil(self.bound - 1e-6) if self._is_whole else self.bound
        else:
            self.bound = self._target if self._params.wanted_gap else self.value

    def _solve(self, root: _Node) -> None:
        """The root's remainder as a programme: a plan outside it costs the target or more, and so does one
        that serves a point at more above its price than the target is above the bound."""
        target = self._target
        dearest = root.price + (target - self._ascend(root, 1, _NODE_STRIDE)) + 1e-9 * abs(target)
        wall_s = self._patience.left_s * _SHARE_OF_TIME
        rest = cheapest_remaining(self._cost, root.state, self._count, dearest, wall_s=wall_s)
        if rest is None:
            return
        if rest.plan is not None:
            self._improve(rest.plan, root.state)
        within = min(rest.bound, target)
        if self._is_whole:  # between the target and the next whole number lies no plan
            within = min(float(np.ceil(rest.bound - 1e-6)), float(np.ceil(target - 1e-9)))
        self.bound = max(self.bound, within)

    def _first_price(self) -> Float64s:
        """A point's second nearest site of the best plan: sites then save about what they are worth."""
        two = np.partition(self._cost[:, self.plan], min(1, len(self.plan) - 1), axis=1)
        return np.ascontiguousarray(two[:, min(1, len(self.plan) - 1)])

    def _ascend(self, node: _Node, steps: int, stride: float) -> float:
        """The node's bound; fixes what it can, and tries the plan that the bound suggests."""
        kept = np.flatnonzero(node.state != CLOSED)
        state, plan = node.state[kept], np.zeros(self._count, np.int64)
        cost = np.ascontiguousarray(self._cost[:, kept])
        bound, value = median_kernels.ascended(
            cost, state, self._count, node.price, steps, stride, self._target, plan
        )
        if value < self.value * 1.01:
            self._improve(kept[plan], node.state)
        node.state[kept] = state
        return bound

    def _keep(self, node: _Node, bound: float, queue: list[tuple[float, int, _Node]]) -> None:
        """Queues a node that may hold a better plan; one that holds a single plan is tried instead."""
        free, still = int((node.state == FREE).sum()), self._count - int((node.state == OPEN).sum())
        if bound >= self._target or not 0 <= still <= free:
            return
        if still in (0, free):
            chosen = (node.state == OPEN) if still == 0 else (node.state != CLOSED)
            self._improve(np.flatnonzero(chosen), np.where(chosen, OPEN, CLOSED).astype(np.int8))
            return
        self._nodes += 1
        heapq.heappush(queue, (bound, self._nodes, node))

    def _branches(self, node: _Node) -> list[_Node]:
        """With and without the free site that is worth most."""
        saved = median_kernels.worth(self._cost, node.price)
        saved[node.state != FREE] = np.inf
        site = int(saved.argmin())
        nodes = []
        for choice in (CLOSED, OPEN):
            state = node.state.copy()
            state[site] = choice
            nodes.append(_Node(state=state, price=node.price.copy()))
        return nodes
