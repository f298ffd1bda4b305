"""Where set-up and the private cluster keep their things; needed before `.venv` exists."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def var_folder() -> Path:
    """`YCT_VAR`, else `var` below the working directory: everything made at run time lives here."""
    return Path(os.environ.get("YCT_VAR") or "var").absolute()


def venv_folder() -> Path:
    return ROOT / ".venv"
