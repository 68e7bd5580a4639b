"""The console in headless Chromium, open or closed, for measurements."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NEEDED = "measuring the console needs Chromium and Playwright: sudo apt install chromium, and scripts/bench console"
_FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


class NoBrowserError(RuntimeError):
    """There is no browser to measure with; the message names the cure."""


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """Opens the console of one emulator, one page at a time."""

    browser: Any
    api: str

    @contextlib.contextmanager
    def opened(self) -> Iterator[float]:
        """Keep the page of requests open while the block lasts; yield its first paint, in ms after navigation."""
        page = self.browser.new_page(viewport={"width": 1280, "height": 900})
        try:
            page.goto(f"{self.api}/#/requests")
            page.get_by_text("live", exact=True).wait_for()
            page.wait_for_function(f"() => ({_FIRST_PAINT})() > 0")
            yield float(page.evaluate(_FIRST_PAINT))
        finally:
            page.close()


@contextlib.contextmanager
def console_page(api: str) -> Iterator[ConsolePage]:
    """Start Chromium. Raises `NoBrowserError`."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415  # of the extra `browser`
    except ImportError as error:
        raise NoBrowserError(NEEDED) from error
    if not path:
        raise NoBrowserError(NEEDED)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield ConsolePage(chromium, api)
        chromium.close()
