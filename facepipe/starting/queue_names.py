"""Which queue a text or the name of an environment variable means."""

import re

from facepipe.starting.code_values import CodeValue

GENERAL = "queue"  #: the queue of a variable such as QUEUE_URL, which says nothing more
_NAME = r"[A-Za-z0-9_-]{1,80}(?:\.fifo)?"
_URL = re.compile(rf"https?://[^/\s]+/[^/\s]+/({_NAME})/?")
_SQS_HOST = re.compile(r"https?://(?:[^/\s]*\bsqs\b|[^/\s]*\bqueue\.amazonaws\.|localhost|127\.0\.0\.1|\*)[^/\s]*/")
_ARN = re.compile(rf"arn:[^:\s]+:sqs:[^:\s]+:[^:\s]+:({_NAME})")
_PLACE = re.compile(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com/(\d{12})/")
_WORDS = {"SQS", "QUEUE"}
_FORMS = {"URL", "NAME", "ARN", "QUEUE", "SQS"}


def queue_in(text: str) -> str:
    """Return the name of the queue whose URL or ARN a text is; empty for any other text."""
    text = text.strip()
    match = _ARN.fullmatch(text) or (_URL.fullmatch(text) if _SQS_HOST.match(text) else None)
    return match[1] if match else ""


def place_of(url: str) -> tuple[str, str] | None:
    """Return the region and the account that a queue's URL names."""
    match = _PLACE.match(url)
    return (match[1], match[2]) if match else None


def is_queue_variable(variable: str) -> bool:
    """Tell whether the name of a variable says that it holds a queue's URL, name or ARN."""
    words = variable.upper().split("_")
    if "ENDPOINT" in words or not _WORDS & set(words):
        return False
    return words[-1] in _FORMS or "URL" in words


def queue_of(value: CodeValue, *, is_target: bool) -> str:
    """Return the name of the queue that a value means, empty if it means none.

    A target is a value that the code gives to SQS as a queue, whatever it is called.
    """
    if name := queue_in(value.text):
        return name
    is_plain = bool(re.fullmatch(_NAME, value.text))
    if is_plain and (value.is_queue_name or (value.variable and is_queue_variable(value.variable))):
        return value.text
    if value.variable and (is_target or is_queue_variable(value.variable)):
        return _from_variable(value.variable)
    return ""


def form_of(value: CodeValue) -> str:
    """Return in which form a variable holds a queue: Ref for its URL, or the attribute of the resource."""
    words = value.variable.upper().split("_")
    if "ARN" in words:
        return "Arn"
    return "QueueName" if value.is_queue_name or words[-1] == "NAME" else "Ref"


def _from_variable(variable: str) -> str:
    words = [word for word in variable.upper().split("_") if word and word not in _FORMS]
    name = "-".join(word.lower() for word in words)
    return re.sub(r"[^a-z0-9-]", "-", f"{name}-{GENERAL}" if name else GENERAL)[-80:].lstrip("-")
