"""Integer programmes by arrays: SCIP inside OR-Tools, which measured three times HiGHS on cover problems."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Float64s = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Maximise gain · x with row_lower ≤ table x ≤ row_upper and lower ≤ x ≤ upper, `whole` ones integer."""

    gain: Float64s
    table: sparse.csr_array
    row_lower: Float64s
    row_upper: Float64s
    lower: Float64s
    upper: Float64s
    whole: Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`x` is None if nothing was found in time, or nothing can be; then `is_impossible` says which."""

    x: Float64s | None
    bound: float
    is_impossible: bool = False


def maximised(
    programme: Programme,
    *,
    wall_s: float,
    gap: float = 0.0,
    start: Float64s | None = None,
    is_any_enough: bool = False,
    is_bound_tight: bool = False,
) -> Answer:
    """The programme solved in at most `wall_s`; `start` begins; any plan is enough, or the best.

    Where the relaxation is tight and plans are good already, cuts and heuristics only cost time.
    """
    # MathOpt takes half a second to import: only who has something to solve pays.
    from ortools.math_opt.python import mathopt

    model = mathopt.Model.from_model_proto(_proto(programme))
    parameters = mathopt.SolveParameters(
        time_limit=datetime.timedelta(seconds=max(wall_s, 0.05)), relative_gap_tolerance=max(gap, 0.0),
        absolute_gap_tolerance=0.0, threads=1, solution_limit=1 if is_any_enough else None,
        heuristics=mathopt.Emphasis.OFF if is_bound_tight else None,
        cuts=mathopt.Emphasis.OFF if is_bound_tight else None,
    )  # fmt: skip
    hints = mathopt.ModelSolveParameters()
    variables = list(model.variables())
    if start is not None:
        hints.solution_hints.append(
            mathopt.SolutionHint(variable_values=dict(zip(variables, start.tolist(), strict=True)))
        )
    result = mathopt.solve(model, mathopt.SolverType.GSCIP, params=parameters, model_params=hints)
    reason = result.termination.reason
    if reason is mathopt.TerminationReason.INFEASIBLE:
        return Answer(x=None, bound=-np.inf, is_impossible=True)
    bound = float(result.termination.objective_bounds.dual_bound)
    if not result.has_primal_feasible_solution():
        return Answer(x=None, bound=bound)
    values = result.variable_values()
    return Answer(x=np.array([values[v] for v in variables], np.float64), bound=bound)


def _proto(programme: Programme):  # type: ignore[no-untyped-def]
    from ortools.math_opt import model_pb2

    proto = model_pb2.ModelProto()
    count, rows = len(programme.gain), programme.table.shape[0]
    proto.variables.ids.extend(range(count))
    proto.variables.lower_bounds.extend(programme.lower.tolist())
    proto.variables.upper_bounds.extend(programme.upper.tolist())
    proto.variables.integers.extend(programme.whole.tolist())
    proto.objective.maximize = True
    used = np.flatnonzero(programme.gain)
    proto.objective.linear_coefficients.ids.extend(used.tolist())
    proto.objective.linear_coefficients.values.extend(programme.gain[used].tolist())
    proto.linear_constraints.ids.extend(range(rows))
    proto.linear_constraints.lower_bounds.extend(programme.row_lower.tolist())
    proto.linear_constraints.upper_bounds.extend(programme.row_upper.tolist())
    entries = programme.table.tocoo()
    order = np.lexsort((entries.col, entries.row))
    proto.linear_constraint_matrix.row_ids.extend(entries.row[order].tolist())
    proto.linear_constraint_matrix.column_ids.extend(entries.col[order].tolist())
    proto.linear_constraint_matrix.coefficients.extend(entries.data[order].tolist())
    return proto
