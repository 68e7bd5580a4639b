"""Which queues code names and sends to, and which variables it reads."""

import pytest

from facepipe.starting.code_base import CodeBase, Definition
from facepipe.starting.python_file import read_python
from facepipe.starting.queue_use import QueueUse, queue_use
from tests.unit.facepipe.starting.projects import URL

SEND = "def handler(event, context):\n    sqs.send_message(QueueUrl={}, MessageBody='')\n"
#: code before, the queue as it is given to send_message → the queue's name, the variable, how it holds the queue
SENT = {
    "a URL": ("", f"'{URL}requests'", "requests", "", "Ref"),
    "a FIFO queue": ("", f"'{URL}orders.fifo'", "orders.fifo", "", "Ref"),
    "a placeholder for the account": ("", "'https://sqs.us-east-1.amazonaws.com/ACCOUNT/r-q'", "r-q", "", "Ref"),
    "an older URL": ("", "'https://queue.amazonaws.com/80398EXAMPLE/MyQueue'", "MyQueue", "", "Ref"),
    "a URL of an emulator": ("", "'http://localhost:4566/000000000000/work'", "work", "", "Ref"),
    "a constant": (f"Q = '{URL}requests'\n", "Q", "requests", "", "Ref"),
    "a constant with a type": (f"Q: str = '{URL}requests'\n", "Q", "requests", "", "Ref"),
    "a constant by way of another": (f"A = '{URL}requests'\nQ = A\n", "Q", "requests", "", "Ref"),
    "parts": ("R = 'us-east-1'\n", "f'https://sqs.{R}.amazonaws.com/1/requests'", "requests", "", "Ref"),
    "parts that are not known": ("", "f'https://sqs.{region()}.amazonaws.com/{me}/jobs'", "jobs", "", "Ref"),
    "a sum": (f"BASE = '{URL}'\n", "BASE + 'requests'", "requests", "", "Ref"),
    "a variable": ("", "os.environ['REQUEST_QUEUE_URL']", "request-queue", "REQUEST_QUEUE_URL", "Ref"),
    "a variable with a default": ("", f"os.environ.get('X', '{URL}requests')", "requests", "X", "Ref"),
    "a variable or a default": ("", f"os.environ.get('X') or '{URL}requests'", "requests", "X", "Ref"),
    "getenv": ("", "os.getenv('SQS_URL')", "queue", "SQS_URL", "Ref"),
    "environ imported": ("from os import environ\n", "environ['JOBS_QUEUE']", "jobs-queue", "JOBS_QUEUE", "Ref"),
    "any variable that is sent to": ("", "os.environ['TARGET']", "target-queue", "TARGET", "Ref"),
    "a constant from a variable": ("Q = os.environ['TARGET']\n", "Q", "target-queue", "TARGET", "Ref"),
    "the name of a queue": ("", "sqs.get_queue_url(QueueName='work')['QueueUrl']", "work", "", "QueueName"),
    "its URL, kept": ("U = sqs.get_queue_url(QueueName='work')\n", "U['QueueUrl']", "work", "", "QueueName"),
    "a name from a variable": (
        "",
        "sqs.get_queue_url(QueueName=os.environ['WORK'])['QueueUrl']",
        "work-queue",
        "WORK",
        "QueueName",
    ),
    "a name by default": (
        "",
        "sqs.get_queue_url(QueueName=os.getenv('QUEUE_NAME', 'work'))['QueueUrl']",
        "work",
        "QUEUE_NAME",
        "QueueName",
    ),
}


def use_of(text: str, **others: str) -> QueueUse:
    files = {"app.py": text, **{f"{name}.py": other for name, other in others.items()}}
    code = CodeBase({path: read_python(path, content.encode()) for path, content in files.items()})
    return queue_use(code, code.used_by(Definition("app.py", "handler")))


@pytest.mark.parametrize("case", SENT)
def test_the_queue_that_is_sent_to_is_known(case: str) -> None:
    before, given, queue, variable, form = SENT[case]
    use = use_of(before + SEND.format(given))
    assert use.sent_to == [queue]
    assert not use.sends_unknown
    assert {(one.queue, one.variable) for one in use.mentions} == {(queue, variable)}
    assert use.mentions[0].form == form or not variable
    assert not use.variables


