"""When every connection to the database is taken, who comes next is asked to come again."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from api import problem


def test_no_free_connection_is_a_503_and_one_that_is_given_back_serves_again(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    app = FastAPI()
    problem.install(app)

    @app.get("/one")
    def one() -> int:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT 1")).scalar_one())

    with TestClient(app, raise_server_exceptions=False) as client:
        with engine.connect():
            crowded = client.get("/one")
        assert (crowded.status_code, crowded.headers["content-type"]) == (503, "application/problem+json")
        assert crowded.json()["type"].endswith("unavailable")
        assert client.get("/one").json() == 1
    engine.dispose()
