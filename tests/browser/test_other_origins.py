"""What a page of another origin can do with the emulator of whoever opens it: nothing."""

from typing import Any

from tests.browser.conftest import Running

STRANGER = "http://stranger.example"
ATTEMPTS = """async ([api, url]) => {
  const simple = { method: 'POST', headers: { 'Content-Type': 'text/plain' } };
  const form = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
  const attempts = {
    'read entries': () => fetch(`${api}/entries`).then((answer) => answer.text()),
    'read a payload': () => fetch(`${api}/payloads/1`).then((answer) => answer.text()),
    'read the token': () => fetch(`${api}/`).then((answer) => answer.text()),
    'invoke': () => fetch(`${api}/2015-03-31/functions/echo/invocations`, { ...simple, body: '{}' }),
    'invoke unread': () => fetch(`${api}/2015-03-31/functions/echo/invocations`, { ...simple, body: '{}', mode: 'no-cors' }),
    'call the URL unread': () => fetch(url, { ...simple, body: 'x', mode: 'no-cors' }),
    'send a message': () => fetch(api, { ...form, body: 'Action=SendMessage&QueueUrl=dead&MessageBody=x', mode: 'no-cors' }),
    'switch a fault on': () => fetch(`${api}/faults`, { ...simple, body: '{"function": "echo", "kind": "crash"}', mode: 'no-cors' }),
    'replay': () => fetch(`${api}/queues/dead/replay`, { ...simple, mode: 'no-cors' }),
    'delete': () => fetch(`${api}/2015-03-31/functions/echo`, { method: 'DELETE' }),
    'follow': () => new Promise((done, failed) => {
      const source = new EventSource(`${api}/entries/live`);
      source.onmessage = source.onopen = () => done('open');
      source.onerror = failed;
    }),
    'import a script': () => import(`${api}/console/server.js`),
  };
  const read = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      const answer = await attempt();
      if (!(answer instanceof Response) || answer.type !== 'opaque') read.push(name);
    } catch {
      // refused
    }
  }
  return read;
}"""


def test_a_page_of_another_origin_reads_nothing_and_changes_nothing(browser: Any, tiny: Running) -> None:
    assert tiny.scripts
    context = browser.new_context()
    page = context.new_page()
    answers: dict[str, int] = {}
    page.on("response", lambda answer: answers.update({answer.url: answer.status}))
    page.route(f"{STRANGER}/**", lambda route: route.fulfill(body="<h1>win a prize</h1>", content_type="text/html"))
    page.goto(f"{STRANGER}/")
    assert page.evaluate(ATTEMPTS, [tiny.api, tiny.url]) == []
    assert {status for url, status in answers.items() if STRANGER not in url} <= {403}, answers
    page.set_content(f"<iframe src='{tiny.api}/'></iframe>")
    assert page.frames[1].locator("nav").count() == 0, "the console is in no frame of a stranger"
    page.set_content(
        f"<form method=post enctype=text/plain action='{tiny.api}/faults'>"
        '<input name=\'{"function": "echo", "kind": "crash", "x": "\' value=\'"}\'></form>'
    )
    with page.expect_response(f"{tiny.api}/faults") as refused:
        page.evaluate("() => document.forms[0].submit()")
    assert refused.value.status == 403
    context.close()
    seen = browser.new_context().new_page()
    seen.goto(f"{tiny.api}/entries")
    assert '"kind": "invoked"' not in seen.inner_text("body")
    seen.goto(f"{tiny.api}/faults")
    assert '"faults": []' in seen.inner_text("body")
    assert (
        tiny.client("sqs").get_queue_attributes(QueueUrl="dead", AttributeNames=["All"])["Attributes"][
            "ApproximateNumberOfMessages"
        ]
        == "0"
    )
    seen.context.close()
