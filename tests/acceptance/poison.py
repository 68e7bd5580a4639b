"""Messages that the functions cannot process, and what happens to them and to the photos between them."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from facepipe.client.photo_rows import Row
from facepipe.client.photos import Frame
from tests.acceptance.pipelines import Pipeline

CORRUPT_CROP: dict[str, Any] = {
    "request_id": "corrupt-crop",
    "filename": "",
    "faces": [{"box": [0, 0, 9, 9], "confidence": 1, "image": base64.b64encode(b"no image").decode()}],
}
POISON = ("{not json", '{"another": "shape"}', json.dumps(CORRUPT_CROP))


@dataclass(frozen=True)
class Poisoned:
    """What a pipeline made of them."""

    rows: Sequence[Row]  #: of the photos
    dead: Sequence[str]  #: bodies in the dead-letter queue
    left: int  #: messages in the request queue


def poison(pipeline: Pipeline, photos: Sequence[Frame]) -> Poisoned:
    """Send the poison and photos, and wait until the poison is in the dead-letter queue."""
    pipeline.clear()
    for body in POISON:
        pipeline.sqs.send_message(QueueUrl=pipeline.queue("facepipe-requests"), MessageBody=body)
    rows = pipeline.send(photos, in_flight=10)
    # five receives (ES-45), with the visibility timeout of `pipelines.PARAMETERS` between them
    dead_letters = "facepipe-requests-dlq"
    arrived = pipeline.eventually(lambda: pipeline.depth(dead_letters) == len(POISON), seconds=pipeline.dead_letters_s)
    assert arrived, pipeline.depths()
    bodies = [message["Body"] for message in pipeline.receive(dead_letters, seconds=60)]
    return Poisoned(rows, bodies, pipeline.depth("facepipe-requests"))
