"""What is done in the console: send photos, replay dead letters, pause mappings, switch faults on."""

import json
import re
from typing import Any

from tests.browser.conftest import SAMPLE, Running
from tests.browser.test_requests_in_the_console import open_console


def test_a_chosen_photo_is_sent_and_recognised(page: Any, faces: Running) -> None:
    open_console(page, faces, "camera")
    page.get_by_label("Function URL").locator("option").first.wait_for(state="attached")
    page.get_by_label("Photos", exact=True).set_input_files(SAMPLE)
    page.locator("li", has_text="Grace Hopper").wait_for()


def test_a_file_that_is_no_photo_is_told(page: Any, faces: Running) -> None:
    open_console(page, faces, "camera")
    page.get_by_label("Photos", exact=True).set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"}
    )
    page.get_by_text("There is no photo among these files.").wait_for()


def test_a_photo_that_the_function_refuses_is_told_in_its_words(page: Any, faces: Running) -> None:
    open_console(page, faces, "camera")
    page.get_by_text("Nothing yet.").wait_for()
    page.get_by_label("Photos", exact=True).set_input_files({"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"x"})
    page.get_by_text('400: "content" is no image that is understood').wait_for()
    page.get_by_text("sent 1, 1 of them without a result").wait_for()
    assert page.get_by_text("Nothing yet.").count() == 0


def test_two_clicks_send_one_sample(page: Any, faces: Running) -> None:
    open_console(page, faces, "camera")
    page.get_by_role("button", name="Send a sample photo").dblclick()
    page.locator("li", has_text="Grace Hopper").wait_for()
    assert page.locator("li", has_text="sample.jpg").count() == 1


def test_the_webcam_names_who_is_on_its_frames(page: Any, faces: Running) -> None:
    open_console(page, faces, "camera")
    page.get_by_label("Function URL").locator("option").first.wait_for(state="attached")
    page.get_by_role("button", name="Start the webcam").click()
    page.get_by_role("button", name="One shot").click()
    page.get_by_text("on the picture: Grace Hopper").wait_for()
    page.locator(".photo .marks text", has_text="Grace Hopper").wait_for()
    video, box = (page.locator(name).bounding_box() for name in ("video", ".marks rect.box"))
    assert video["x"] < box["x"] < box["x"] + box["width"] < video["x"] + video["width"], "over the live picture"
    assert video["y"] < box["y"] < box["y"] + box["height"] < video["y"] + video["height"]
    page.get_by_role("button", name="A frame every").click()
    page.locator("li", has_text="Grace Hopper").nth(2).wait_for()
    page.get_by_role("button", name="Stop the webcam").click()
    page.get_by_role("button", name="Start the webcam").wait_for()


def test_a_dead_letter_is_looked_into_and_sent_back(page: Any, tiny: Running) -> None:
    assert tiny.scripts
    tiny.scripts.failing = True
    sqs = tiny.client("sqs")
    sqs.send_message(QueueUrl="jobs", MessageBody=json.dumps({"request_id": "order-1"}))
    open_console(page, tiny, "queues")
    page.get_by_role("link", name="dead").click()
    page.get_by_text("1 message;").wait_for()
    page.get_by_text("ValueError: the worker was told to fail").wait_for()
    page.get_by_text("Body").click()
    page.get_by_text('"request_id": "order-1"').wait_for()
    tiny.scripts.failing = False
    sqs.set_queue_attributes(QueueUrl="jobs", Attributes={"VisibilityTimeout": "60"})  # it has one receive only
    page.get_by_role("button", name="Replay").click()
    page.get_by_text("0 messages;").wait_for()
    page.get_by_text("sent back", exact=True).wait_for()
    assert tiny.scripts.worked.wait(120)
    assert [json.loads(body)["request_id"] for body in tiny.scripts.bodies] == ["order-1"]


def test_dead_letters_of_another_server_are_received_to_look_at_them_and_sent_back(page: Any, remote: Running) -> None:
    assert remote.scripts
    sqs = remote.client("sqs")
    url = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    for name in ("one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"request_id": name}))
    open_console(page, remote, "queues/dead")
    page.get_by_text("2 messages; the server shows messages only to receivers").wait_for()
    page.get_by_text("Body").nth(1).click()
    page.get_by_text('"request_id":').nth(1).wait_for()
    page.get_by_role("link", name="← all queues").click()
    page.get_by_role("button", name="Replay all").click()
    page.get_by_text(re.compile("sent back to jobs")).wait_for()
    page.get_by_role("link", name="jobs").click()
    page.get_by_text("jobs cannot be looked into: its server shows messages only to receivers").wait_for()


def test_queues_show_how_many_messages_come_and_leave(page: Any, tiny: Running) -> None:
    open_console(page, tiny, "queues")
    page.get_by_text("live", exact=True).wait_for()
    for number in range(3):
        tiny.client("sqs").send_message(QueueUrl="jobs", MessageBody=str(number))
    page.get_by_role("row", name=re.compile("^jobs")).get_by_text("3 / 3").wait_for()
    page.get_by_role("img", name=re.compile("^jobs over the last 15 minutes: at most 12")).wait_for()


def test_a_mapping_is_paused_and_goes_on(page: Any, tiny: Running) -> None:
    open_console(page, tiny, "functions")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("cell", name="Disabled").wait_for()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("cell", name="Enabled").wait_for()


def test_a_fault_is_switched_on_and_the_next_call_shows_it(page: Any, tiny: Running) -> None:
    open_console(page, tiny, "functions")
    page.get_by_label("Fault for echo").select_option("crash")
    page.locator(".card", has_text=re.compile("^echo")).get_by_role("button", name="Fault for the next call").click()
    page.get_by_text("fault on: crash").wait_for()
    page.get_by_label("Function", exact=True).select_option("echo")
    page.get_by_role("button", name="Invoke").click()
    page.get_by_text("Runtime exited with error").wait_for()
    page.get_by_role("button", name="Invoke").click()
    page.get_by_text(re.compile(r"^200\s")).wait_for()


def test_functions_show_environments_figures_and_their_last_reports(page: Any, tiny: Running) -> None:
    tiny.send("order-1", filename="x")
    open_console(page, tiny, "functions")
    card = page.locator(".card", has_text=re.compile("^echo"))
    card.get_by_text("warm", exact=True).wait_for()
    card.get_by_text("1 call", exact=True).wait_for()
    card.get_by_role("table", name="The last REPORT lines of echo").get_by_text("of 128 MB").wait_for()
    page.get_by_role("cell", name="0 of 5 (grows to 1250)").wait_for()
    card.get_by_role("table", name="The last REPORT lines of echo").get_by_role("link").click()
    page.get_by_role("heading", name="x", exact=True).wait_for()


def test_findings_show_doctors_rules_beside_what_failed(page: Any, tiny: Running) -> None:
    assert tiny.scripts
    tiny.scripts.failing = True
    for queue in ("jobs", "dead"):
        tiny.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps({"request_id": "order-1"}))
    open_console(page, tiny, "findings")
    page.get_by_text("messages of jobs failed 1 times").wait_for()
    failures = page.get_by_role("table", name="Requests that failed")
    failures.get_by_role("row", name=re.compile("order-1.*told to fail")).wait_for()
    assert page.get_by_role("img", name=re.compile("requests a minute over the last 15 minutes")).count() == 1


def test_a_purged_queue_is_empty(page: Any, tiny: Running) -> None:
    tiny.client("sqs").send_message(QueueUrl="dead", MessageBody="x")
    open_console(page, tiny, "queues")
    row = page.locator("tr", has=page.get_by_role("link", name="dead"))
    row.get_by_text("1", exact=True).wait_for()
    row.get_by_role("button", name="Purge").click()
    page.get_by_text("dead is empty").wait_for()


def test_a_message_that_is_nested_too_deep_hides_no_other(page: Any, tiny: Running) -> None:
    """A sender chooses what is in a message; the browser cannot write it as JSON again."""
    sqs = tiny.client("sqs")
    for body in ("[" * 100_000 + "]" * 100_000, "another"):
        sqs.send_message(QueueUrl="dead", MessageBody=body)
    open_console(page, tiny, "queues")
    page.get_by_role("link", name="dead").click()
    page.get_by_text("2 messages;").wait_for()
    page.get_by_text("Body").nth(1).click()
    page.get_by_text("another").wait_for()
