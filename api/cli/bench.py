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
    accidents: Annotated[int, typer.Option(min=0, help="Reports to measure; 0: decisions alone.")] = 100,
    drill_minutes: Annotated[float, typer.Option(help="How long the drill's accidents happen.")] = 2.0,
    region: Annotated[
        str, typer.Option(help="On whose streets decisions are timed; a name, .yctr or .osm.pbf file.")
    ] = "",
) -> None:
    """How long a decision takes; report → claimed, stored, published in a drill; what it found amiss."""
    from api.bench import deciding
    from api.bench import dispatch as bench

    _print(deciding.run(deciding.region_of(region)), json)
    if accidents:
        _print(bench.run(accidents=accidents, drill_minutes=drill_minutes), json)


@app.command()
def matching(
    tracks: Annotated[Path, typer.Option(help="A folder of *.nodes, *.arcs, *.track, *.route.")],
    json: Json = False,
) -> None:
    """Map matching against labelled tracks."""
    from api.bench import matching as bench

    _print(bench.run(tracks, left_out=lambda why: typer.echo(f"left out: {why}", err=True)), json)


@app.command("matching-synthetic")
def matching_synthetic(
    region: Annotated[str, typer.Option(help="A region's name, .yctr or .osm.pbf file.")],
    drives: Annotated[int, typer.Option(min=1, help="Drives of 3 km and more.")] = 40,
    peers: Annotated[str, typer.Option(help="valhalla: fixes a second beside it; none: accuracy.")] = "",
    seed: int = 1,
    json: Json = False,
) -> None:
    """Map matching of drives whose truth is known, by noise and by interval between fixes."""
    from api.bench import matching_beside, matching_synthetic
    from api.bench.region_files import region_file_of
    from api.provision.places import var_folder
    from api.service import opened_roads
    from maps.region_file import load

    known = load(region_file_of(region))
    if peers:
        folder = var_folder() / "bench"
        _print(matching_beside.run(known.graph, known.order, folder=folder, drives=drives, seed=seed), json)
        return
    _print(matching_synthetic.run(opened_roads(known), drives=drives, seed=seed), json)


@app.command()
def positions(
    json: Json = False,
    seconds: Annotated[float, typer.Option(min=1, help="How long each figure is measured.")] = 10.0,
    only: Annotated[str, typer.Option(help="A part of the names to measure.")] = "",
    watchers: Annotated[int, typer.Option(min=1, help="Screens that follow 2,000 units.")] = 500,
    minutes: Annotated[float, typer.Option(min=0, help="How long they watch; 0: as every figure.")] = 0,
) -> None:
    """Positions a second by every way in, durable, from a second process; and what was lost."""
    from api.bench import positions as bench

    _print(bench.run(seconds=seconds, only=only, watchers=watchers, minutes=minutes), json)


@app.command()
def routing(
    region: Annotated[
        list[str], typer.Option(help="A region's name, .yctr or .osm.pbf file; several: by size.")
    ],
    peers: Annotated[
        str, typer.Option(help="osrm-mld,osrm-ch,routingkit,valhalla,scipy,networkx; none: ours.")
    ] = "",
    osm: Annotated[
        Path | None,
        typer.Option(help="The .osm.pbf that `build` is measured on; else the region's own."),
    ] = None,
    json: Json = False,
) -> None:
    """Road times beside other engines: same network, same weights, answers compared."""
    from api.bench import first_answer
    from api.bench import routing as bench
    from api.bench.region_files import region_file_of
    from api.provision.places import var_folder
    from maps.region_file import load
    from maps.survey import source_of

    figures = []
    for name in region:
        path = region_file_of(name)
        known, lines = load(path), []
        for line in bench.run(
            known.graph,
            known.order,
            peers=[peer.strip() for peer in peers.split(",") if peer.strip()],
            folder=var_folder() / "bench",
            source=osm
            or source_of(known.provenance, beside=(Path(name) if Path(name).is_file() else path).parent),
            progress=lambda step: typer.echo(f"… {step}", err=True),
        ):
            _print([line], json)
            lines.append(line)
        _print(first_answer.run(path), json)
        figures.append((known.graph.edge_count, lines))
    _print(bench.exponents(figures), json)


@app.command()
def simulation(
    region: Annotated[str, typer.Option(help="A region's name or .yctr file.")] = "coquimbo",
    json: Json = False,
) -> None:
    """A year of accidents with 20 ambulances and 55 tow trucks, and 200 such years."""
    from api.bench import simulation as bench
    from maps.embedded import known_region

    _print(bench.run(known_region(region, say=lambda line: typer.echo(line, err=True))), json)


def _print(lines: Iterable[BenchLine], as_json: bool) -> None:
    for line in lines:
        if as_json:
            typer.echo(line.json())
        else:
            against = f"   {line.ratio:.2f}x {line.baseline}" if line.ratio is not None else ""
            typer.echo(f"{line.name:<32} {line.value:>12.4g} {line.unit}{against}")
