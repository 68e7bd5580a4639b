"""Makes the picture of the console in README: one request with two people, as a browser shows it."""

import base64
import shutil
import sys
import tempfile
import time
import uuid
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from emulator.free_ports import free_ports
from emulator.kept_places import ConsolePlace
from emulator.settings import LOCAL_ENGINE, Settings
from facepipe.client.photos import Frame
from facepipe.client.sketch import camera_like_frames
from facepipe.local_pipeline import running
from facepipe.paths import Paths
from services.enrolment.gallery_place import seed

WIDTH_PX, HEIGHT_PX = 1100, 900


def send(url: str, photo: Frame) -> str:
    """Post a photo; return its request_id."""
    request_id = str(uuid.uuid4())
    content = base64.b64encode(photo.content).decode()
    body = {"content": content, "request_id": request_id, "filename": photo.name}
    httpx.post(url, json=body, timeout=60).raise_for_status()
    return request_id


def wait_until_complete(api: str, request_id: str) -> None:
    """Wait for the end of a request, after which the environments are warm."""
    while not httpx.get(f"{api}/trace/{request_id}", timeout=60).json().get("complete"):
        time.sleep(0.2)


def take_picture(api: str, request_id: str, browser: str, target: Path) -> None:
    """Open a request's page, wait until everybody on the photo has a name, and take a picture of the page."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
        page.goto(f"{api}/#/requests/{request_id}")
        page.locator("svg text.box-name").first.wait_for()
        page.get_by_text("complete", exact=True).wait_for()
        page.screenshot(path=target)
        chromium.close()


def main(target: Path) -> None:
    """Start a pipeline, send a photo of two people, and take the picture."""
    browser, paths = shutil.which("chromium") or shutil.which("google-chrome"), Paths()
    if not browser:
        sys.exit("screenshots: needs Chromium; on Debian and Ubuntu: sudo apt install chromium")
    with tempfile.TemporaryDirectory() as folder:
        gallery = Path(folder) / "gallery.npz"
        seed(gallery, paths.models)
        settings = Settings(
            paths.template, ports=free_ports(), engine=LOCAL_ENGINE, console=ConsolePlace(paths.console_pages)
        )
        with running(settings, Path(folder) / "up.log", gallery=gallery) as local:
            url, api = f"http://127.0.0.1:{local.ports.url}/", f"http://127.0.0.1:{local.ports.api}"
            both = next(frame for frame in camera_like_frames(paths.samples) if frame.name.startswith("both"))
            wait_until_complete(api, send(url, both))
            take_picture(api, send(url, both), browser, target)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/console.png"))
