"""Where the pipeline is: two addresses are all that a camera needs."""

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

UP = "start it with `facepipe up`, in the folder of your project if you have one"


class EndpointError(RuntimeError):
    """The pipeline cannot be reached; the message says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one running pipeline."""

    url: str = "http://127.0.0.1:9000/"  #: the Function URL
    sqs: str = "http://127.0.0.1:9324"  #: the SQS endpoint; "" for AWS's own
    response_queue: str = "facepipe-responses"  #: name or URL
    region: str = "us-east-1"
    api: str = ""  #: the local emulator's Lambda API and journal; "" where there is none, as on AWS
    signed: bool = False  #: whether the Function URL takes signed requests only
    dead_letters: str = ""  #: name or URL of the dead-letter queue, where it is known and nobody else can be asked


def check_url(url: str) -> str:
    """Return a Function URL if a photo can be posted to it; `EndpointError` says what is wrong with it."""
    import httpx  # noqa: PLC0415  # `facepipe up` prints addresses, and imports this module for them alone

    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise EndpointError(f"{url!r} is no URL ({error}); write it as http://127.0.0.1:9000/") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise EndpointError(f"{url!r} is no URL; write it as http://127.0.0.1:9000/")
    return url


def is_here(url: str) -> bool:
    """Return whether a URL names this machine itself; what is no URL does not."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def proxies_for(url: str) -> dict[str, str] | None:
    """Return what botocore takes as proxies: none for this machine, and else None for those of the environment."""
    return {} if is_here(url) else None


def sqs_client(endpoints: Endpoints) -> Any:
    """Return a boto3 SQS client; a local server takes any credentials."""
    import boto3  # noqa: PLC0415  # see check_url
    from botocore.config import Config  # noqa: PLC0415

    local = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} if endpoints.sqs else {}
    retries = {"mode": "standard", "max_attempts": 2}
    config = Config(connect_timeout=3, read_timeout=30, retries=retries, proxies=proxies_for(endpoints.sqs))
    return boto3.client("sqs", endpoint_url=endpoints.sqs or None, region_name=endpoints.region, config=config, **local)


def queue_url(sqs: Any, name: str) -> str:
    """Return a queue's URL; `EndpointError` when it cannot be had."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # see check_url

    if "://" in name:
        return name
    try:
        return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])
    except sqs.exceptions.QueueDoesNotExist as error:
        where = sqs.meta.endpoint_url
        raise EndpointError(f"there is no queue {name} at {where}; name the right one with --response-queue") from error
    except (BotoCoreError, ClientError) as error:
        raise EndpointError(f"the queue {name} cannot be reached ({error}); is the pipeline up? {UP}") from error
