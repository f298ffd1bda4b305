"""The page's own modules, asked one by one in the browser that runs them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser
Ask = Callable[..., Any]

# A street of two bends near the equator, where a degree is 111,195 m either way.
STREET = [[0.0, 0.0], [0.001, 0.0], [0.001, 0.001], [0.003, 0.001]]
DEGREE_M = 111_195

TAKE = """
    const events = [];
    let rest = "";
    for (const part of a[0]) rest = m.takeEvents(rest + part, (event) => events.push([event.name, event.id, event.text.join("|")]));
    return [events, rest];
"""  # noqa: E501


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_events_are_the_same_however_the_network_cuts_them(ask: Ask, size: int, end: str) -> None:
    lines = [
        ": heartbeat",
        "",
        "event: unit",
        "id: 7",
        'data: {"a":',
        "data: 1}",
        "",
        "data:x",
        "",
        "id: 9",
        "",
    ]
    text = end.join([*lines, "event: half"])
    parts = [text[i : i + size] for i in range(0, len(text), size)]
    events, rest = ask("stream.js", TAKE, parts)
    assert events == [["unit", "7", '{"a":|1}'], ["message", None, "x"], ["message", "9", ""]]
    assert rest == "event: half"


def test_a_place_beside_the_route_is_found_along_it(ask: Ask) -> None:
    found = ask("motion.js", "return new m.Line(a[0]).locate([0.0011, 0.0005]);", STREET)
    assert found["along_m"] == pytest.approx(0.0015 * DEGREE_M, rel=1e-3)
    assert found["off_m"] == pytest.approx(0.0001 * DEGREE_M, rel=1e-3)


def test_the_way_ahead_starts_at_the_unit_and_ends_where_the_route_ends(ask: Ask) -> None:
    rest = ask("motion.js", "return new m.Line(a[0]).rest(a[1]);", STREET, 0.0005 * DEGREE_M)
    assert rest[0] == pytest.approx([0.0005, 0.0])
    assert rest[1:] == STREET[1:]


def test_a_unit_drives_round_the_corner_and_not_across_the_block(ask: Ask) -> None:
    halfway = ask(
        "motion.js",
        """
        const motion = new m.Motion();
        motion.seen("u", { lon: 0, lat: 0, heading_deg: 90 }, 0);
        motion.follow("u", a[0]);
        motion.seen("u", { lon: 0.001, lat: 0.001, heading_deg: 0 }, 1000);
        const moves = [1550, 9000].map((at) => motion.fastest(at) > 0);
        return [motion.at("u", 1550), motion.at("u", 9000), ...moves];
        """,
        STREET,
    )
    at_half, at_end, moving_then, moving_later = halfway
    assert [at_half["lon"], at_half["lat"]] == pytest.approx([0.001, 0.0], abs=2e-5)
    assert [at_end["lon"], at_end["lat"]] == pytest.approx([0.001, 0.001])
    assert (moving_then, moving_later) == (True, False)


def test_without_a_route_a_unit_moves_straight_and_turns_the_short_way(ask: Ask) -> None:
    here = ask(
        "motion.js",
        """
        const motion = new m.Motion();
        motion.seen("u", { lon: 0, lat: 0, heading_deg: 350 }, 0);
        motion.seen("u", { lon: 0.001, lat: 0, heading_deg: 10 }, 1000);
        return motion.at("u", 1000 + 0.25 * 1100);
        """,
    )
    assert here["lon"] == pytest.approx(0.00025)
    assert min(here["heading"], 360 - here["heading"]) < 1


def test_a_far_jump_is_taken_at_once(ask: Ask) -> None:
    here = ask(
        "motion.js",
        """
        const motion = new m.Motion();
        motion.seen("u", { lon: 0, lat: 0 }, 0);
        motion.seen("u", { lon: 1, lat: 0 }, 1000);
        return motion.at("u", 1001);
        """,
    )
    assert here["lon"] == 1


@pytest.mark.parametrize(("lon", "lat"), [(0, 0), (120.16, 33.35), (-71.25, -29.9), (179.9, 70)])
def test_the_quick_projection_agrees_with_the_definition_of_mercator(
    ask: Ask, lon: float, lat: float
) -> None:
    x, y = ask("map/projection.js", "return [m.mercatorX(a[0]), m.mercatorY(a[1])];", lon, lat)
    assert x == pytest.approx(lon / 360 + 0.5)
    assert y == pytest.approx(0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (245, "4:05"), (3845, "1:04:05"), (-3, "0:00")]
)
def test_a_clock_reads_as_people_write_it(ask: Ask, seconds: float, text: str) -> None:
    assert ask("i18n.js", "return m.clock(a[0]);", seconds) == text


@pytest.mark.parametrize(("n", "text"), [(1, "1 vehicle"), (0, "0 vehicles"), (2, "2 vehicles")])
def test_english_counts_one_thing_and_many_things(ask: Ask, n: int, text: str) -> None:
    statements = 'await m.loadLanguage("en"); return m.t("incident.vehicles", { n: a[0] });'
    assert ask("i18n.js", statements, n) == text


ROUTES = """
    const map = { shown: {}, on() {}, getSource(name) { return this.shown[name]; }, addLayer() {},
      addSource(name) { this.shown[name] = { setData: (data) => (this.drawn = data) }; } };
    const world = { incidents: new Map([["i", { lon: a[0], lat: 0 }]]), missions: new Map([["m", {
      id: "m", incident_id: "i", unit_id: "u", status: a[1], version: 1, destination: { lon: 0, lat: a[0] },
      route: { coordinates: [[-0.01, 0], [0, 0]] } }]]) };
    const motion = { routeAhead: () => null };
    new m.RoutesLayer(map, { world, motion, isChosen: () => true });
    const links = map.drawn.features.filter(({ properties }) => properties.link);
    return links.map(({ geometry }) => geometry.coordinates);
