"""What tests of every folder may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine

from api.cluster import tests_cluster
from tests.databases import Databases, opened

# No property is judged by the clock: machines are noisy. `make test` draws the same examples every time, so
# that what fails was changed; `make prove` looks for new ones, ten times as many.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("usual", _UNTIMED, max_examples=40, derandomize=True)
settings.register_profile("thorough", _UNTIMED, max_examples=400)
settings.load_profile("usual")


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The tests' own PostGIS, started with the first test that needs it."""
    with opened(tests_cluster()) as found:
        yield found


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A fresh database with every migration applied, dropped after the test."""
    with databases.clone() as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """SQLAlchemy on the fresh database. Its connections stay open: those who race truly meet.

    To load PostGIS into a new one takes longer than most of what is asked of it.
    """
    engine = create_engine(database_url, pool_size=24)
    yield engine
    engine.dispose()
