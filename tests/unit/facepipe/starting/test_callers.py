"""Which function gets the URL, and which takes from which queue."""

import pytest

from facepipe.starting.event_signs import CalledBy
from tests.unit.facepipe.starting.projects import FIRST, SECOND, URL, plan_of


def sender(queue: str, reads: str = 'event["body"]') -> str:
    return f"def handler(event, context):\n    {reads}\n    sqs.send_message(QueueUrl={queue})\n"


def consumer(queue: str) -> str:
    return sender(queue, 'event["Records"]')


#: files → who calls each function, and whether it is called a guess
CASES = {
    "two functions": ({"a.py": FIRST, "b.py": SECOND}, [("url", False), ("requests", False)]),
    "a chain of three": (
        {"a.py": SECOND, "b.py": consumer(f"'{URL}second'"), "c.py": sender(f"'{URL}first'")},
        [("second", False), ("first", False), ("url", False)],
    ),
    "both send answers": (
        {
            "a.py": sender(f"'{URL}req'") + f"    sqs.send_message(QueueUrl='{URL}resp')\n",
            "b.py": consumer(f"'{URL}resp'"),
        },
        [("url", False), ("req", False)],
    ),
    "each has a QUEUE_URL of its own": (
        {"a.py": sender("os.environ['QUEUE_URL']"), "b.py": consumer("os.environ['QUEUE_URL']")},
        [("url", False), ("a-queue", False)],
    ),
    "a variable that one file gives a default": (
        {
            "a.py": sender("os.environ['WORK_QUEUE']"),
            "b.py": f"Q = os.environ.get('WORK_QUEUE', '{URL}work')\ndef handler(event, context): event['Records'], Q",
        },
        [("url", False), ("work", False)],
    ),
    "a queue of a function that is not here": (
        {"b.py": f"IN = '{URL}in-queue'\ndef handler(event, context): event['Records'], IN"},
        [("in-queue", False)],
    ),
    "two queues that may be meant": (
        {"b.py": f"Q = '{URL}results', '{URL}requests'\ndef handler(event, context): event['Records'], Q"},
        [("requests", True)],
    ),
    "no queue in the code": ({"b.py": SECOND}, [("b-requests", True)]),
    "nothing is known of the only function": ({"a.py": "def handler(event, context): work(event)"}, [("url", True)]),
    "nothing is known of either": (
        {"a.py": "def handler(event, context): 1", "b.py": sender(f"'{URL}req'", "1")},
        [("req", True), ("url", True)],
    ),
    "nothing is known of the second": (
        {"a.py": FIRST, "b.py": "def handler(event, context): work(event)"},
        [("url", False), ("requests", True)],
    ),
    "nothing is known of a further one": (
        {"a.py": FIRST, "b.py": SECOND, "c.py": "def handler(event, context): work(event)"},
        [("url", False), ("requests", False), ("unknown", False)],
    ),
    "a queue that is given to a helper": (
        {
            "a.py": f"Q = '{URL}jobs'\ndef handler(event, context):\n    event['body']\n    send(Q)\n"
            "def send(url):\n    sqs.send_message(QueueUrl=url)\n",
            "b.py": SECOND,
        },
        [("url", False), ("jobs", False)],
    ),
    "a function that S3 calls": (
        {"a.py": "def handler(event, context): event['Records'][0]['s3']"},
        [("other", False)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_functions_are_called_as_their_code_shows(case: str) -> None:
    files, callers = CASES[case]
    triggers = [one.trigger for one in plan_of(files).functions]
    assert [(one.queue or one.caller.value, "a guess" in one.reason) for one in triggers] == callers


def test_every_queue_that_is_used_is_planned() -> None:
    for files, _ in CASES.values():
        plan = plan_of(files)
        planned = {queue.name for queue in plan.queues}
        used = {queue for one in plan.functions for queue in [*one.sends, one.trigger.queue] if queue}
        assert used <= planned
        assert all(one.trigger.queue for one in plan.functions if one.trigger.caller is CalledBy.QUEUE)
