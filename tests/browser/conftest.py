"""Browser tests share one Chromium; each has pages of its own and fails on whatever a page complains of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from api.pages import router
from tests.browser.browsing import Watch, chromium_browser, new_context
from tests.browser.serving import served

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def pages_url() -> Iterator[str]:
    """Our pages and assets without the service behind them."""
    app = FastAPI()
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
