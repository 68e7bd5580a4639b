"""Requests in the console: live, one in full, with real photos."""

import re
from typing import Any

import httpx
import pytest

from tests.browser.conftest import Running

VIEWS = ("requests", "camera", "queues", "functions", "findings")
#: what is there when a view has loaded
READY = {
    "requests": ".row, h2",
    "camera": "h2",
    "queues": "table, .message",
    "functions": ".chip",
    "findings": ".finding",
}
STRANGE = '<img src=x onerror="document.title=1">'


def open_console(page: Any, running: Running, view: str = "requests") -> None:
    page.goto(f"{running.api}/#/{view}")
    page.wait_for_selector("nav a[aria-current=page]")


def test_a_photo_appears_live_with_its_picture_and_who_is_on_it(page: Any, faces: Running) -> None:
    open_console(page, faces)
    page.get_by_text("live", exact=True).wait_for()
    faces.send(filename="grace-live.jpg")
    row = page.locator(".row", has_text="grace-live.jpg")
    row.wait_for()
    page.wait_for_function("() => document.querySelector('.row img')?.naturalWidth > 0")
    row.get_by_text("Grace Hopper").wait_for()
    row.get_by_text("done").wait_for()


def test_one_request_shows_photo_boxes_names_time_messages_and_log(page: Any, faces: Running) -> None:
    request_id = faces.send(filename="grace.jpg")
    open_console(page, faces, f"requests/{request_id}")
    page.locator("svg text.box-name", has_text="Grace Hopper").wait_for()
    photo, box = (page.locator(name).first.bounding_box() for name in (".photo img", ".photo rect.box"))
    assert photo["x"] < box["x"] < box["x"] + box["width"] < photo["x"] + photo["width"], "the box is on the photo"
    page.get_by_text(re.compile(r"distance 0\.\d\d")).wait_for()
    assert page.locator("img.crop").evaluate("image => image.naturalWidth") == 160
    times = page.get_by_role("table", name="Where the time went")
    for step in ("face-detection", "in facepipe-requests", "face-recognition", "recognition"):
        times.get_by_text(step, exact=True).first.wait_for()
    page.get_by_text("face-recognition returned").click()
    page.get_by_text('"batchItemFailures": []').wait_for()
    page.locator("pre", has_text="REPORT RequestId").first.wait_for()


@pytest.mark.parametrize("width", [1280, 2560])
def test_the_waterfall_of_a_request_that_waited_is_in_sight(page: Any, faces: Running, width: int) -> None:
    request_id = faces.send(filename="waited.jpg")
    trace = httpx.get(f"{faces.api}/trace/{request_id}").json()
    wait = "waiting for an environment (all 2 are busy, and so are the processors)"
    trace["spans"].insert(1, {**trace["spans"][0], "name": wait})
    page.set_viewport_size({"width": width, "height": 800})
    page.route("**/trace/*", lambda route: route.fulfill(json=trace))
    open_console(page, faces, f"requests/{request_id}")
    page.get_by_text("waiting for an environment").wait_for()
    page.locator("img.crop").first.wait_for()
    seen, whole = page.locator(".waterfall").evaluate("it => [it.parentElement.clientWidth, it.scrollWidth]")
    assert whole <= seen


def test_without_requests_no_empty_list_is_shown(page: Any, tiny: Running) -> None:
    page.route("**/entries?*", lambda route: route.fulfill(json={"entries": []}))
    open_console(page, tiny)
    page.get_by_text("Nothing yet.").wait_for()
    assert not page.get_by_role("list", name="Requests, newest first").is_visible()


def test_a_failed_photo_is_found_understood_and_sent_again_with_clicks_alone(page: Any, faces: Running) -> None:
    faces.send(filename="broken.jpg", content=b"no photo at all")
    open_console(page, faces)
    page.get_by_label("Filter by state").select_option("failed")
    page.locator(".row", has_text="broken.jpg").first.click()
    page.get_by_text("Why it failed").wait_for()
    page.get_by_text("is no image that is understood").first.wait_for()
    page.get_by_role("button", name="Send again").click()
    page.get_by_text("the URL answered 400").wait_for()
    page.get_by_role("link", name="the new request is first in the list").click()
    page.locator(".row", has_text="broken.jpg").nth(1).wait_for()


def test_strangers_text_stays_text(page: Any, faces: Running) -> None:
    faces.send(STRANGE, filename=f"{STRANGE}.jpg", content=b"no photo")
    open_console(page, faces)
    page.locator(".row", has_text=STRANGE).first.click()
    page.get_by_text("Why it failed").wait_for()
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Requests – facepipe"


def test_requests_of_any_application_are_shown_as_json(page: Any, tiny: Running) -> None:
    open_console(page, tiny)
    tiny.send("order-1", filename="order")
    page.locator(".row").first.click()
    page.get_by_text("echo was given").click()
    page.get_by_text('"rawPath": "/"').wait_for()
    page.get_by_text("echo was called").wait_for()


def test_a_list_of_thousands_has_few_rows_and_scrolls_to_its_end(page: Any, tiny: Running) -> None:
    open_console(page, tiny)
    page.evaluate(
        """async () => {
          const { Requests } = await import('/console/requests.js');
          const { listView } = await import('/console/list-view.js');
          const requests = new Requests();
          const entries = [...Array(10000).keys()].map(n => ({ kind: 'accepted', at_ms: n, trace_id: `t${n}`, name: `photo-${n}` }));
          requests.take(entries);
          document.getElementById('view').replaceChildren(listView(requests, async () => false).element);
        }"""
    )
    page.get_by_text("10,000 requests").wait_for()
    assert page.locator(".row").count() < 60
    page.locator(".list").evaluate("list => list.scrollTop = list.scrollHeight")
    page.locator(".row", has_text=re.compile(r"^photo-0(?!\d)")).wait_for()