WAYS = {
    "a resource": f"def handler(e, c):\n    boto3.resource('sqs').Queue('{URL}requests').send_message(MessageBody='')",
    "a resource in a name": f"def handler(e, c):\n    q = sqs.Queue('{URL}requests')\n    q.send_messages(Entries=[])",
    "a resource by its name": "def handler(e, c):\n    sqs.get_queue_by_name(QueueName='requests').send_message()",
    "a batch": f"def handler(e, c):\n    sqs.send_message_batch(QueueUrl='{URL}requests', Entries=[])",
    "a local name": f"def handler(e, c):\n    q = '{URL}requests'\n    sqs.send_message(QueueUrl=q)",
    "a helper": f"def send():\n    sqs.send_message(QueueUrl='{URL}requests')\ndef handler(e, c): send()",
    "an object's member": f"class A:\n    def __init__(self):\n        self.q = '{URL}requests'\n"
    "    def go(self):\n        sqs.send_message(QueueUrl=self.q)\ndef handler(e, c): A().go()",
    "a class's member": f"class A:\n    q = '{URL}requests'\n"
    "    def go(self):\n        sqs.send_message(QueueUrl=self.q)\ndef handler(e, c): A().go()",
}

WAYS["a settings object"] = f"class S:\n    q: str = '{URL}requests'\ns = S()\n" + SEND.format("s.q")


@pytest.mark.parametrize("case", WAYS)
def test_the_ways_to_send_are_known(case: str) -> None:
    assert use_of(WAYS[case]).sent_to == ["requests"]


@pytest.mark.parametrize(
    ("imports", "name"),
    [("from config import Q", "Q"), ("from config import Q as X", "X"), ("import config", "config.Q"),
     ("import config as c", "c.Q"), ("from config import *", "Q")],
)  # fmt: skip
def test_a_queue_in_another_file_is_known(imports: str, name: str) -> None:
    use = use_of(f"{imports}\n{SEND.format(name)}", config=f"OTHER = '{URL}other'\nQ = '{URL}requests'\n")
    assert use.sent_to == ["requests"]
    assert [(one.queue, one.place) for one in use.mentions] == [("requests", "config.py:2")]


def test_a_queue_that_is_not_in_the_code_is_called_unknown() -> None:
    use = use_of(f"Q = '{URL}requests'\ndef send(url):\n    sqs.send_message(QueueUrl=url)\ndef handler(e, c): send(Q)")
    assert use.sends_unknown
    assert [one.queue for one in use.mentions] == ["requests"]


OTHERS = {
    "a setting of a queue": ("os.environ['QUEUE_TIMEOUT']", True),
    "an endpoint": ("os.environ['SQS_ENDPOINT_URL']", True),
    "a bucket": ("os.environ['BUCKET']", True),
    "one with a default": ("os.environ.get('LEVEL', 'INFO')", False),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_variables_are_no_queues(case: str) -> None:
    text, required = OTHERS[case]
    use = use_of(f"X = {text}\ndef handler(e, c): X")
    assert not use.mentions
    assert [one.is_required for one in use.variables.values()] == [required]


@pytest.mark.parametrize("text", ["'https://example.com/a/b'", "'requests'", "'s3://bucket/key'", "1", "x", "x()[0]"])
def test_other_texts_are_no_queues(text: str) -> None:
    assert not use_of(f"def handler(e, c):\n    y = {text}").mentions


def test_names_that_go_in_a_circle_come_to_an_end() -> None:
    assert use_of("A = B\nB = A\n" + SEND.format("A")).sends_unknown
    assert use_of("from other import Q\n" + SEND.format("Q"), other="from app import Q\n").sends_unknown


@pytest.mark.parametrize(
    ("text", "service"),
    [("boto3.client('s3')", "s3"), ("boto3.resource('dynamodb')", "dynamodb"), ("session.client('ses')", "ses"),
     ("boto3.Session().client('sns')", "sns"), ("boto3.client(service_name='s3')", "s3"), ("boto3.client('sqs')", ""),
     ("redis.client('cache')", "")],
)  # fmt: skip
def test_other_services_are_seen(text: str, service: str) -> None:
    assert use_of(f"C = {text}\ndef handler(e, c): C").services == ({service: "app.py:1"} if service else {})
