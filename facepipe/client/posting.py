"""What the outcome of a POST means: accepted, to be sent again, refused, a function's error, or nobody there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httpx

from facepipe.client.endpoints import UP

AGAIN_STATUS = {429, 503, 504}  #: AWS's own clients send again after these; 500 see `judge`
NOT_THERE = {301, 302, 307, 308, 404, 405, 501}
ERROR_TYPE, TRACE = "x-amzn-errortype", "x-amzn-trace-id"
WORDS = 300  #: characters of an answer that are shown


class PostVerdict(Enum):
    """What is to be done after a POST."""

    ACCEPTED = "accepted"
    AGAIN = "send again"  #: the service, or the way to it, failed for a moment
    FAILED = "failed"  #: the function failed with this photo; nothing says that it would not fail again
    REFUSED = "refused"  #: the function answered, and does not take this photo
    NOBODY = "nobody"  #: nothing at this address takes photos


@dataclass(frozen=True, slots=True)
class PostReply:
    """The outcome of one POST."""

    verdict: PostVerdict
    problem: str = ""
    faces: int | None = None  #: if the answer counts them, as face-detection's does
    was_answered: bool = True  #: False: the connection failed


def judge(response: httpx.Response) -> PostReply:
    """Return what an answer means. A Function URL's own errors have an error type, its functions' answers have none."""
    status, is_amazons = response.status_code, ERROR_TYPE in response.headers
    if response.is_success:
        return PostReply(PostVerdict.ACCEPTED, faces=_faces(response))
    problem = f"{status}: {_words(response)}"
    if status in AGAIN_STATUS or (status >= 500 and is_amazons):
        return PostReply(PostVerdict.AGAIN, problem)
    if status >= 500 and status not in NOT_THERE:  # a Function URL answers 502 when the function failed (FU-22)
        return PostReply(PostVerdict.FAILED, problem)
    url = response.request.url
    if status == httpx.codes.FORBIDDEN and is_amazons:
        cure = "AuthType AWS_IAM wants --sign and credentials that may call it; NONE wants both permissions"
        return PostReply(PostVerdict.NOBODY, f"{url} answers {problem}; {cure}")
    if (status in NOT_THERE and TRACE not in response.headers) or _is_another_service(response):
        cure = "is it a Function URL? `facepipe up` prints them when it starts; name one with --url"
        return PostReply(PostVerdict.NOBODY, f"{url} answers {problem}; {cure}")
    return PostReply(PostVerdict.REFUSED, problem)


def judge_error(error: httpx.HTTPError | httpx.InvalidURL, url: str, *, was_reached: bool) -> PostReply:
    """Return what it means that there is no answer; `was_reached` says that there were answers to earlier photos."""
    words = str(error) or type(error).__name__
    problem = f"no answer from {url} ({words})"
    if isinstance(error, httpx.ReadTimeout):  # the function may be at work still: it would get the photo twice
        return PostReply(PostVerdict.FAILED, problem)
    if was_reached:
        return PostReply(PostVerdict.AGAIN, problem)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and "reset" not in words:
        cure = "write http:// instead of https://" if "SSL" in words else f"is the pipeline up? {UP}"
        return PostReply(PostVerdict.NOBODY, f"nothing answers at {url} ({words}); {cure}")
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in words:
        return PostReply(PostVerdict.NOBODY, f"{url} does not speak HTTP ({words}); name the Function URL with --url")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return PostReply(PostVerdict.NOBODY, f"{url} is no URL ({words}); write it as http://127.0.0.1:9000/")
    return PostReply(PostVerdict.AGAIN, problem, was_answered=False)


def never_answered(reply: PostReply, url: str, tries: int) -> PostReply:
    """Return what it means that an address has taken connections so many times, and answered none of them."""
    cure = "name the Function URL with --url"
    return PostReply(PostVerdict.NOBODY, f"{reply.problem}, {tries} times; is {url} a Function URL? {cure}")


def _faces(response: httpx.Response) -> int | None:
    faces = _content(response).get("faces")
    return faces if isinstance(faces, int) and not isinstance(faces, bool) else None


def _words(response: httpx.Response) -> str:
    """Return what an answer says of itself."""
    content = _content(response)
    found = next((content[key] for key in ("error", "message", "Message", "errorMessage") if content.get(key)), None)
    return str(found or response.text.strip() or response.reason_phrase)[:WORDS]


def _is_another_service(response: httpx.Response) -> bool:
    """Tell whether the answer is an error of AWS's JSON or query protocols, as from a queue server's port."""
    return "__type" in _content(response) or response.text.lstrip().startswith("<?xml")


def _content(response: httpx.Response) -> Mapping[str, Any]:
    try:
        content = json.loads(response.text)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