"""


@pytest.mark.parametrize(
    ("off", "status", "links"),
    [
        (0.001, "en_route", [[[0, 0], [0.001, 0]]]),
        (0.0001, "en_route", []),
        (0.001, "loaded", [[[0, 0], [0, 0.001]]]),
    ],
)
def test_a_route_that_ends_beside_its_goal_is_joined_to_it(
    ask: Ask, off: float, status: str, links: Any
) -> None:
    assert ask("map/routes_layer.js", ROUTES, off, status) == links


WORLD = """
    const world = new m.World();
    const unit = { id: "u", call_sign: "救护01", kind: "ambulance", status: "available", mission_id: null, version: 3,
      position: { lon: 1, lat: 2, heading_deg: 0, speed_kmh: 0, fixed_at: "2026-01-01T00:00:00.000Z" } };
    const incident = { id: "i", status: "open", priority: 2, reported_at: "2026-01-01T00:00:00Z", held: ["crane"],
      needs: [{ capability: "als", count: 2, filled: 0 }, { capability: "crane", count: 1, filled: 0 }], version: 1 };
    const mission = (id, status, version) => ({ id, incident_id: "i", unit_id: "u", need: "als", status, offered_at: "2026-01-01T00:00:01Z", route: { coordinates: [[0, 0], [1, 1]] }, version });
    world.snapshot({ now: null, drill: null, units: [unit], incidents: [incident], missions: [], places: [] });
"""  # noqa: E501


def test_an_older_state_never_replaces_a_newer_one(ask: Ask) -> None:
    statements = (
        'world.unit({ ...unit, status: "off_shift", version: 2 }); return world.units.get("u").status;'
    )
    assert ask("world.js", WORLD + statements) == "available"


def test_a_status_that_carries_an_old_position_does_not_move_the_unit_back(ask: Ask) -> None:
    statements = """
        world.positions([["u", 5, 6, 90, 40, Date.parse("2026-01-01T00:00:09Z")]]);
        world.unit({ ...unit, status: "engaged", version: 4 });
        const { status, position } = world.units.get("u");
        return [status, position.lon, position.lat];
    """
    assert ask("world.js", WORLD + statements) == ["engaged", 5, 6]


def test_a_declined_mission_leaves_its_need_open_again(ask: Ask) -> None:
    statements = """
        const seen = [];
        const one = (need) => [need.capability, need.missing, need.held];
        const look = () => seen.push(world.needsOf(incident).map(one));
        look();
        world.mission(mission("a", "offered", 1)); look();
        world.mission(mission("a", "declined", 2)); look();
        return seen;
    """
    at_first, offered, declined = ask("world.js", WORLD + statements)
    assert at_first == [["als", 2, False], ["crane", 1, True]]
    assert offered == [["als", 1, False], ["crane", 1, True]]
    assert declined == at_first


def test_a_mission_told_without_its_route_keeps_the_one_it_had(ask: Ask) -> None:
    statements = """
        world.mission(mission("a", "accepted", 1));
        world.mission({ ...mission("a", "en_route", 2), route: null });
        return world.missions.get("a").route.coordinates.length;
    """
    assert ask("world.js", WORLD + statements) == 2


def test_painting_again_keeps_what_a_person_typed_opened_and_focused(ask: Ask) -> None:
    kept = ask(
        "dom.js",
        """
        const box = document.createElement("div");
        document.body.append(box);
        const tree = (n) => [
          m.h("input", { id: "typed" }),
          m.h("details", { id: "opened" }, m.h("summary", {}, "more"), `${n}`),
          m.h("ul", {}, (n ? ["b", "a"] : ["a", "b"]).map((key) => m.h("li", { "data-key": key }, m.h("button", { id: key }, key)))),
        ];
        m.paint(box, tree(0));
        const button = box.querySelector("#b");
        box.querySelector("#typed").value = "苏J";
        box.querySelector("#opened").open = true;
        button.focus();
        m.paint(box, tree(1));
        const answer = [
          box.querySelector("#typed").value, box.querySelector("#opened").open, box.querySelector("#opened").lastChild.data,
          document.activeElement === button, [...box.querySelectorAll("li")].map((li) => li.dataset.key).join(""),
        ];
        box.remove();
        return answer;
        """,  # noqa: E501
    )
    assert kept == ["苏J", True, "1", True, "ba"]


def test_text_is_never_taken_for_markup(ask: Ask) -> None:
    statements = """
        const element = m.h("p", { title: '"><b>' }, "<img src=x onerror=alert(1)>");
        return [element.children.length, element.textContent];
    """
    assert ask("dom.js", statements) == [0, "<img src=x onerror=alert(1)>"]
