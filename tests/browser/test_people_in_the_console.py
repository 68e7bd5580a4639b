"""People in the console: enrolled with clicks and recognised next time, from files and from a request's crop."""

import re
from pathlib import Path
from typing import Any

import pytest

from facepipe.paths import Paths
from tests.browser.conftest import SAMPLE, Running
from tests.browser.test_requests_in_the_console import open_console

ASTRONAUT = Paths().samples / "astronaut.png"


def card(page: Any, name: str) -> Any:
    return page.get_by_role("region", name=name, exact=True)


def wait_for_result(page: Any, running: Running, request_id: str, name: str) -> None:
    page.goto(f"{running.api}/#/requests/{request_id}")
    page.locator("svg text.box-name", has_text=name).wait_for()


def test_a_person_is_enrolled_from_a_requests_crop_and_recognised_next_time(page: Any, faces: Running) -> None:
    first = faces.send(filename="astronaut-1.png", content=ASTRONAUT.read_bytes())
    wait_for_result(page, faces, first, "unknown")
    page.locator("ol.near li", has_text="Grace Hopper").wait_for()
    page.get_by_label("This is").fill("Eileen Collins")
    page.locator("form.this-is").get_by_role("button", name="Add").click()
    page.get_by_text("Eileen Collins: enrolled").wait_for()
    page.locator("ol.near li.good", has_text=re.compile(r"Eileen Collins 0\.0\d")).wait_for()

    second = faces.send(filename="astronaut-2.png", content=ASTRONAUT.read_bytes())
    wait_for_result(page, faces, second, "Eileen Collins")

    page.get_by_role("link", name="People").click()
    person = card(page, "Eileen Collins")
    page.wait_for_function("() => [...document.querySelectorAll('figure img')].every(i => i.naturalWidth === 160)")
    person.get_by_text("astronaut-1.png").wait_for()
    person.get_by_role("button", name="Remove person").click()
    person.wait_for(state="detached")

    third = faces.send(filename="astronaut-3.png", content=ASTRONAUT.read_bytes())
    wait_for_result(page, faces, third, "unknown")


def test_photos_are_added_with_what_is_odd_about_them_and_taken_back(page: Any, faces: Running) -> None:
    open_console(page, faces, "people")
    card(page, "Grace Hopper").get_by_text("grace_hopper.jpg").wait_for()
    page.get_by_label("Name of the person").fill("Amazing Grace")
    page.get_by_label("Photos of the person").set_input_files(SAMPLE)
    page.get_by_role("button", name="Add", exact=True).click()
    odd = page.locator("li", has_text="one of the two names is wrong")
    odd.get_by_text("look like one person").wait_for()
    card(page, "Amazing Grace").get_by_text("Looks like one person with Grace Hopper").wait_for()
    page.get_by_role("table", name="Distances between people").get_by_role("cell", name="0.00").first.wait_for()
    odd.get_by_role("button", name="Take it back").click()
    card(page, "Amazing Grace").wait_for(state="detached")
    page.get_by_text("taken back").wait_for()


def test_what_cannot_be_enrolled_is_told(page: Any, faces: Running, tmp_path: Path) -> None:
    open_console(page, faces, "people")
    page.get_by_label("Name of the person").fill("unknown")
    page.get_by_label("Photos of the person").set_input_files(SAMPLE)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("'unknown' cannot be a person's name").wait_for()
    page.get_by_label("Name of the person").fill('<img src=x onerror="document.title=1">')
    no_photo = {"name": '<img src=y onerror="document.title=1">.jpg', "mimeType": "image/jpeg", "buffer": b"no photo"}
    page.get_by_label("Photos of the person").set_input_files(no_photo)
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("li", has_text="left out").get_by_text("no image that is understood").wait_for()
    assert page.locator("img[src=x], img[src=y]").count() == 0


def test_the_threshold_shows_what_another_one_would_change(page: Any, faces: Running) -> None:
    stranger = faces.send(filename="stranger.png", content=ASTRONAUT.read_bytes())
    known = faces.send(filename="grace-known.jpg")
    wait_for_result(page, faces, stranger, "unknown")
    wait_for_result(page, faces, known, "Grace Hopper")
    page.get_by_role("link", name="People").click()
    part = page.get_by_role("region", name="Threshold")
    part.get_by_text(re.compile(r"In use is 0\.\d\d, that of the gallery")).wait_for()
    part.locator("circle.dot.named").first.wait_for()
    part.get_by_role("slider").fill("1.6")
    part.get_by_text(re.compile(r"would get a name")).wait_for()
    changes = page.get_by_role("table", name="What would change")
    changes.get_by_role("row").filter(has_text="unknown").filter(has_text="Grace Hopper").first.wait_for()
    part.get_by_role("slider").fill("0.4")
    part.get_by_text(re.compile(r"nothing changes|would lose the name")).wait_for()
    part.get_by_role("button", name="As it is").click()
    part.get_by_text("nothing changes").wait_for()


def test_whoever_has_no_photo_sends_the_sample(page: Any, faces: Running) -> None:
    open_console(page, faces, "camera")
    page.get_by_label("Function URL").locator("option").first.wait_for(state="attached")
    page.get_by_role("button", name="Send a sample photo").click()
    page.locator("li", has_text="Grace Hopper").wait_for()


@pytest.mark.parametrize("width", [360, 2560])
def test_people_fit_narrow_and_wide_windows(page: Any, faces: Running, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    open_console(page, faces, "people")
    card(page, "Grace Hopper").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_axe_finds_no_serious_fault_among_people_and_faces(page: Any, faces: Running) -> None:
    from axe_playwright_python.sync_playwright import Axe

    request_id = faces.send(filename="axe.jpg")
    for view in ("people", f"requests/{request_id}"):
        open_console(page, faces, view)
        page.get_by_text("Grace Hopper").first.wait_for()
        found = Axe().run(page).response["violations"]
        assert [(view, fault["id"]) for fault in found if fault["impact"] in ("serious", "critical")] == []


def test_other_applications_have_no_people(page: Any, tiny: Running) -> None:
    open_console(page, tiny, "people")
    assert page.get_by_role("link", name="People").count() == 0
    page.get_by_role("heading", name="Requests").wait_for()
    open_console(page, tiny, "camera")
    assert not page.get_by_role("button", name="Send a sample photo").is_visible()
