"""Learning from past drives lives beside the service and ends with it."""

from __future__ import annotations

import logging
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from api.eta_book import EtaBook


def test_a_database_that_is_away_is_told_to_the_log_and_nobody_is_kept_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    book = EtaBook(create_engine(f"postgresql+psycopg:///nobody?host={tmp_path}"), UTC)
    with caplog.at_level(logging.WARNING, logger="yct.etas"):
        assert book.model(drilled=False).count.sum() == 0  # nothing learnt yet
        book.stop()
    assert ["waiting for the database" in record.getMessage() for record in caplog.records] == [True]
