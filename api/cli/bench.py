"""`yct bench`: every figure that this project claims, one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from api.bench import BenchLine

app = typer.Typer(help="Measure; `--json` prints one object a line.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.callback()
def _bench() -> None:
    """One benchmark a command."""


@app.command()
def dispatch(
    json: Json = False,
    accidents: Annotated[int, typer.Option(min=1, help="Reports to measure.")] = 100,
    drill_minutes: Annotated[float, typer.Option(help="How long the drill's accidents happen.")] = 1.0,
) -> None:
    """Report → claimed, stored and published, with a drill running; and what the drill found amiss."""
    from api.bench import dispatch as bench

    _print(bench.run(accidents=accidents, drill_minutes=drill_minutes), json)


@app.command()
def matching(
    tracks: Annotated[Path, typer.Option(help="A folder of *.nodes, *.arcs, *.track, *.route.")],
    json: Json = False,
) -> None:
    """Map matching against labelled tracks."""
    from api.bench import matching as bench

    _print(bench.run(tracks), json)


def _print(lines: Iterable[BenchLine], as_json: bool) -> None:
    for line in lines:
        if as_json:
            typer.echo(line.json())
        else:
            against = f"   {line.ratio:.2f}x {line.baseline}" if line.ratio is not None else ""
            typer.echo(f"{line.name:<32} {line.value:>12.4g} {line.unit}{against}")
