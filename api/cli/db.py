"""`yct db`: the private database cluster below var/."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from api.cluster import Cluster, database_url, named_server, private_cluster, tests_cluster

app = typer.Typer(
    help="The private PostgreSQL of this checkout; `YCT_DATABASE_URL` names another server instead.",
    no_args_is_help=True,
)
Tests = Annotated[bool, typer.Option("--tests", help="The tests' own cluster.")]


@app.command()
def start(tests: Tests = False) -> None:
    """Start it and let it run until `yct db stop`; prints its address."""
    cluster = _cluster(tests)
    url = cluster.ensure_running()
    cluster.pin()
    typer.echo(url)


@app.command()
def stop(
    tests: Tests = False,
    every: Annotated[bool, typer.Option("--all", help="The service's and the tests'.")] = False,
) -> None:
    """End every session and shut down; what was committed stays."""
    clusters = [private_cluster(), tests_cluster()] if every else [_cluster(tests)]
    for cluster in clusters:
        cluster.stop()


@app.command()
def status(tests: Tests = False) -> None:
    """Says where the database is and whether it answers; exit code 3 when it is down."""
    server = None if tests else named_server()
    if server is not None:
        typer.echo(f"named by YCT_DATABASE_URL: {make_url(server).render_as_string(hide_password=True)}")
        return
    found = _cluster(tests).status()
    state = "down" if found.pid is None else "answers" if found.accepts else "does not answer"
    typer.echo(f"{found.url}\n{found.folder}: {state}" + (f", pid {found.pid}" if found.pid else ""))
    raise typer.Exit(0 if found.accepts else 3)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context, tests: Tests = False) -> None:
    """Open psql on the database; further arguments go to it: `yct db psql -- -c 'SELECT 1'`."""
    cluster = _cluster(tests)
    url = cluster.ensure_running() if tests else database_url()
    program, environment = cluster.binary("psql")
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    os.execve(program, [str(program), plain, *context.args], {**os.environ, **environment})


def _cluster(tests: bool) -> Cluster:
    return tests_cluster() if tests else private_cluster()
