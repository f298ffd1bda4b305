"""Each test has a database of its own."""

from __future__ import annotations

from sqlalchemy import Engine, text

from tests.databases import Databases


def test_two_clones_share_nothing(databases: Databases) -> None:
    with databases.clone() as one, databases.clone() as other:
        assert one != other


def test_a_clone_has_postgis(engine: Engine) -> None:
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT ST_AsText(ST_MakePoint(1, 2))")) == "POINT(1 2)"


def test_a_clone_is_gone_after_its_test(databases: Databases) -> None:
    with databases.clone() as url:
        name = url.partition("@/")[2].partition("?")[0]
    with databases.cluster.connect() as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    assert found is None
