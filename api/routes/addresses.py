"""Where a caller says he is: kilometre posts on numbered roads."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.auth import InService, Operator
from api.schemas import PostsIn
from api.service import Service
from dispatch_core.errors import InvalidInput, NotFound
from dispatch_core.roads.addressing import Post, locate, parse
from dispatch_core.store import settings as stored

router = APIRouter(prefix="/v1", tags=["addresses"])
Json = dict[str, Any]
CONFIGURED = "kilometre_posts"


@router.get("/locate")
def locate_address(
    q: Annotated[str, Query(min_length=3, max_length=200)], service: InService, _: Operator
) -> Json:
    """The place of an address such as `G15 K1024+300 northbound` or `沪渝高速 K12+050 上行`.

    Reckoned along the road from the nearest known post, on the carriageway that the direction names.
    """
    address = parse(q)
    if address is None:
        raise InvalidInput("q", "has not the form ROAD K<km>+<m> [direction], as in G15 K1024+300 northbound")
    graph = service.roads.graph
    found = locate(graph, known_posts(service), address)
    if found is None:
        raise NotFound("place", f"{q}: {address.road} ends before it in this region")
    return {
        "lon": round(found.place.lon, 6), "lat": round(found.place.lat, 6), "edge": found.edge,
        "road": address.road, "chainage_m": address.chainage_m,
        "direction": None if address.bound is None else address.bound.value,
        "street": graph.name(found.edge) or graph.ref(found.edge), "from_post_m": round(found.from_post_m),
    }  # fmt: skip


@router.get("/kilometre-posts")
def posts(service: InService, _: Operator) -> Json:
    """Those that the city configured, and those of the map."""
    return {
        "configured": [_shown(post) for post in _configured(service)],
        "mapped": [_shown(post) for post in service.region.posts],
    }


@router.put("/kilometre-posts")
def configure(body: PostsIn, service: InService, _: Operator) -> Json:
    """Replace the configured posts; a road's origin has `chainage_m` 0. They win over those of the map."""
    kept = [post.model_dump() for post in body.posts]
    with service.engine.begin() as connection:
        stored.put(connection, CONFIGURED, kept, at=service.uow.clock(), by="operator")
    return {"configured": len(kept)}


def known_posts(service: Service) -> list[Post]:
    """The city's own first: they win."""
    return [*_configured(service), *service.region.posts]


def _configured(service: Service) -> list[Post]:
    with service.engine.connect() as connection:
        kept = stored.find(connection, CONFIGURED, at=service.uow.clock()) or []
    return [PostsIn.model_validate({"posts": [one]}).posts[0].post() for one in kept]


def _shown(post: Post) -> Json:
    return {
        "road": post.road, "chainage_m": post.chainage_m, "lon": post.place.lon, "lat": post.place.lat
    }  # fmt: skip
