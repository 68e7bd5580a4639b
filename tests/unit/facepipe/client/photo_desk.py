"""A pipeline of other people: another template, other names, other answers; its functions are Python callables."""

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from emulator.environments.scripted_functions import ScriptedContext
from emulator.resources import EventSourceMapping, Function, FunctionUrl, Queue, Resources
from emulator.resources.queue import RedrivePolicy
from facepipe.client.endpoints import Endpoints, queue_url, sqs_client
from tests.emulators import scripted_in_thread
from tests.unit.emulator.stacks import resources

TAKE = Function("Take", "take", "image", (), 25, 128, 512)
WORK = Function("Work", "work", "image", (), 25, 128, 512)


def template(
    *,
    visibility_s: int = 30,
    receives: int = 1,
    auth: str = "NONE",
    more: tuple[Queue, ...] = (),
    take: Function = TAKE,
) -> Resources:
    lost = RedrivePolicy("photo-lost", receives)
    return resources(
        queues=[
            Queue("Lost", "photo-lost", {}),
            Queue("Jobs", "photo-jobs", {"VisibilityTimeout": str(visibility_s)}, redrive_policy=lost),
            Queue("Results", "photo-results", {}),
            *more,
        ],
        functions=[take, WORK],
        urls=[FunctionUrl("TakeUrl", "take", auth)],
        mappings=[EventSourceMapping("JobsToWork", "photo-jobs", "work")],
    )


@dataclass
class PhotoDesk:
    """What its functions do with a photo goes by the file's name."""

    endpoints: Endpoints = field(default_factory=Endpoints)
    seen: list[dict[str, Any]] = field(default_factory=list)
    forgot: threading.Event = field(default_factory=threading.Event)  #: a photo was taken that gets no result

    def put(self, queue: str, body: str) -> None:
        sqs = sqs_client(self.endpoints)
        sqs.send_message(QueueUrl=queue_url(sqs, queue), MessageBody=body)

    def take(self, event: dict[str, Any], context: ScriptedContext) -> dict[str, Any]:
        request = json.loads(event["body"])
        self.seen.append(request)
        match re.split("[-.]", request["filename"])[0]:
            case "broken":
                raise KeyError("gallery")
            case "refused":
                return {"statusCode": 415, "body": json.dumps({"message": "no photo"})}
            case "forgotten":
                self.forgot.set()
                return {"statusCode": 200, "body": "ok"}
        job = {"request_id": request["request_id"], "filename": request["filename"]}
        sqs = sqs_client(self.endpoints)
        header = {"AWSTraceHeader": {"DataType": "String", "StringValue": context.trace_header}}
        jobs = queue_url(sqs, "photo-jobs")
        sqs.send_message(QueueUrl=jobs, MessageBody=json.dumps(job), MessageSystemAttributes=header)
        return {"statusCode": 200, "body": "queued"}

    def work(self, event: dict[str, Any], _context: ScriptedContext) -> None:
        for record in event["Records"]:
            job = json.loads(record["body"])
            if job["filename"].startswith("poison"):
                raise ValueError("no such model: resnet")
            self.put("photo-results", json.dumps({"request_id": job["request_id"], "animals": ["cat", "dog"]}))


@contextlib.contextmanager
def photo_desk(**changes: Any) -> Iterator[PhotoDesk]:
    desk = PhotoDesk()
    with scripted_in_thread(template(**changes), {"take": desk.take, "work": desk.work}) as emulator:
        desk.endpoints = emulator.endpoints
        yield desk
