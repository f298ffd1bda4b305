"""`yct siting`: where stations should stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dispatch_core.errors import InvalidInput

if TYPE_CHECKING:
    from simulations.city_model import CityModel

app = typer.Typer(no_args_is_help=True, help="Where stations should stand: proven plans, or with their gap.")
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
City = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A city model (.npz).")]
RegionName = Annotated[str | None, typer.Option(help="A region's name or file: its streets, its people.")]


@app.command("solve")
def solve_siting(
    instance: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="OR-Library text, a table of distances, or pairs."),
    ] = None,
    problem: Annotated[str, typer.Option(help="pmedian, pcenter, mclp, lscp, dsm or mexclp.")] = "pmedian",
    sites: Annotated[
        int | None,
        typer.Option(
            "--sites", "--units", "-p", min=1, help="Sites or units to place; a graph's file tells it."
        ),
    ] = None,
    radius: Annotated[float | None, typer.Option(help="How far a site reaches; of a city: minutes.")] = None,
    far: Annotated[float | None, typer.Option(help="dsm: within which everybody must be.")] = None,
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="dsm: of demand within the radius.")] = 0.9,
    busy: Annotated[
        float, typer.Option(min=0.0, max=0.99, help="mexclp: share of time a unit is busy.")
    ] = 0.3,
    at_most: Annotated[int | None, typer.Option(min=1, help="dsm, mexclp: units at one site.")] = None,
    spread: Annotated[
        float, typer.Option(min=0.0, max=2.0, help="mexclp: log-normal spread of trips.")
    ] = 0.0,
    demands: Annotated[
        Path | None, typer.Option(exists=True, help="A number a line, or point,demand.")
    ] = None,
    standing: Annotated[str, typer.Option("--open", help="Sites that stand already, by name: a,b.")] = "",
    region: RegionName = None,
    city: City = None,
    keep: Annotated[bool, typer.Option("--keep-stations", help="Of a city: its stations stand.")] = False,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds.")] = 60.0,
    gap: Annotated[float, typer.Option(min=0.0, max=0.5, help="Be content with a plan so near.")] = 0.0,
    seed: int = 0,
    as_json: Json = False,
) -> None:
    """Solve one location problem; print the plan, and how far it can be from the best."""
    from dispatch_core.coverage.siting import Lscp, SitingParams, solve
    from simulations.siting.cities import instance_of
    from simulations.siting.instances import read_instance
    from simulations.siting.or_library import is_cover, read_cover
    from simulations.siting.questions import Wanted, problem_of

    model = _model(region, city)
    if (instance is None) == (model is None):
        raise InvalidInput("instance", "give a file, or a city by --region or --city")
    named = tuple(filter(None, standing.split(",")))
    if instance is not None and problem == "lscp" and is_cover(instance):
        cover = read_cover(instance)
        names: tuple[str, ...] = tuple(str(k + 1) for k in range(len(cover.cost)))
        asked: Any = Lscp(reach=cover.reach, cost=cover.cost, open_sites=tuple(int(n) - 1 for n in named))
    else:
        known = read_instance(instance, demands=demands) if instance else instance_of(_some(model))
        if model is not None and keep:
            named += tuple(str(place) for place in dict.fromkeys(model.stations.tolist()))
        wanted = Wanted(
            sites=sites, radius=radius, far=far, share=share, busy=busy, at_most=at_most, spread=spread,
            standing=named,
        )  # fmt: skip
        asked, names = problem_of(problem, known, wanted), known.site
    plan = solve(asked, wall_s=time_limit, seed=seed, params=SitingParams(wanted_gap=gap))
    chosen = [names[site] for site in plan.sites]
    told: dict[str, Any] = {
        "problem": problem, "objective": plan.objective, "sites": chosen, "gap": plan.gap,
        "seconds": round(plan.seconds, 3), "bound": plan.bound, "uncovered": plan.uncovered,
    }  # fmt: skip
    if model is not None:
        told["places"] = [
            {"site": name, "lon": float(model.lon[int(name)]), "lat": float(model.lat[int(name)])}
            for name in chosen
        ]
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else _readable(told))


@app.command("improve")
def improve_siting(
    region: RegionName = None,
    city: City = None,
    policy: Annotated[str, typer.Option(help="As `yct simulate policies` names them.")] = "joint_redispatch",
    measure: Annotated[str, typer.Option(help="mean_s, p90_s or late_share.")] = "mean_s",
    replications: Annotated[int, typer.Option(min=4, max=500)] = 12,
    days: Annotated[float, typer.Option(min=2.0, max=366.0)] = 15.0,
    time_limit: Annotated[float, typer.Option(min=1.0, help="Seconds.")] = 120.0,
    output: Annotated[Path | None, typer.Option("-o", help="The moved city, a model (.npz).")] = None,
    seed: int = 1,
    as_json: Json = False,
) -> None:
    """Move ambulances' stations one by one where the simulator says that people are reached sooner."""
    from rich.console import Console

    from dispatch_core.assignment.params import DispatchParams
    from simulations.replications import Plan
    from simulations.rules import POLICIES
    from simulations.siting.hill_climb import climb

    model = _model(region, city)
    if model is None:
        raise InvalidInput("region", "give a city by --region or --city")
    if policy not in POLICIES:
        raise InvalidInput("policy", f"is one of {', '.join(POLICIES)}, not {policy}")
    plan = Plan(replications=replications, days=days, seed=seed)
    with Console(stderr=True).status("simulating moves") as status:
        found = climb(
            model, POLICIES[policy], DispatchParams(), plan, measure=measure, wall_s=time_limit,
            progress=lambda moves, value: status.update(f"{moves} moves kept, {measure} {value:.3f}"),
        )  # fmt: skip
    if output is not None:
        from simulations.city_model import save

        save(found.moved(model), output)
    if as_json:
        typer.echo(json.dumps(found.record(model), ensure_ascii=False))
        return
    for move in found.net_moves(model):
        typer.echo(f"unit {move.unit}: place {move.origin} → {move.to} "
                   f"({model.lon[move.to]:.5f}, {model.lat[move.to]:.5f})")  # fmt: skip
    typer.echo(
        f"{measure} on accidents unknown to the search: {found.before.mean:.3f} → {found.after.mean:.3f}; "
        f"difference {found.difference.mean:+.3f} ± {found.difference.half_width:.3f}"
        f" ({found.tried} moves tried, {'all tried' if found.is_local_best else 'time ran out'})"
    )


def _model(region: str | None, city: Path | None) -> CityModel | None:
    if region is not None and city is not None:
        raise InvalidInput("city", "give either --region or --city")
    if city is not None:
        from simulations.city_model import load

        return load(city)
    if region is None:
        return None
    from maps.embedded import known_region
    from simulations.region_city import city_from_region

    return city_from_region(known_region(region, say=lambda line: typer.echo(line, err=True)))


def _some(model: CityModel | None) -> CityModel:
    assert model is not None
    return model


def _readable(told: dict[str, Any]) -> str:
    proven = "proven" if told["gap"] == 0 else f"at most {told['gap']:.3%} from the best"
    lines = [f"{told['problem']}: {told['objective']:.6g}, {proven}, in {told['seconds']} s"]
    if told["uncovered"]:
        lines.append(f"{told['uncovered']} demand points are out of every site's reach")
    places = {place["site"]: place for place in told.get("places", [])}
    for site in dict.fromkeys(told["sites"]):
        many = told["sites"].count(site)
        where = f"  {places[site]['lon']:.5f}, {places[site]['lat']:.5f}" if places else ""
        lines.append(f"  {site}{f' × {many}' if many > 1 else ''}{where}")
    return "\n".join(lines)
