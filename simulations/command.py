"""`python -m simulations run A.toml B.toml`, also `yct simulate run`."""

from __future__ import annotations

import importlib
import json
import os
from concurrent.futures import Executor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from dispatch_core.errors import DispatchError, Unavailable
from simulations.metrics import Interval

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _simulations() -> None:
    """Coverage simulations for planners."""


@app.command("run")
def run(
    scenarios: Annotated[
        list[Path], typer.Argument(help="TOML files; the first is what the others are compared with.")
    ],
    replications: Annotated[
        int | None, typer.Option(min=2, max=10_000, help="Instead of the scenarios'.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write an HTML page that opens with the network off.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Of the page: en or zh-CN.")] = "en",
    tables: Annotated[Path | None, typer.Option(help="A folder for CSV, GeoPackage and GeoParquet.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = os.cpu_count() or 1,
    dask: Annotated[str, typer.Option(help="Address of a Dask scheduler, for more than one machine.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a scenario.")] = False,
) -> None:
    """Run scenarios on the same accidents, compare them, and draw the report."""
    from simulations.scenario import read_scenario
    from simulations.study import compared, run_scenario

    read = [read_scenario(path) for path in scenarios]
    with ExitStack() as stack:
        bar = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
        executor = _executor(stack, workers, dask)
        studies = []
        for scenario in read:
            task = bar.add_task(scenario.name, total=replications or scenario.replications)

            def advance(task: Any = task) -> None:
                bar.advance(task)

            studies.append(
                run_scenario(scenario, replications=replications, executor=executor, progress=advance)
            )
    differences = [{}, *compared(studies)]
    for study, change in zip(studies, differences, strict=True):
        name = study.name
        figures = {figure: study.interval(figure) for figure in study.figures}
        if as_json:
            told = {figure: _pair(value) for figure, value in figures.items()}
            changes = {figure: _pair(value) for figure, value in change.items()}
            typer.echo(json.dumps({"scenario": name, "figures": told, "difference": changes}))
        else:
            typer.echo(_line(name, figures))
    if report is not None:
        from simulations.report import report as drawn

        report.write_text(drawn(studies, made_at=datetime.now(UTC), lang=lang), encoding="utf-8")
        typer.echo(f"report: {report}", err=True)
    if tables is not None:
        from simulations.tables import write_tables

        write_tables(studies, tables)
        typer.echo(f"tables: {tables}", err=True)


def _executor(stack: ExitStack, workers: int, dask: str) -> Executor | None:
    from simulations.study import pool

    if dask:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError as missing:
            raise Unavailable("Dask is not installed here: pip install distributed") from missing
        try:
            client = stack.enter_context(distributed.Client(dask, timeout="10s"))
        except (OSError, ValueError) as silent:
            raise Unavailable(f"no Dask scheduler answers at {dask}") from silent
        made: Executor = client.get_executor()
        return made
    executor = pool(workers)
    return None if executor is None else stack.enter_context(executor)


def _pair(value: Interval) -> dict[str, float]:
    return {"mean": float(value.mean), "half_width": float(value.half_width)}


def _line(name: str, figures: dict[str, Interval]) -> str:
    mean, p90, late = (figures[figure] for figure in ("mean_s", "p90_s", "late_share"))
    return (
        f"{name}: mean {mean.mean:.0f} ± {mean.half_width:.0f} s, "
        f"P90 {p90.mean:.0f} ± {p90.half_width:.0f} s, "
        f"late {late.mean:.1%} ± {late.half_width:.1%}"
    )


def main() -> None:
    """A broken rule is one line for people."""
    try:
        app()
    except DispatchError as broken:
        typer.echo(f"simulations: {broken.message}", err=True)
        raise SystemExit(1) from None
