"""Pages and assets, with the headers that keep every request of theirs on this origin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.pages.assets import MEDIA_TYPES, Assets

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # A party's address carries its token: it must not travel in a Referer.
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

router = APIRouter(include_in_schema=False)
assets = Assets()
_templates = Environment(
    loader=PackageLoader("api.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def _page(name: str, **headers: str) -> HTMLResponse:
    html = _templates.get_template(name).render(assets=f"/assets/{assets.version}")
    return HTMLResponse(html, headers=PAGE_HEADERS | headers)


@router.get("/")
def live_page() -> HTMLResponse:
    """The dispatcher's live map."""
    return _page("live.html")


@router.get("/t/{token}")
def party_page(token: str) -> HTMLResponse:  # noqa: ARG001  the page reads it from its own address
    """One party's rescue; what it may show is decided where it asks, `/v1/track/{token}`."""
    return _page("party.html")


@router.get("/desk")
def desk() -> RedirectResponse:
    """Another name of the live map."""
    return RedirectResponse("/")


@router.get("/drive")
def driver_page() -> HTMLResponse:
    """A crew's phone: the one page that may ask where it is."""
    where = PAGE_HEADERS["Permissions-Policy"].replace("geolocation=()", "geolocation=(self)")
    return _page("drive.html", **{"Permissions-Policy": where})


@router.get("/drive.webmanifest")
def driver_manifest() -> Response:
    """What a phone needs to put the driver's page on its home screen."""
    manifest = {
        "name": "云车通 · 车组", "short_name": "云车通", "id": "/drive", "start_url": "/drive",
        "scope": "/drive",
        "display": "standalone", "orientation": "portrait", "background_color": "#0b1012",
        "theme_color": "#0b1012", "lang": "zh-CN", "icons": [
            {"src": f"/assets/{assets.version}/icons/mark-192.png", "sizes": "192x192", "type": "image/png"},
            {"src": f"/assets/{assets.version}/icons/mark-512.png", "sizes": "512x512", "type": "image/png"},
            {"src": f"/assets/{assets.version}/icons/mark.svg", "sizes": "any", "type": "image/svg+xml"},
        ],
    }  # fmt: skip
    return JSONResponse(manifest, media_type=MEDIA_TYPES[".webmanifest"])


@router.get("/drive-worker.js")
def driver_worker() -> Response:
    """The service worker, at the root so that its scope may be `/drive`; it changes with the assets."""
    found = assets.find("js/drive/worker.js")
    body = b"" if found is None else found.body
    head = f'const VERSION = "{assets.version}";\n'.encode()
    return Response(head + body, media_type=MEDIA_TYPES[".js"], headers=PAGE_HEADERS)


@router.get("/hospital")
def hospital_page() -> HTMLResponse:
    """A hospital's board: who is being brought, when, with what."""
    return _page("hospital.html")


@router.get("/plan")
def planning_page() -> HTMLResponse:
    """The planner's: scenarios made on the map, run beside the desk, compared."""
    return _page("plan.html")


@router.get("/rules")
def rules_page() -> HTMLResponse:
    """The supervisor's: every weight, threshold and plan, dated, with who changed it and why."""
    return _page("rules.html")


@router.get("/register")
def register_page() -> HTMLResponse:
    """The city's own lists: units, stations, hospitals and other places, one by one or as tables."""
    return _page("register.html")


@router.get("/signin")
def sign_in_page() -> HTMLResponse:
    """Where operators sign in, by token or code."""
    return _page("signin.html")


@router.get("/styleguide")
def style_guide() -> HTMLResponse:
    """Every component of the design system, in both themes."""
    return _page("styleguide.html")


@router.get("/docs")
def api_reference() -> HTMLResponse:
    """The API's reference, from its OpenAPI document; FastAPI's own page fetches its parts from elsewhere."""
    return _page("reference.html")


@router.get("/assets/{version}/{name:path}")
def asset(version: str, name: str, accept_encoding: Annotated[str, Header()] = "") -> Response:
    """One file of the pages; an old version's address still answers, but is not to be kept."""
    found = assets.find(name)
    if found is None:
        return Response("no such asset\n", status_code=404, media_type="text/plain")
    lasting = version == assets.version
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    if found.gzipped and "gzip" in accept_encoding:
        headers["Content-Encoding"] = "gzip"
        return Response(found.gzipped, media_type=found.media_type, headers=headers)
    return Response(found.body, media_type=found.media_type, headers=headers)


@router.get("/favicon.ico")
def favicon() -> Response:
    """The mark that browsers ask for by themselves."""
    found = assets.find("icons/mark.svg")
    return Response(found.body if found else b"", media_type="image/svg+xml")
