from __future__ import annotations

from pathlib import Path

import pytest

from dispatch_core.errors import NotFound
from maps import region_file
from maps.embedded import known_region
from maps.folder import region_path


def test_the_embedded_city_is_built_where_it_is_missing_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YCT_VAR", str(tmp_path))
    said: list[str] = []
    built = known_region("coquimbo", say=said.append)
    assert built.graph.edge_count == region_file.load(region_path("coquimbo")).graph.edge_count > 30_000
    assert known_region("coquimbo", say=said.append).provenance == built.provenance
    assert len(said) == 1


def test_another_region_is_asked_for_by_the_command_that_builds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YCT_VAR", str(tmp_path))
    with pytest.raises(NotFound, match="yct region build --name atlantis"):
        known_region("atlantis", say=pytest.fail)
