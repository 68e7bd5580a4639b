"""A camera that knows only requests and boto3: `camera.py PHOTO...` posts photos and prints who is on them.

Two addresses are all that differs between this machine (the defaults) and AWS (the outputs of the stack):
FACEPIPE_URL, where photos are posted, and FACEPIPE_RESPONSES, the queue where results come.
"""

import base64
import json
import os
import re
import sys
import uuid
from pathlib import Path

import boto3
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

URL = os.environ.get("FACEPIPE_URL", "http://127.0.0.1:9000/")
RESPONSES = os.environ.get("FACEPIPE_RESPONSES", "http://127.0.0.1:9324/000000000000/facepipe-responses")
if "//127.0.0.1" in RESPONSES:  # any credentials will do
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
in_url = re.search(r"//sqs\.([a-z0-9-]+)\.", RESPONSES)
session = boto3.Session(region_name=in_url[1] if in_url else "us-east-1")
sqs = session.client("sqs", endpoint_url="/".join(RESPONSES.split("/")[:3]))


def post(photo: Path) -> str:
    """Post a photo, signed (a public URL does not mind); return its request id."""
    request_id = str(uuid.uuid4())
    content = base64.b64encode(photo.read_bytes()).decode()
    body = json.dumps({"content": content, "request_id": request_id, "filename": photo.name})
    request = AWSRequest("POST", URL, {"content-type": "application/json"}, body)
    SigV4Auth(session.get_credentials(), "lambda", session.region_name).add_auth(request)
    answer = requests.post(URL, data=body, headers=dict(request.headers), timeout=60)
    if answer.status_code != 200:
        sys.exit(f"{photo.name}: {answer.status_code}: {answer.text}")
    return request_id


waiting = {post(Path(name)): name for name in sys.argv[1:]}
seen: dict[str, int] = {}  # how many times another camera's result came along, by its message id
while waiting:
    received = sqs.receive_message(QueueUrl=RESPONSES, MaxNumberOfMessages=10, WaitTimeSeconds=20)
    others = []
    for message in received.get("Messages", []):
        answer, handle, key = json.loads(message["Body"]), message["ReceiptHandle"], message["MessageId"]
        if answer["request_id"] in waiting:
            sqs.delete_message(QueueUrl=RESPONSES, ReceiptHandle=handle)
            print(f"{waiting.pop(answer['request_id'])}: {answer['result']}", flush=True)
        else:  # it comes back after 4 s, for its own camera; then after 8, 16 ..., so that those behind it get here
            seen[key] = seen.get(key, 1) + 1
            others.append({"Id": key, "ReceiptHandle": handle, "VisibilityTimeout": min(2 ** seen[key], 60)})
    if others:
        sqs.change_message_visibility_batch(QueueUrl=RESPONSES, Entries=others)
if seen:
    print(f"{len(seen)} results of other requests lie in the queue {RESPONSES}", file=sys.stderr)
