"""Names that AWS assigns: versions, log groups and streams, domains of function URLs, region and account."""

import hashlib
import re
import time

from emulator.aws.limits import FUNCTION_NAME_CHARACTERS, LOG_GROUP_CHARACTERS, QUEUE_NAME_CHARACTERS

LATEST = "$LATEST"  #: the unpublished version of a function
LATEST_PUBLISHED = f"{LATEST}.PUBLISHED"  #: a qualifier: the version that was published last
DEFAULT_REGION = "us-east-1"
DEFAULT_ACCOUNT_ID = "000000000000"  #: the account id that local emulators of AWS use
MAPPED_SOURCE = "aws:sqs"  #: `eventSource` in a record that comes from a queue (ES-01)
API_VERSION = "2015-03-31"  #: the first part of most paths in Lambda's API
SQS_VERSION = "2012-11-05"  #: the `Version` parameter of SQS's query protocol
FIFO_SUFFIX = ".fifo"  #: the name of every FIFO queue ends in it
_QUEUE_NAME = re.compile(rf"[A-Za-z0-9_-]+({re.escape(FIFO_SUFFIX)})?")
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]+")
_LOG_GROUP = re.compile(r"[A-Za-z0-9_./#-]+")
_VARIABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]+")
_ALIAS = re.compile(r"[A-Za-z0-9_-]{1,128}")
_URL_HOST = re.compile(r"([a-z0-9]{1,63})\.lambda-url\.")


def is_alias_name(text: str) -> bool:
    """Return whether Lambda allows this name for an alias; a number is a version."""
    return _ALIAS.fullmatch(text) is not None and not text.isdecimal()


def is_queue_name(name: str) -> bool:
    """Return whether SQS allows this name for a queue."""
    return len(name) <= QUEUE_NAME_CHARACTERS and _QUEUE_NAME.fullmatch(name) is not None


def is_function_name(name: str) -> bool:
    """Return whether Lambda allows this name for a function."""
    return len(name) <= FUNCTION_NAME_CHARACTERS and _FUNCTION_NAME.fullmatch(name) is not None


def is_log_group(name: str) -> bool:
    """Return whether CloudWatch Logs allows this name for a log group."""
    return len(name) <= LOG_GROUP_CHARACTERS and _LOG_GROUP.fullmatch(name) is not None


def is_logical_id(name: str) -> bool:
    """Return whether CloudFormation allows this name for a resource of a template."""
    return _LOGICAL_ID.fullmatch(name) is not None


def is_variable_name(name: str) -> bool:
    """Return whether Lambda allows this name for an environment variable."""
    return _VARIABLE_NAME.fullmatch(name) is not None


def is_fifo(queue: str) -> bool:
    """Return whether this is the name of a FIFO queue."""
    return queue.endswith(FIFO_SUFFIX)


def version_key(function: str, version: str) -> str:
    """Return the key of a function's version; that of $LATEST is the function's name."""
    return function if version in ("", LATEST) else f"{function}:{version}"


def function_of(key: str) -> str:
    """Return the function's name from the key of one of its versions, or from a name with a qualifier."""
    return key.partition(":")[0]


def log_group(function: str) -> str:
    """Return the log group that Lambda creates for a function by default (RT-10)."""
    return f"/aws/lambda/{function}"


def log_stream(environment: str, at_s: float) -> str:
    """Return the log stream of an environment that started at `at_s`, in seconds since 1970 (RT-23).

    Its 32 hexadecimal digits are a digest of the environment's name, which is made for people and has another form.
    """
    instance = hashlib.sha256(environment.encode()).hexdigest()[:32]
    return f"{time.strftime('%Y/%m/%d', time.gmtime(at_s))}/[{LATEST}]{instance}"


def timestamp(at_s: float) -> str:
    """Return a time in the format of Lambda's logs and records: UTC, with milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s)) + f".{int(at_s * 1000) % 1000:03d}Z"


def url_domain(url_id: str, region: str) -> str:
    """Return a function URL's host name on AWS."""
    return f"{url_id}.lambda-url.{region}.on.aws"


def url_id_in(host: str) -> str | None:
    """Return the function URL's id from a Host header of AWS's form; None for any other host."""
    match = _URL_HOST.match(host)
    return match[1] if match else None
