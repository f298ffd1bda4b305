"""The cheapest way to give every row a column of its own or none: plain loops that a simulator compiles.

The same plan as `flow.cheapest_flow` for rows that ask one unit each (a test holds them together); a year of
decisions costs seconds here, minutes there. Shortest augmenting paths with potentials: Jonker and Volgenant,
A shortest augmenting path algorithm for dense and sparse linear assignment problems, Computing 38 (1987).
"""

from __future__ import annotations

import numpy as np

from dispatch_core.coverage.expected import Float64s
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Int64s


@compiled
def cheapest_rows(cost: Float64s, hold: Float64s) -> Int64s:
    """int64[n]: the column of each row, −1 where it is held.

    cost float64[n, u], inf where the pair is forbidden; hold float64[n], finite, the cost of giving the row
    nothing.
    """
    n, u = cost.shape
    width = u + n  # behind the columns stand n places to be held at
    row_price, column_price = np.zeros(n + 1), np.zeros(width + 1)
    row_of = np.zeros(width + 1, np.int64)  # 1-based; 0: nobody
    came_from = np.zeros(width + 1, np.int64)
    for row in range(1, n + 1):
        row_of[0] = row
        slack = np.full(width + 1, np.inf)
        done = np.zeros(width + 1, np.bool_)
        at = 0
        while row_of[at] != 0:
            done[at] = True
            here, least, nearest = row_of[at], np.inf, 0
            for column in range(1, width + 1):
                if done[column]:
                    continue
                price = cost[here - 1, column - 1] if column <= u else hold[here - 1]
                reduced = price - row_price[here] - column_price[column]
                if reduced < slack[column]:
                    slack[column] = reduced
                    came_from[column] = at
                if slack[column] < least:
                    least, nearest = slack[column], column
            for column in range(width + 1):
                if done[column]:
                    row_price[row_of[column]] += least
                    column_price[column] -= least
                else:
                    slack[column] -= least
            at = nearest
        while at != 0:
            row_of[at] = row_of[came_from[at]]
            at = came_from[at]
    chosen = np.full(n, -1, np.int64)
    for column in range(1, u + 1):
        if row_of[column] != 0:
            chosen[row_of[column] - 1] = column - 1
    return chosen
