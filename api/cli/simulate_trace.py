"""`yct simulate trace`: another simulator's calls, run here, to compare call by call."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from dispatch_core.errors import InvalidInput

TimeUnit = Literal["minutes", "seconds", "hours"]


def trace_calls(
    matrix: Annotated[Path, typer.Option(help="Times between places: a square with names, pairs, or .npy.")],
    bases: Annotated[Path, typer.Option(help="One unit a line (unit,place), or places with a count.")],
    calls: Annotated[
        Path, typer.Option(help="Columns arrival, place, on_scene, to_hospital, hospital, handover.")
    ],
    nodes: Annotated[
        Path | None, typer.Option(help="id,x,y: units going home move straight (ELASPY's rule).")
    ] = None,
    hospitals: Annotated[
        Path | None, typer.Option(help="Places, one a line: the nearest, where a call names none.")
    ] = None,
    home_factor: Annotated[
        str, typer.Option(help="Driving home takes so much of the matrix: 1.05, or 1/0.95.")
    ] = "1",
    matrix_in: Annotated[TimeUnit, typer.Option(help="Unit of its times.")] = "minutes",
    calls_in: Annotated[
        TimeUnit, typer.Option(help="Of columns whose heading names no unit (arrival_s, on scene (min)).")
    ] = "minutes",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a call.")] = False,
) -> None:
    """Run given calls with nearest-idle dispatch; print unit and response of each, in minutes."""
    from simulations.traces.matrix import read_grounds, read_matrix
    from simulations.traces.records import read_calls, read_hospitals, read_units
    from simulations.traces.replay import trace

    known = read_matrix(matrix, unit=matrix_in)
    grounds = None if nodes is None else read_grounds(nodes, known)
    known = known if grounds is None else grounds.matrix
    wards = None if hospitals is None else read_hospitals(hospitals, known)
    asked = read_calls(calls, known, hospitals=wards, unit=calls_in)
    factor = _share(home_factor, "home_factor")
    for one in trace(known, read_units(bases, known), asked, grounds=grounds, home_factor=factor):
        if as_json:
            typer.echo(json.dumps(asdict(one)))
        elif one.response_min is None:
            typer.echo(f"{one.call}\tnobody could come")
        else:
            typer.echo(f"{one.call}\t{one.unit}\t{one.response_min:.3f} min")


def _share(text: str, field: str) -> float:
    """A number above 0, or one divided by another."""
    try:
        above, _, below = text.partition("/")
        value = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        value = 0.0
    if not 0 < value < float("inf"):
        raise InvalidInput(field, f"is a number above 0, such as 1.05 or 1/0.95, not {text}")
    return value