def test_earlier_requests_have_their_names_at_once(page: Any, tiny: Running) -> None:
    tiny.send("order-before", filename="before.jpg")
    open_console(page, tiny)
    page.locator(".row", has_text="before.jpg").get_by_text("order-before").wait_for()


def test_an_address_with_a_lone_percent_sign_is_a_request_that_is_not_known(page: Any, tiny: Running) -> None:
    open_console(page, tiny, "requests/100%")
    page.get_by_text("nothing is known of '100%'").wait_for()
    page.get_by_role("link", name="Queues").click()
    page.get_by_role("heading", name="Queues").wait_for()


def test_a_page_forgets_the_oldest_requests_and_what_belongs_to_them(page: Any, tiny: Running) -> None:
    open_console(page, tiny)
    kept = page.evaluate(
        """async () => {
          const { Requests } = await import('/console/requests.js');
          const requests = new Requests(100);
          for (let n = 0; n < 5000; n++) {
            const [trace_id, request_id, message_id, name] = [`t${n}`, `i${n}`, `m${n}`, `photo-${n}`];
            const of = { trace_id, name };
            requests.take([
              { kind: 'accepted', at_ms: n, request_id, ...of },
              { kind: 'invoked', at_ms: n, request_id, trace_id },
              { kind: 'ended', at_ms: n, request_id, trace_id, detail: { outcome: 'success' } },
              { kind: 'received', at_ms: n, message_id, ...of, detail: { queue: 'jobs' } },
              { kind: 'deleted', at_ms: n, message_id, trace_id, detail: { queue: 'jobs' } },
            ]);
          }
          const { all, index, calls, batches } = requests;
          return { sizes: [all, index, calls, batches].map((kept) => kept.size), newest: !!requests.find('photo-4999') };
        }"""
    )
    assert kept["newest"]
    assert all(size <= 4 * 600 for size in kept["sizes"]), kept


def test_entries_may_come_in_any_order_because_older_ones_are_loaded_later(page: Any, tiny: Running) -> None:
    open_console(page, tiny)
    states = page.evaluate(
        """async () => {
          const { Requests } = await import('/console/requests.js');
          const of = { trace_id: 't', message_id: 'm' };
          const entries = [
            { kind: 'accepted', at_ms: 1, trace_id: 't', request_id: 'a', name: 'photo' },
            { kind: 'invoked', at_ms: 2, trace_id: 't', request_id: 'a', function: 'detect' },
            { kind: 'received', at_ms: 3, ...of, detail: { queue: 'jobs', sent_ms: 2 } },
            { kind: 'ended', at_ms: 4, trace_id: 't', request_id: 'a', function: 'detect', detail: { outcome: 'success' } },
            { kind: 'batched', at_ms: 5, ...of, request_id: 'b', detail: { queue: 'jobs' } },
            { kind: 'invoked', at_ms: 6, trace_id: 't', request_id: 'b', function: 'work' },
            { kind: 'ended', at_ms: 7, trace_id: 't', request_id: 'b', function: 'work', detail: { outcome: 'error', reason: 'boom' } },
            { kind: 'returned', at_ms: 8, ...of, detail: { queue: 'jobs', reason: 'boom' } },
            { kind: 'deleted', at_ms: 9, ...of, detail: { queue: 'jobs' } },
          ];
          const seen = new Set();
          for (let start = 0; start <= entries.length; start++) {
            const requests = new Requests();
            requests.take(entries.slice(start));
            requests.take(entries.slice(0, start));
            for (const one of requests.all.values()) {
              const steps = [...one.steps.values()].map((step) => `${step.name} ${step.from}-${step.to}`).sort();
              seen.add([one.state, one.name, one.from, one.to, steps.join(), one.why].join(' | '));
            }
          }
          return [...seen];
        }"""
    )
    assert states == ["done | photo | 1 | 9 | detect 2-4,in jobs 2-3,work 6-7 | boom"]


def test_the_keyboard_alone_opens_a_request(page: Any, tiny: Running) -> None:
    tiny.send("by-keyboard", filename="x")
    open_console(page, tiny)
    page.locator(".row").first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("← all requests").wait_for()


@pytest.mark.parametrize("width", [360, 2560])
def test_views_fit_a_telephone_and_a_wide_screen(page: Any, tiny: Running, width: int) -> None:
    request_id = tiny.send("x" * 200, filename="a" * 200)
    tiny.client("sqs").send_message(QueueUrl="dead", MessageBody="x" * 1_000)
    page.set_viewport_size({"width": width, "height": 700})
    for view in [*VIEWS, f"requests/{request_id}", "queues/dead"]:
        open_console(page, tiny, view)
        page.locator(READY[view.partition("/")[0]]).first.wait_for()
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, view


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_no_serious_fault(page: Any, tiny: Running, colours: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=colours)
    request_id = tiny.send("x")
    tiny.client("sqs").send_message(QueueUrl="dead", MessageBody="x")
    for view in [*VIEWS, f"requests/{request_id}", "queues/dead"]:
        open_console(page, tiny, view)
        page.locator(READY[view.partition("/")[0]]).first.wait_for()
        found = Axe().run(page).response["violations"]
        assert [(view, fault["id"]) for fault in found if fault["impact"] in ("serious", "critical")] == []
