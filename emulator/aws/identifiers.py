"""Names that AWS gives: versions, log groups and streams, domains of function URLs, the account we stand in for."""

import re
import time

from emulator.aws.limits import QUEUE_NAME_CHARACTERS

LATEST = "$LATEST"  #: the version of a function that has not been published; there is no other here
DEFAULT_REGION = "us-east-1"
DEFAULT_ACCOUNT_ID = "000000000000"  #: the account that local stand-ins for AWS use
MAPPED_SOURCE = "aws:sqs"  #: `eventSource` of a record from a queue (ES-01)
API_VERSION = "2015-03-31"  #: with which most paths of Lambda's API begin
SQS_VERSION = "2012-11-05"  #: of SQS's API, which an unsigned form names
FIFO_SUFFIX = ".fifo"  #: of the names of FIFO queues
_QUEUE_NAME = re.compile(rf"[A-Za-z0-9_-]+({re.escape(FIFO_SUFFIX)})?")
_URL_HOST = re.compile(r"([a-z0-9]{1,63})\.lambda-url\.")


def is_queue_name(name: str) -> bool:
    """Tell whether SQS takes this as a queue's name."""
    return len(name) <= QUEUE_NAME_CHARACTERS and _QUEUE_NAME.fullmatch(name) is not None


def is_fifo(queue: str) -> bool:
    """Tell whether a queue of this name keeps the order of its messages."""
    return queue.endswith(FIFO_SUFFIX)


def log_group(function: str) -> str:
    """Return the log group that Lambda makes for a function by itself (RT-10)."""
    return f"/aws/lambda/{function}"


def log_stream(environment: str, at_s: float) -> str:
    """Return the log stream of an environment that was started at `at_s`, in seconds since 1970."""
    return f"{time.strftime('%Y/%m/%d', time.gmtime(at_s))}/[{LATEST}]{environment}"


def timestamp(at_s: float) -> str:
    """Return a time as Lambda writes it into logs and records: UTC, with milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s)) + f".{int(at_s * 1000) % 1000:03d}Z"


def url_domain(url_id: str, region: str) -> str:
    """Return the host name that a function URL has on AWS."""
    return f"{url_id}.lambda-url.{region}.on.aws"


def url_id_in(host: str) -> str | None:
    """Return the id of the function URL that a Host header names in AWS's way; None for another host."""
    match = _URL_HOST.match(host)
    return match[1] if match else None
