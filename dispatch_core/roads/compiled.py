"""Machine code for the inner loops: compiled once by numba, kept on disk, run without the interpreter's lock.

A kernel that calls another from a different file must be recompiled when that one changes: numba looks only
at the caller's file. Delete `__pycache__/*.nbi` after editing a kernel that others call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from dispatch_core.roads.graph import Float64s, Int32s

UInt32s = NDArray[np.uint32]  # kernels index by these: numba need not ask whether one is negative

P = ParamSpec("P")
R = TypeVar("R")

# Milliseconds that no road takes (11 days). Two of them stay below 2**31: no kernel checks for overflow.
INF: Final = 1_000_000_000
# Longer than any journey, shorter than INF less any offset along an edge.
UNREACHABLE_FROM: Final = INF // 2
_COUNTING: Final = {"_nrt": True}  # said aloud: else a kernel takes after the leaf that calls it
_WITHOUT_PYTHON: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # options that no stub knows


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """`function` as a numba kernel that releases the interpreter's lock."""
    options: dict[str, Any] = {"nogil": True, "cache": True, **_COUNTING}
    kernel: Callable[P, R] = numba.njit(**options)(function)
    return kernel


def compiled_inner(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled`, for what only kernels call: no way in for Python, and half the time to compile."""
    options: dict[str, Any] = {"nogil": True, "cache": True, **_COUNTING, **_WITHOUT_PYTHON}
    kernel: Callable[P, R] = numba.njit(**options)(function)
    return kernel


def compiled_leaf(function: Callable[P, R]) -> Callable[P, R]:
    """As `compiled_inner`, for what makes no array: numba then counts no references to those it is given.

    Counting takes longer than a short function that is handed dozens of arrays; allocating is refused, but a
    leaf may call a kernel that does, which counts for itself.
    """
    options: dict[str, Any] = {"nogil": True, "cache": True, "_nrt": False, **_WITHOUT_PYTHON}
    kernel: Callable[P, R] = numba.njit(**options)(function)
    return kernel


def seconds(ms: Int32s) -> Float64s:
    """Seconds of milliseconds; inf where there is no road."""
    result = ms.astype(np.float64) * 1e-3
    result[ms >= UNREACHABLE_FROM] = np.inf
    return result
