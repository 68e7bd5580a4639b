"""Headless Chromium, by Playwright, for tests of the console."""

import contextlib
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


def require_chromium() -> None:
    """Skip at a desk without Chromium; fail where CI is set."""
    if not BROWSER:
        if os.environ.get("CI"):
            pytest.fail("CI is set, and there is no Chromium")
        pytest.skip("no Chromium here: apt-get install chromium")


def camera_frames(path: Path, sample: Path) -> Path:
    """Write frames for Chromium's fake camera: JPEG files of a portrait, one after another."""
    photo = Image.open(sample).convert("RGB").resize((512, 600))
    frame = Image.new("RGB", (640, 600))
    frame.paste(photo, (64, 0))
    buffer = io.BytesIO()
    frame.save(buffer, "JPEG", quality=92)
    path.write_bytes(buffer.getvalue() * 30)
    return path


@contextlib.contextmanager
def chromium(frames: Path) -> Iterator[Any]:
    """Run Chromium with a fake camera. While it lasts, this thread has a running event loop."""
    require_chromium()
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra `browser` is not installed: scripts/test")
    flags = [*FLAGS, *CAMERA, f"--use-file-for-fake-video-capture={frames}"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=BROWSER, args=flags)
        yield browser
        browser.close()


@contextlib.contextmanager
def checked_page(browser: Any) -> Iterator[Any]:
    """Open a page, and fail if one of its scripts fails, or the content security policy refuses anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=["camera"])
    page = context.new_page()
    page.set_default_timeout(60_000)  # the machine runs containers beside
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()
    assert errors == []
