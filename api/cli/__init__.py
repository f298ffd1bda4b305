"""`yct`: one command group a file, imported only when it is asked for."""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Sequence

import typer

from dispatch_core.errors import DispatchError

# name → module:attribute; an attribute that is a Typer becomes a group of commands.
COMMANDS: dict[str, str] = {
    "run": "api.cli.serve:run",
    "serve": "api.cli.serve:serve",
    "drill": "api.cli.drill:drill",
    "nearest": "api.cli.nearest:nearest",
    "region": "api.cli.region:app",
    "city": "api.cli.city:app",
    "db": "api.cli.db:app",
    "migrate": "api.cli.serve:migrate",
    "seed": "api.cli.serve:seed_fleet",
    "token": "api.cli.serve:token_app",
    "jt808": "api.cli.jt808:app",
    "gateway": "api.cli.gateway:gateway",
    "bus": "api.cli.bus:app",
    "device": "api.cli.device:app",
    "eta": "api.cli.eta:app",
    "traffic": "api.cli.traffic:app",
    "replay": "api.cli.replay:replay",
    "simulate": "api.cli.simulate:app",
    "siting": "api.cli.siting:app",
    "bench": "api.cli.bench:app",
}
_OF_THE_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR,
     errno.EISDIR, errno.EIO, errno.EMFILE, errno.EADDRINUSE, errno.EADDRNOTAVAIL}
)  # fmt: skip


def application(wanted: Sequence[str]) -> typer.Typer:
    """The command line with these commands; road and solver libraries take seconds to import."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @app.callback()
    def _yct() -> None:
        """云车通: accident dispatch for a city."""

    for name in wanted:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            # A longitude of -71.25 is no option.
            app.command(name, context_settings={"ignore_unknown_options": True})(found)
    return app


def main() -> None:
    """What people can mend is one line for them; anything else is our fault and shows its trace."""
    asked = next((word for word in sys.argv[1:2] if word in COMMANDS), None)
    try:
        application([asked] if asked else list(COMMANDS))()
    except Exception as broken:
        told = in_one_line(broken)
        if told is None:
            raise
        typer.echo(f"yct: {told}", err=True)
        sys.exit(1)


def in_one_line(broken: Exception) -> str | None:
    """A broken rule, a disk, a right or a database that is not there; None if it is none of these."""
    if isinstance(broken, DispatchError):
        return broken.message
    if isinstance(broken, OSError) and broken.errno in _OF_THE_MACHINE:
        where = f": {broken.filename}" if broken.filename is not None else ""
        return f"{broken.strerror}{where}"
    if any(kind.__name__ == "OperationalError" for kind in type(broken).__mro__):  # SQLAlchemy's or psycopg's
        said = str(getattr(broken, "orig", broken)).partition("\n")[0]
        return f"the database does not answer: {said} (YCT_DATABASE_URL names the server)"
    return None
