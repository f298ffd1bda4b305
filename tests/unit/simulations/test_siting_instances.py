"""Location problems as their files tell them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli.siting import app
from dispatch_core.errors import InvalidInput
from simulations.siting.instances import read_instance
from simulations.siting.or_library import is_cover, read_cover


def written(folder: Path, text: str, name: str = "instance.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def asked(*words: str | Path) -> dict[str, object]:
    result = CliRunner().invoke(app, ["solve", *map(str, words), "--json"], catch_exceptions=False)
    told: dict[str, object] = json.loads(result.stdout)
    return told


GRAPH = " 4 4 1 \n 1 2 3 \n 2 3 4 \n 3 4 5 \n 1 2 7 \n"


def test_an_or_library_graph_counts_the_last_of_two_equal_edges(tmp_path: Path) -> None:
    known = read_instance(written(tmp_path, GRAPH))
    assert known.distance.tolist() == [[0, 7, 11, 16], [7, 0, 4, 9], [11, 4, 0, 5], [16, 9, 5, 0]]
    assert known.sites == 1
    assert known.site == ("1", "2", "3", "4")


def test_the_graph_says_how_many_and_sites_are_named_as_in_the_file(tmp_path: Path) -> None:
    told = asked(written(tmp_path, GRAPH), "--problem", "pmedian")
    assert told["objective"] == 20.0
    assert told["gap"] == 0
    assert told["sites"] in (["2"], ["3"])
    assert asked(written(tmp_path, GRAPH), "--problem", "pcenter")["objective"] == 9.0


def test_a_length_of_nothing_is_still_an_edge(tmp_path: Path) -> None:
    known = read_instance(written(tmp_path, "4 3 1\n1 2 0\n2 3 4\n3 4 1\n"))
    assert known.distance[0].round(9).tolist() == [0, 0, 4, 5]


def test_an_edge_beyond_the_nodes_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="line 3"):
        read_instance(written(tmp_path, "4 2 1\n1 2 3\n2 9 4\n"))


def test_pairs_make_a_table(tmp_path: Path) -> None:
    text = "distance,name,DestinationName,demand\n5,A,x,10\n1,B,x,10\n2,A,y,30\n9,B,y,30\n"
    known = read_instance(written(tmp_path, text))
    assert known.distance.tolist() == [[5, 1], [2, 9]]
    assert known.demand.tolist() == [10, 30]
    assert (known.point, known.site) == (("x", "y"), ("A", "B"))


def test_a_pair_that_is_not_listed_has_no_way(tmp_path: Path) -> None:
    known = read_instance(written(tmp_path, "distance,site,point\n5,A,x\n2,B,y\n"))
    assert known.distance.tolist() == [[5, np.inf], [np.inf, 2]]


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4\n5,6\n",
        "1 2\n3 4\n5 6\n",
        ",a,b\np,1,2\nq,3,4\nr,5,6\n",
        "id,a,b\np,1,2\nq,3,4\nr,5,6\n",
        "a,b\n1,2\n3,4\n5,6\n",
    ],
)
def test_a_table_is_points_by_sites_with_names_or_without(tmp_path: Path, text: str) -> None:
    assert read_instance(written(tmp_path, text)).distance.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_a_column_of_the_table_may_be_the_demand(tmp_path: Path) -> None:
    known = read_instance(written(tmp_path, "id,demand,a,b\np,7,1,2\nq,8,3,4\n"))
    assert known.demand.tolist() == [7, 8]
    assert known.distance.tolist() == [[1, 2], [3, 4]]
    assert known.site == ("a", "b")


def test_demands_come_in_any_order_or_a_line_each(tmp_path: Path) -> None:
    table = written(tmp_path, "id,a\np,1\nq,3\n")
    named = written(tmp_path, "point,demand\nq,4\np,2\n", "named.csv")
    assert read_instance(table, demands=named).demand.tolist() == [2, 4]
    assert read_instance(table, demands=written(tmp_path, "5\n6\n", "plain.txt")).demand.tolist() == [5, 6]
    with pytest.raises(InvalidInput, match="3 numbers for 2 points"):
        read_instance(table, demands=written(tmp_path, "5\n6\n7\n", "long.txt"))


def test_a_word_among_the_numbers_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="line 3 has 'far'"):
        read_instance(written(tmp_path, "id,a,b\np,1,2\nq,far,4\n"))


def test_set_covering_text_carries_costs_and_rows(tmp_path: Path) -> None:
    path = written(tmp_path, " 3 4 \n 2 3 4 1 \n 2 \n 1 2 \n 1 \n 3 \n 3 \n 2 3 4 \n")
    assert is_cover(path)
    known = read_cover(path)
    assert known.cost.tolist() == [2, 3, 4, 1]
    assert known.reach.astype(int).tolist() == [[1, 1, 0, 0], [0, 0, 1, 0], [0, 1, 1, 1]]
    told = asked(path, "--problem", "lscp")
    assert told["objective"] == 6.0
    assert told["sites"] == ["1", "3"]


def test_what_a_question_lacks_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "1,2\n3,4\n")
    with pytest.raises(InvalidInput, match="--radius"):
        asked(path, "--problem", "mclp", "--sites", "1")
    with pytest.raises(InvalidInput, match="--sites"):
        asked(path, "--problem", "pmedian")
    with pytest.raises(InvalidInput, match="pmedian"):
        asked(path, "--problem", "tsp", "--sites", "1")
    with pytest.raises(InvalidInput, match="no site Z"):
        asked(path, "--problem", "pmedian", "--sites", "1", "--open", "Z")


def test_with_a_spread_a_site_at_the_limit_counts_half(tmp_path: Path) -> None:
    path = written(tmp_path, "10,1000\n")
    told = asked(
        path, "--problem", "mexclp", "--units", "1", "--radius", "10", "--busy", "0", "--spread", "0.4"
    )
    assert told["objective"] == 0.5


@pytest.mark.parametrize(
    "text",
    [
        ",7,9\n100,1,2\n101,3,4\n",
        "GEOID,7,9\n100,1,2\n101,3,4\n",
        "tract;7;9\n100;1,0;2\n101;3;4,0\n",
        "7 9\n100 1 2\n101 3 4\n",
        "id|pop|7|9\n100|1|1|2\n101|1|3|4\n",
        "GEOID,7,9,Population\n100,1,2,1\n101,3,4,1\n",
    ],
)
def test_points_and_sites_may_be_numbered(tmp_path: Path, text: str) -> None:
    known = read_instance(written(tmp_path, text, "table.csv"))
    assert (known.point, known.site) == (("100", "101"), ("7", "9"))
    assert known.distance.tolist() == [[1, 2], [3, 4]]
    assert known.demand.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,a,b\np,1,2\nq,3\nr,5,6\n", "line 3 has 2 cells, others 3"),
        ("id,a,demand\np,1,2\nq,3,\n", "line 3: the demand '' must be a number"),
        ("id,a,demand\np,1,-2\n", "line 2: the demand '-2' must be a number of at least 0"),
        ("id,a,b\n", "has a heading and nothing below it"),
    ],
)
def test_a_table_that_cannot_be_names_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_instance(written(tmp_path, text, "table.csv"))


def test_demands_by_a_number_of_their_own_are_taken_in_order_where_points_have_no_names(
    tmp_path: Path,
) -> None:
    table = written(tmp_path, "0,1\n1,0\n", "table.csv")
    demands = written(tmp_path, "id,Weight\n1,5\n2,7\n", "demands.csv")
    assert read_instance(table, demands=demands).demand.tolist() == [5, 7]
