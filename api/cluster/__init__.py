"""The private PostgreSQL cluster below var/, and the one address of the database."""

from __future__ import annotations

import os

from api.cluster.cluster import Cluster, ClusterStatus
from api.provision.places import var_folder

__all__ = ["Cluster", "ClusterStatus", "database_url", "named_server", "private_cluster", "tests_cluster"]


def private_cluster() -> Cluster:
    """The service's own cluster, durable, in `var/pg`."""
    return Cluster(folder=var_folder() / "pg")


def tests_cluster() -> Cluster:
    """The tests' own cluster in `var/test-pg`: fast, and thrown away after a crash."""
    return Cluster(folder=var_folder() / "test-pg", durable=False)


def named_server() -> str | None:
    """The server that `YCT_DATABASE_URL` names, spelled for psycopg 3; None means the private cluster."""
    url = os.environ.get("YCT_DATABASE_URL", "")
    scheme, separator, rest = url.partition("://")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg2"):
        return f"postgresql+psycopg{separator}{rest}"
    return url or None


def database_url() -> str:
    """Where the database answers now: the named server, else the private cluster, started if need be."""
    return named_server() or private_cluster().ensure_running()
