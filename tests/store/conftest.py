"""The services on a fresh database, in the small town."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.city import Desk


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)
