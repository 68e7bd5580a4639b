"""The console in front of containers: each view once. tests/browser has all that does not depend on them."""

import re
from pathlib import Path
from typing import Any

from facepipe.client.photos import photo
from tests.acceptance.compose import ComposePipeline
from tests.chromium import camera_frames, checked_page, chromium


def test_each_view_works_with_containers_and_elasticmq(
    containers: ComposePipeline, samples: Path, tmp_path: Path
) -> None:
    frames = camera_frames(tmp_path / "frames.mjpeg", samples / "grace_hopper.jpg")
    with chromium(frames) as browser, checked_page(browser) as page:
        look_at_each_view(page, containers, samples)


def look_at_each_view(page: Any, containers: ComposePipeline, samples: Path) -> None:
    api = containers.endpoints.api
    (row,) = containers.send([photo(samples / "grace_hopper.jpg")])
    assert row.answer, row.problem
    page.goto(f"{api}/#/requests/{row.request_id}")
    page.locator("svg text.box-name", has_text="Grace Hopper").wait_for()
    page.get_by_role("table", name="Where the time went").get_by_text("face-recognition", exact=True).wait_for()
    page.get_by_role("link", name="Requests", exact=True).click()
    page.locator(".row", has_text=row.request_id).get_by_text("Grace Hopper").wait_for()
    page.get_by_role("link", name="Camera").click()
    page.get_by_label("Function URL").locator("option").first.wait_for(state="attached")
    page.get_by_role("button", name="Start the webcam").click()
    page.get_by_role("button", name="One shot").click()
    page.locator(".marks text", has_text="Grace Hopper").wait_for()
    page.get_by_role("link", name="Queues").click()
    page.get_by_role("link", name="facepipe-requests", exact=True).click()
    page.get_by_text("facepipe-requests cannot be looked into: its server shows messages only to receivers").wait_for()
    page.get_by_role("link", name="← all queues").click()
    page.get_by_role("link", name="facepipe-requests-dlq").click()
    page.get_by_text(re.compile(r"^\d+ messages?; the server shows messages only to receivers")).wait_for()
    page.get_by_role("link", name="Functions").click()
    page.locator(".card", has_text=re.compile("^face-recognition")).get_by_text("warm").first.wait_for()
    page.get_by_role("table", name="The last REPORT lines of face-detection").get_by_text("of 1769 MB").first.wait_for()
    page.get_by_role("link", name="Findings").click()
    page.get_by_text(re.compile("^template: .*template.yaml: 2 functions")).wait_for()
