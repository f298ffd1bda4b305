"""Browser tests share one Chromium; each has pages of its own and fails on whatever a page complains of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.pages import router
from tests.browser.browsing import SIGNED_OUT, Watch, chromium_browser, new_context
from tests.browser.city import City, running_city, sign_in
from tests.browser.serving import served
from tests.databases import Databases

OpenPage = Callable[..., Page]
# How long a page takes where the CPU plays the graphics card, and shares it, is no matter for a test.
expect.set_options(timeout=40_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def pages_url() -> Iterator[str]:
    """Our pages and assets without the service behind them."""
    app = FastAPI(docs_url=None)
    app.include_router(router)
    with served(app) as url:
        yield url


@pytest.fixture(scope="module")
def modules(browser: Browser, pages_url: str) -> Iterator[Page]:
    """A page in which our modules can be imported and asked."""
    context = new_context(browser)
    page = context.new_page()
    page.goto(f"{pages_url}/styleguide")
    page.wait_for_selector(".guide h1")
    yield page
    context.close()


@pytest.fixture
def ask(modules: Page) -> Callable[..., Any]:
    """Run statements in which `m` is the module of that name and `a` the arguments; they return."""

    def answer(module: str, statements: str, *arguments: Any) -> Any:
        return modules.evaluate(
            f"""async ([module, a]) => {{
                const m = await import(`${{document.body.dataset.assets}}/js/${{module}}`);
                {statements}
            }}""",
            [module, list(arguments)],
        )

    return answer


@pytest.fixture(scope="session")
def whole_city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """One small city for all tests of the session: opening one takes seconds."""
    with databases.clone() as url, running_city(url, tmp_path_factory.mktemp("var")) as city:
        city.staff(ambulances=14, tows=24)
        city.be_patient()
        yield city


@pytest.fixture
def city(whole_city: City) -> Iterator[City]:
    """Nothing open in it that another test left behind, and crews that were heard of lately."""
    whole_city.freshen()
    yield whole_city
    whole_city.quieten()


@pytest.fixture
def visitor(browser: Browser, city: City, watched: Callable[..., Watch]) -> Iterator[Callable[..., Page]]:
    """A page of someone who has not signed in; names the complaints that the test provokes."""
    contexts: list[BrowserContext] = []

    def enter(*expected: str, origin: str = city.url, **wishes: Any) -> Page:
        contexts.append(new_context(browser, **wishes))
        page = contexts[-1].new_page()
        watched(page, origin, *expected)
        return page

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def shared_desk(browser: Browser, whole_city: City) -> Iterator[tuple[Page, Watch]]:
    """The desk that most tests sit at: opening one costs seconds where the CPU plays the graphics card."""
    context = new_context(browser)
    page = context.new_page()
    watch = Watch(origin=whole_city.url)
    watch.over(page)
    yield page, watch
    context.close()


@pytest.fixture
def desk(city: City, visitor: OpenPage, shared_desk: tuple[Page, Watch]) -> Iterator[OpenPage]:
    """A signed-in page whose map is drawn, with nothing chosen; with wishes a fresh one."""
    shared, watch = shared_desk

    def open_desk(*expected: str, **wishes: Any) -> Page:
        page = visitor(SIGNED_OUT, *expected, **wishes) if wishes else shared
        watch.expected = (SIGNED_OUT, *expected)
        if page.url != f"{city.url}/":
            sign_in(page, city)
        page.keyboard.press("Escape")
        page.get_by_role("tab").first.click() if "is_mobile" not in wishes else None
        return page

    yield open_desk
    assert watch.errors == []
    assert watch.strangers == []


@pytest.fixture
def watched() -> Iterator[Callable[[Page, str], Watch]]:
    """Watch a page from now on; whatever it complained of fails the test at its end."""
    watches: list[Watch] = []

    def watch(page: Page, origin: str, *expected: str) -> Watch:
        watches.append(Watch(origin=origin, expected=expected))
        watches[-1].over(page)
        return watches[-1]

    yield watch
    for each in watches:
        assert each.errors == []
        assert each.strangers == []
