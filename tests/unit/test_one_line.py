from __future__ import annotations

import errno

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from api.cli import in_one_line
from dispatch_core.errors import InvalidInput

AWAY = psycopg.OperationalError("connection refused\nIs the server running?")
TELLS = "the database does not answer: connection refused (YCT_DATABASE_URL names the server)"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (InvalidInput("map", "is empty"), "map: is empty"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "/var/x"), "Permission denied: /var/x"),
        (AWAY, TELLS),
        (OperationalError("select 1", None, AWAY), TELLS),
        (ValueError("a fault of ours"), None),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), None),
    ],
)
def test_what_people_can_mend_is_one_line_and_a_fault_of_ours_is_none(
    broken: Exception, told: str | None
) -> None:
    assert in_one_line(broken) == told
