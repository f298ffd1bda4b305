"""Which Python `.venv` is made with."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from api.provision.shell import SetupError, answers, run

OLDEST = (3, 11)
NEWEST = (3, 14)  # the newest for which every locked package ships a wheel
_PROBE = "import json, sys; print(json.dumps([*sys.version_info[:2], sys.executable]))"


def newest() -> Path:
    """The newest interpreter on PATH that the locked packages support."""
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    for name in [*names, "python3", sys.executable]:
        found = shutil.which(name)
        if found and answers(found, "-V"):
            major, minor, executable = json.loads(run([found, "-c", _PROBE]))
            if OLDEST <= (major, minor) <= NEWEST:
                return Path(executable)
    wanted = f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    raise SetupError(f"missing: {wanted}; run `apt-get install -y python3` as root, or put one on PATH")


def works(venv: Path) -> bool:
    """The environment exists and its interpreter still runs in the supported range."""
    python = venv / "bin" / "python"
    supported = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return python.exists() and answers(str(python), "-c", supported)
