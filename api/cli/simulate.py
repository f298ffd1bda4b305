"""`yct simulate`: what a planner asks of the simulator."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from dispatch_core.errors import InvalidInput

if TYPE_CHECKING:
    from simulations.calibration import Roads
    from simulations.history import History
    from simulations.kernel.arrays import Float64s

app = typer.Typer(
    no_args_is_help=True, help="Simulate a city: policies, traces, cities from other simulators."
)

# The simulator compiles for half a minute when it first runs: no other command should wait for its import.


@app.command("import-jemss")
def import_jemss(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A city of JEMSS.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The .npz to write.")] = None,
    places: Annotated[int, typer.Option(min=10, max=5000, help="Nodes that stand for the demand.")] = 600,
) -> None:
    """Make a city model from the files of the ambulance simulator JEMSS."""
    from simulations.city_model import save
    from simulations.jemss import read_jemss

    with Console(stderr=True).status("measuring roads between places"):
        model = read_jemss(folder, places=places)
    path = output or Path(f"{model.name}.npz")
    save(model, path)
    typer.echo(
        f"{model.name}: {path}: {len(model.lon)} places, {len(model.stations)} stations, "
        f"{len(model.hospitals)} hospitals, {len(model.fleet.base)} ambulances, "
        f"{model.demand.per_hour.mean() * 24:.0f} calls a day"
    )


@app.command("import-history")
def import_history(
    history: Annotated[Path, typer.Option(help="CSV of responses; see docs/reference/simulation.md.")],
    streets: Annotated[Path, typer.Option(help="CSV of segments with wkt and length_m.")],
    facilities: Annotated[Path, typer.Option(help="JSON of stations and hospitals.")],
    units: Annotated[int, typer.Option(min=1, max=500, help="Ambulances on duty.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .npz to write.")] = Path("city.npz"),
    places: Annotated[int, typer.Option(min=10, max=5000)] = 500,
    travel_factor: Annotated[float, typer.Option(min=0.1, max=10.0, help="Of the streets' times.")] = 1.0,
) -> None:
    """Make a city model from recorded responses on a table of streets."""
    from simulations.city_model import save
    from simulations.history import read_history
    from simulations.history_city import city_from_history, read_facilities
    from simulations.street_table import read_streets

    stations, hospitals = read_facilities(facilities)
    model = city_from_history(
        read_history(history), read_streets(streets), stations, hospitals, name=output.stem, units=units,
        places=places, travel_factor=travel_factor,
    )  # fmt: skip
    save(model, output)
    typer.echo(f"{model.name}: {output}: {len(model.lon)} places, {units} ambulances, "
               f"{model.demand.per_hour.mean() * 24:.0f} accidents a day")  # fmt: skip


@app.command("policies")
def policies(
    city: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="City models (.npz).")],
    loads: Annotated[str, typer.Option(help="Shares of time that ambulances are busy.")] = "0.3,0.5,0.7",
    replications: Annotated[int, typer.Option(min=2, max=1000)] = 40,
    days: Annotated[float, typer.Option(min=2.0, max=400.0, help="Of each; the first is warm-up.")] = 15.0,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A Markdown file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a row.")] = False,
) -> None:
    """Compare the ways to dispatch on the same accidents, with 95 % intervals."""
    from simulations.city_model import load
    from simulations.policy_table import as_markdown, policy_table
    from simulations.replications import Plan
    from simulations.rules import POLICIES

    try:
        shares = [float(text) for text in loads.split(",")]
    except ValueError:
        raise InvalidInput("loads", f"are numbers such as 0.3,0.5,0.7, not {loads}") from None
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("simulating", total=len(city) * len(shares) * len(POLICIES) * replications)
        plan = Plan(replications=replications, days=days)

        def advance() -> None:
            bar.advance(task)

        tables = [policy_table(load(path), shares, plan, workers=workers, progress=advance) for path in city]
    if as_json:
        for table in tables:
            for row in table.rows:
                typer.echo(json.dumps({"city": table.city, **row.record()}))
    elif output is not None:
        output.write_text(as_markdown(tables), encoding="utf-8")
    else:
        typer.echo(as_markdown(tables))


FitDays = Annotated[int, typer.Option(min=1, help="The first days of the record, fitted on.")]
Facilities = Annotated[Path | None, typer.Option(help="JSON with the hospitals.")]
Streets = Annotated[Path | None, typer.Option(help="CSV of segments; without: straight lines.")]


@app.command("calibrate")
def calibrate_responses(
    history: Annotated[Path, typer.Option(help="CSV of responses.")],
    output: Annotated[Path, typer.Option("-o", "--output")] = Path("calibration.json"),
    streets: Streets = None,
    facilities: Facilities = None,
    fit_days: FitDays = 366,
) -> None:
    """Fit delays, turnout, drives and times at the scene to what was recorded."""
    from simulations.calibration import calibrate
    from simulations.history import read_history

    known = read_history(history)
    _told_left_out(known)
    roads, hospitals = _ground(streets, facilities)
    fitted = calibrate(known, roads, hospitals, known.first_days(fit_days))
    output.write_text(fitted.json(), encoding="utf-8")
    typer.echo(
        f"{output}: {fitted.fitted_on} responses; median dispatch {fitted.dispatch_delay_s:.0f} s, turnout "
        f"{fitted.turnout_s:.0f} s, at the scene {fitted.scene_s:.0f} s, handover {fitted.handover_s:.0f} s"
    )


@app.command("validate")
def validate_responses(
    history: Annotated[Path, typer.Option(help="CSV of responses.")],
    calibration: Annotated[
        Path | None, typer.Option(help="From `calibrate`; without: fit on the first days of the record.")
    ] = None,
    streets: Streets = None,
    facilities: Facilities = None,
    fit_days: FitDays = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Predicted against observed response on days that the fit has not seen."""
    from simulations.calibration import Calibration, calibrate, validate
    from simulations.history import read_history

    known = read_history(history)
    _told_left_out(known)
    roads, hospitals = _ground(streets, facilities)
    early = known.first_days(fit_days)
    if calibration is None:
        fitted = calibrate(known, roads, hospitals, early)
        found = validate(fitted, known, roads, hospitals, ~early)
    else:
        fitted = Calibration.read(calibration)
        found = validate(fitted, known, roads, hospitals, early | ~early)
    if as_json:
        typer.echo(json.dumps(asdict(found) | {"left_out": known.left_out}))
        return
    typer.echo(
        f"{found.n} responses: mean {found.mean_observed_s:.0f} s, P90 {found.p90_observed_s:.0f} s\n"
        f"  mean absolute error {found.mae_s:.0f} s (by each priority's own mean {found.mae_naive_s:.0f} s)\n"
        f"  bias {found.bias_s:+.0f} s, P90 {found.p90_error_s:+.0f} s, Kolmogorov-Smirnov {found.ks:.3f}"
    )


def _told_left_out(history: History) -> None:
    for reason, times in history.left_out.items():
        typer.echo(f"left out: {times} × {reason}", err=True)


def _ground(streets: Path | None, facilities: Path | None) -> tuple[Roads, Float64s]:
    """Road times and hospitals as far as they are given."""
    import numpy as np

    from simulations.calibration import straight_seconds
    from simulations.history_city import read_facilities
    from simulations.street_table import read_streets

    hospitals = read_facilities(facilities)[1] if facilities else np.zeros((0, 2))
    return (read_streets(streets).pairs_s if streets else straight_seconds), hospitals


def _add_others() -> None:
    """The planners' own command, also `python -m simulations run`; the live city for it; others' traces."""
    from api.cli.simulate_today import export
    from api.cli.simulate_trace import trace_calls
    from simulations.command import run

    app.command("run")(run)
    app.command("export")(export)
    app.command("trace")(trace_calls)


_add_others()
