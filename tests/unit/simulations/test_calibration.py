from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import application
from dispatch_core.errors import InvalidInput
from simulations.calibration import Calibration, calibrate, straight_seconds, validate
from simulations.history import read_history

COLUMNS = ("incident", "unit", "priority", "received_at", "dispatched_at", "en_route_at", "on_scene_at",
           "transporting_at", "at_hospital_at", "available_at", "lon", "lat")  # fmt: skip


def record(path: Path, *, days: int, seed: int = 3) -> Path:
    """A week whose truth is known: 300 s for the grave, 700 s for the others, 120 s of noise either way."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(days * 60):
        received = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=k * 1440.0)
        priority = int(rng.choice([2, 3]))
        took = (700.0 if priority == 2 else 300.0) + rng.normal(0, 120 / 2)
        on_scene = received + timedelta(seconds=max(took, 60.0))
        free = on_scene + timedelta(minutes=20)
        rows.append([k, f"U{k % 5}", priority, received, received + timedelta(seconds=30),
                     received + timedelta(seconds=40), on_scene, "", "", free,
                     -122.4 + rng.normal(0, 0.02), 37.77 + rng.normal(0, 0.02)])  # fmt: skip
    with path.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(COLUMNS)
        writer.writerows([[v.isoformat() if isinstance(v, datetime) else v for v in row] for row in rows])
    return path


def test_what_is_fitted_holds_on_days_that_were_held_out(tmp_path: Path) -> None:
    history = read_history(record(tmp_path / "h.csv", days=7))
    early, nowhere = history.first_days(5), np.zeros((0, 2))
    fitted = calibrate(history, straight_seconds, nowhere, early)
    assert (fitted.dispatch_delay_s, fitted.turnout_s) == (30.0, 10.0)
    found = validate(fitted, history, straight_seconds, nowhere, ~early)
    assert found.n == 120
    assert abs(found.bias_s) < 20
    assert found.mae_s == pytest.approx(60 * np.sqrt(2 / np.pi), rel=0.25)
    assert abs(found.p90_error_s) < 40
    assert found.ks < 0.15


def test_a_calibration_is_kept_and_read_again(tmp_path: Path) -> None:
    history = read_history(record(tmp_path / "h.csv", days=2))
    fitted = calibrate(history, straight_seconds, np.zeros((0, 2)), history.first_days(2))
    (tmp_path / "c.json").write_text(fitted.json())
    assert Calibration.read(tmp_path / "c.json") == fitted


def test_the_command_prints_the_errors_of_the_days_held_out(tmp_path: Path) -> None:
    path = record(tmp_path / "h.csv", days=7)
    done = CliRunner().invoke(
        application(["simulate"]), ["simulate", "validate", "--history", str(path), "--json"]
    )
    told = json.loads(done.stdout)
    assert {"mae_s", "bias_s", "p90_error_s", "n"} <= set(told)
    assert told["n"] == 120


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [("received_at", "noon", "line 4: received_at"), ("on_scene_at", "noon", "line 4: on_scene_at"),
     ("lon", "west", "line 4: lon 'west' is no number")],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, column: str, text: str, told: str) -> None:
    path = record(tmp_path / "h.csv", days=1)
    rows = list(csv.reader(path.read_text().splitlines()))
    rows[3][COLUMNS.index(column)] = text
    with path.open("w", newline="") as lines:
        csv.writer(lines).writerows(rows)
    with pytest.raises(InvalidInput, match=told):
        read_history(path)


def test_too_short_a_record_is_refused(tmp_path: Path) -> None:
    history = read_history(record(tmp_path / "h.csv", days=1))
    with pytest.raises(InvalidInput, match="50 are needed"):
        calibrate(
            history.where(np.arange(60) < 20), straight_seconds, np.zeros((0, 2)), np.ones(20, np.bool_)
        )
