"""A caller at a kilometre post is found, through HTTP."""

from __future__ import annotations

import pytest

from tests.api.town import Town
from tests.city import BLOCK_M, corner


def test_an_address_is_found_from_a_configured_origin_on_the_right_carriageway(town_service: Town) -> None:
    origin = corner(0, 4)
    posts = [{"road": "解放路", "chainage_m": 0, "lon": origin.lon, "lat": origin.lat}]
    put = town_service.http.put("/v1/kilometre-posts", json={"posts": posts})
    assert put.json() == {"configured": 1}
    found = town_service.get("/v1/locate?q=解放路 K1%2B250 eastbound")
    expected = corner(1250 / BLOCK_M, 4)
    assert found["lon"] == pytest.approx(expected.lon, abs=1e-5)
    assert found["lat"] == pytest.approx(expected.lat, abs=1e-5)
    assert found["from_post_m"] == 1250
    assert found["street"] == "解放路"
    assert town_service.get("/v1/kilometre-posts") == {"configured": posts, "mapped": []}


@pytest.mark.parametrize(("q", "status"), [("somewhere", 422), ("G99 K1+0", 422), ("解放路 K1+0", 422)])
def test_what_cannot_be_found_says_why(town_service: Town, q: str, status: int) -> None:
    answer = town_service.http.get("/v1/locate", params={"q": q})
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_beyond_the_end_of_the_road_is_nowhere(town_service: Town) -> None:
    origin = corner(0, 0)
    posts = [{"road": "解放路", "chainage_m": 0, "lon": origin.lon, "lat": origin.lat}]
    town_service.http.put("/v1/kilometre-posts", json={"posts": posts}).raise_for_status()
    assert town_service.http.get("/v1/locate", params={"q": "解放路 K900+0 eastbound"}).status_code == 404
