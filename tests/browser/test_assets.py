"""What the pages are made of, checked without a browser."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.pages import router
from api.pages.assets import VENDOR, WEB, Assets
from api.pages.routes import CONTENT_SECURITY_POLICY
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.missions import MissionStatus
from dispatch_core.store.looking_up import LOGGED

LANGUAGES = ("zh-CN", "en")
MODULES = sorted((WEB / "js").rglob("*.js"))


@pytest.fixture(scope="module")
def pages() -> TestClient:
    app = FastAPI(docs_url=None)
    app.include_router(router)
    return TestClient(app)


def words(language: str) -> dict[str, str]:
    """Those of every page and those of each page alone; no key is in two files."""
    found: dict[str, str] = {}
    for path in sorted((WEB / "i18n").glob(f"*{language}.json")):
        part = json.loads(path.read_text(encoding="utf-8"))
        assert not found.keys() & part.keys()
        found |= part
    return found


def test_both_languages_have_the_same_words() -> None:
    chinese, english = (words(language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    assert all(chinese.values())
    assert all(english.values())


def test_a_sentence_asks_for_the_same_values_in_both_languages() -> None:
    chinese, english = (words(language) for language in LANGUAGES)
    for key in chinese:
        asked = [sorted(set(re.findall(r"\{(\w+)\}", text[key]))) for text in (chinese, english)]
        assert asked[0] == asked[1], key


def test_every_word_that_a_module_names_exists() -> None:
    known = words("en")
    named = {
        (path.name, key)
        for path in MODULES
        for key in re.findall(r"""\bt\(\s*"([a-z][\w.]*)\"""", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 80
    assert {(name, key) for name, key in named if key not in known} == set()


def test_every_fact_that_the_log_tells_has_words_of_its_own() -> None:
    known = words("zh-CN")
    told = {
        f"{topic}.{kind}"
        for room in ("dispatch_core", "api")
        for path in (WEB.parents[1] / room).rglob("*.py")
        for topic, kind in re.findall(r'\.record\(\s*"(\w+)", "(\w+)"', path.read_text(encoding="utf-8"))
        if topic in LOGGED
    }
    told |= {f"unit.{status}" for status in UnitStatus} | {f"mission.{status}" for status in MissionStatus}
    assert len(told) > 25
    ours = {one for one in told if f"entry.{one}" in known or f"desk.log.{one}" in known}
    assert told - ours == set()


def test_no_module_parses_text_as_markup() -> None:
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function")
    assert [path.name for path in MODULES if forbidden.search(path.read_text(encoding="utf-8"))] == []


def test_no_asset_of_ours_names_another_origin() -> None:
    allowed = {"https://www.openstreetmap.org/copyright", "http://www.w3.org/2000/svg"}
    found = {
        address
        for path in WEB.rglob("*")
        if path.suffix in {".js", ".css", ".svg", ".json"}
        for address in re.findall(r"https?://[^\s\"'`)<$]+", path.read_text(encoding="utf-8"))
    }
    assert found <= allowed


PATHS = ("/", "/t/some-token", "/styleguide", "/docs", "/drive", "/hospital", "/signin")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_allows_no_inline_script_or_style_and_no_other_origin(pages: TestClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy == CONTENT_SECURITY_POLICY
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", answer.text)


def test_every_file_that_a_page_names_is_served_and_may_be_kept(pages: TestClient) -> None:
    for path in PATHS:
        for name in re.findall(r'(?:src|href)="(/assets/[^"]+)"', pages.get(path).text):
            answer = pages.get(name)
            assert answer.status_code == 200, name
            assert "immutable" in answer.headers["cache-control"]


def test_an_old_address_still_answers_but_is_not_kept(pages: TestClient) -> None:
    answer = pages.get("/assets/000000000000/css/tokens.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "../../api/pages/assets.py",
        "js/../../../pyproject.toml",
        "vendor/maplibre-gl/package.json",
        "vendor/../package.json",
        "vendor/noto-sans-sc/files/../index.css",
        "vendor/",
        "js",
        "vendor\\..\\package.json",
        "js/live.js\0.css",
        "",
    ],
)
def test_nothing_but_the_listed_files_is_found(name: str) -> None:
    assert Assets().find(name) is None


@pytest.mark.parametrize("path", ["..%2f..%2fpyproject.toml", "%2e%2e/%2e%2e/pyproject.toml", "js", "no.css"])
def test_an_address_that_is_no_asset_is_not_found(pages: TestClient, path: str) -> None:
    assert pages.get(f"/assets/any/{path}").status_code == 404


def test_text_travels_compressed_where_the_browser_can(pages: TestClient) -> None:
    plain = pages.get("/assets/any/css/components.css", headers={"accept-encoding": "identity"})
    packed = pages.get("/assets/any/css/components.css", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2


def test_the_version_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a { color: red }")
    first = Assets(web=tmp_path, node_modules=tmp_path / "none").version
    (tmp_path / "a.css").write_text("a { color: tan }")
    second = Assets(web=tmp_path, node_modules=tmp_path / "none").version
    assert first != second


def test_the_libraries_are_installed() -> None:
    assets = Assets()
    assert [name for name in VENDOR if assets.find(f"vendor/{name}") is None] == []
