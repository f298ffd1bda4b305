from __future__ import annotations

from pathlib import Path

import osmium
import pytest

from api.bench import BenchLine, routing
from api.bench.osm_export import export
from dispatch_core.errors import InvalidInput
from dispatch_core.roads import compute_order
from tests.unit.roads.networks import Ban, Street, ladder, network


def test_the_figures_carry_their_fixed_names_and_no_answer_differs(tmp_path: Path) -> None:
    graph = ladder([Ban(through="ABF", exempt=True)])
    lines = list(
        routing.run(
            graph, compute_order(graph), peers=["routingkit", "scipy", "networkx"], folder=tmp_path, repeat=1
        )
    )
    beside = {(line.name, line.baseline) for line in lines}
    for name in ("many_to_one_75", "many_to_one_2000", "table_500x500"):
        assert {(name, "routingkit"), (name, "scipy")} <= beside
    assert ("many_to_one_75", "networkx") in beside
    assert ("reweight", "routingkit") in beside
    assert ("path", None) in beside  # none of them gives one: told alone
    assert lines[-1].name == "mismatches"
    assert lines[-1].value == 0


def test_without_peers_the_figures_are_ours_alone(tmp_path: Path) -> None:
    graph = ladder()
    lines = list(routing.run(graph, compute_order(graph), peers=[], folder=tmp_path, repeat=1))
    assert all(line.baseline is None and line.ratio is None for line in lines)
    assert {"many_to_one_75", "table_500x500", "path", "reweight"} <= {line.name for line in lines}


def test_a_peer_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    graph = ladder()
    with pytest.raises(InvalidInput, match="google"):
        list(routing.run(graph, compute_order(graph), peers=["google"], folder=tmp_path))


def test_a_peer_that_cannot_be_had_is_left_out_and_told_and_the_others_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho no such wheel >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    graph, told = ladder(), list[str]()
    lines = list(
        routing.run(
            graph, compute_order(graph), peers=["osrm-mld", "scipy"], folder=tmp_path, repeat=1,
            progress=told.append,
        )
    )  # fmt: skip
    assert "osrm-mld left out: osrm-bindings is not to be had: no such wheel" in told
    assert {line.baseline for line in lines} == {"scipy", None}
    assert lines[-1].name == "mismatches"


def test_an_exported_network_keeps_parallel_streets_loops_and_restrictions(tmp_path: Path) -> None:
    graph = network(
        {"A": (0, 0), "B": (1, 0), "C": (2, 0)},
        [Street(a="A", b="B"), Street(a="A", b="B", one_way=True), Street(a="B", b="C", one_way=True)],
        [Ban(through="ABC")],
    )
    exported = export(graph, tmp_path / "network.osm.pbf")
    ways: dict[int, tuple[list[int], str, str]] = {}
    relations: list[list[tuple[str, int, str]]] = []
    for item in osmium.FileProcessor(str(tmp_path / "network.osm.pbf")):
        if isinstance(item, osmium.osm.Way):
            ways[item.id] = ([n.ref for n in item.nodes], dict(item.tags)["ds"], dict(item.tags)["oneway"])
        elif isinstance(item, osmium.osm.Relation):
            relations.append([(m.type, m.ref, m.role) for m in item.members])
    middle = 3 + 1 + 2
    assert ways == {
        1: ([1, 2], "100", "no"),
        5: ([1, middle], "50", "yes"),
        6: ([middle, 2], "50", "yes"),
        7: ([2, 3], "100", "yes"),
    }
    # The ban itself, and the U-turns at B and A that OSRM would make on its own account.
    assert relations == [
        [("w", 1, "from"), ("n", 2, "via"), ("w", 7, "to")],
        [("w", 1, "from"), ("n", 2, "via"), ("w", 1, "to")],
        [("w", 1, "from"), ("n", 1, "via"), ("w", 1, "to")],
    ]
    assert exported.edge_ms.tolist() == [10_000] * 4
    assert exported.ends[2].tolist() == [-1, -1]


def test_a_time_that_grows_with_the_square_of_the_size_has_exponent_two() -> None:
    sizes = [10, 20, 40]
    figures = [(n, [BenchLine(name="path", value=n * n / 7, unit="ms")]) for n in sizes]
    (line,) = routing.exponents(figures)
    assert line.name == "path_exponent"
    assert line.value == pytest.approx(2.0)
