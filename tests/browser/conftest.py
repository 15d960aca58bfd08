"""Headless Chromium against the running product. Any error a page reports fails the test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.browser.pages import DESKTOP, Console, Widget
from tests.conftest import skip_unless_ci
from tests.e2e.people import Staff
from tests.whole import ROOT, Product

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = ROOT / "docs" / "images"
MOST_BYTES = 200_000

# Chromium itself writes a refused request to the console: here the question who is signed in.
NOT_SIGNED_IN_YET = "the server responded with a status of 401"

expect.set_options(timeout=10_000)

NewPage = Callable[..., Coroutine[Any, Any, Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium as the distribution packs it."""
    executable = shutil.which("chromium")
    if executable is None:
        skip_unless_ci("needs Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(browser: Browser, product: Product) -> AsyncIterator[NewPage]:
    """Opens pages, each in a browser of its own; afterwards none may have reported an error.

    `expected` is a pattern of what a page may write to its console as an error.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def new_page(*, expected: str = "", **options: Any) -> Page:
        context = await browser.new_context(base_url=product.url, locale="zh-CN", **options)
        contexts.append(context)
        page = await context.new_page()

        def on_console(message: Any) -> None:
            if message.type == "error" and not (expected and re.search(expected, message.text)):
                errors.append(f"console: {message.text} ({message.location})")

        page.on("pageerror", lambda error: errors.append(f"uncaught: {error}"))
        page.on("console", on_console)
        return page

    yield new_page
    for context in contexts:
        await context.close()
    assert not errors


@pytest.fixture
def open_widget(new_page: NewPage) -> Callable[..., Coroutine[Any, Any, Widget]]:
    """Opens the customer page and the chat on it."""

    async def open_widget(**options: Any) -> Widget:
        page = await new_page(**{**DESKTOP, **options})
        await page.goto("/")
        widget = Widget(page)
        await widget.open()
        return widget

    return open_widget


@pytest.fixture
def sign_in(new_page: NewPage, product: Product) -> Callable[..., Coroutine[Any, Any, Console]]:
    """Opens a console page and signs in with one of the first users' names."""

    async def sign_in(username: str, path: str = "/console/", expected: str = "") -> Console:
        expected = "|".join(filter(None, (NOT_SIGNED_IN_YET, expected)))
        page = await new_page(**DESKTOP, expected=expected)
        await page.goto(path)
        console = Console(page)
        await console.sign_in(username, product.passwords[username])
        return console

    return sign_in


@pytest.fixture
def cleared_desk(product: Product) -> Iterator[None]:
    """Afterwards nobody waits and nobody is online."""
    yield
    agent = Staff(product.url, "agent1", product.passwords["agent1"])
    agent.clears_the_desk()
    agent.goes()


@pytest.fixture(scope="session")
def picture() -> Callable[[Page, str], Coroutine[Any, Any, None]]:
    """Keeps a picture of a page for the README, if FRONTDOOR_SCREENSHOTS=1 asks for it."""

    async def picture(page: Page, name: str) -> None:
        if os.environ.get("FRONTDOOR_SCREENSHOTS") != "1":
            return
        file = PICTURES / f"{name}.png"
        taken = await page.screenshot(path=file, animations="disabled", caret="hide")
        assert len(taken) < MOST_BYTES, f"{file} is too large for a README"

    return picture
