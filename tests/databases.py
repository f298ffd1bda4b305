"""A migrated PostGIS database for each test, cloned from a template on the tests' own cluster."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

import api.migrations
from api.cluster import Cluster
from api.provision.places import ROOT

_CLONE = re.compile(r"clone_(\d+)_\d+")
_SCHEMA_SOURCES = ("api/migrations", "dispatch_core/store", "accident_case/store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """Clones of `template`; a clone costs some 50 ms and is dropped as soon as its test is over."""

    cluster: Cluster
    template: str
    copying: str = ""
    _numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def clone(self) -> Iterator[str]:
        """SQLAlchemy's address of a database that nobody else uses."""
        name = f"clone_{os.getpid()}_{next(self._numbers)}"
        self._administer(f"CREATE DATABASE {{}} TEMPLATE {{}} {self.copying}", name, self.template)
        try:
            yield self.cluster.url(name)
        finally:
            self._administer("DROP DATABASE {} WITH (FORCE)", name)

    def _administer(self, statement: str, *names: str) -> None:
        with self.cluster.connect() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def opened(cluster: Cluster) -> Iterator[Databases]:
    """The tests' cluster with its template, for one test session of any number at once."""
    with cluster.session():
        with cluster.connect() as connection:
            _drop_left_behind(connection)
            # through the log, the default since version 15, a clone takes twice as long
            copying = "STRATEGY file_copy" if connection.info.server_version >= 150000 else ""
        yield Databases(cluster=cluster, template=_template(cluster), copying=copying)


def _template(cluster: Cluster) -> str:
    """Migrated once for each state of the migrations, whichever session comes first."""
    name = f"template_{_schema_digest()}"
    with cluster.folder.with_name("template.lock").open("w") as lock, cluster.connect() as connection:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            for old in _names(connection, "template\\_%"):
                _drop(connection, old)
            _build(cluster, connection, name)
    return name


def _build(cluster: Cluster, connection: psycopg.Connection, name: str) -> None:
    making = f"template_making_{os.getpid()}"
    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
    with cluster.connect(making) as inside:
        inside.execute("CREATE EXTENSION postgis")
    upgrade = getattr(api.migrations, "upgrade", None)
    if upgrade is not None:
        upgrade(cluster.url(making))
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    connection.execute(rename.format(sql.Identifier(making), sql.Identifier(name)))


def _drop_left_behind(connection: psycopg.Connection) -> None:
    """Clones whose test session was killed."""
    for name in _names(connection, "clone\\_%"):
        owner = _CLONE.fullmatch(name)
        if owner is not None and not Path(f"/proc/{owner[1]}").exists():
            _drop(connection, name)


def _names(connection: psycopg.Connection, like: str) -> list[str]:
    found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like])
    return [name for (name,) in found]


def _drop(connection: psycopg.Connection, name: str) -> None:
    with suppress(psycopg.errors.ObjectInUse, psycopg.errors.InvalidCatalogName):  # another session's
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _schema_digest() -> str:
    total = hashlib.sha256()
    for folder in _SCHEMA_SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".mako"):
                total.update(path.read_bytes())
    return total.hexdigest()[:16]
