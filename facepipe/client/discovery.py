"""Finds the pipeline that runs on this machine: asks the emulator for its function URL and its response queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from facepipe.client.api import ask_soon
from facepipe.client.endpoints import UP, EndpointError, Endpoints, sqs_client
from facepipe.client.http_clients import http_client
from facepipe.client.queues import list_queues

LOCAL_API = "http://127.0.0.1:9001"
MAPPINGS, URLS = "/2015-03-31/event-source-mappings/", "/2021-10-31/functions"
FUNCTIONS = "/2015-03-31/functions"
RESULT_WORDS = ("respon", "result", "answer", "repl", "output")  #: in the names of queues that results come to
ASK_S = 5.0


@dataclass(frozen=True, slots=True)
class Given:
    """What the user has said; None: nothing."""

    url: str | None = None
    sqs: str | None = None  #: empty for AWS's own
    response_queue: str | None = None
    api: str | None = None  #: empty where there is no emulator
    signed: bool = False


def find_pipeline(given: Given) -> Endpoints:
    """Return where the pipeline is. What is not given is asked from the emulator; where none answers, it is usual."""
    usual = Endpoints()
    api = "" if given.sqs == "" else LOCAL_API if given.api is None else given.api.rstrip("/")
    found: Mapping[str, str] = {}
    if api:
        found = _running(api, given)
        # Another emulator than that of the URL is not asked what became of its photos.
        api = found.get("api", "") if given.api is None else api
    return Endpoints(
        url=given.url or found.get("url", usual.url),
        sqs=given.sqs if given.sqs is not None else found.get("sqs", usual.sqs),
        response_queue=given.response_queue or found.get("response_queue", usual.response_queue),
        region=usual.region,
        api=api,
        signed=given.signed,
    )


def _running(api: str, given: Given) -> Mapping[str, str]:
    """Return what an emulator says of itself; nothing where none answers, or where the given URL is another's."""
    try:
        health = _ask_health(api)
    except EndpointError:
        if given.api is None:
            return {}
        raise
    urls = _urls(api, sorted(health["functions"]))
    if given.url is not None and _port(given.url) not in {_port(url) for url in urls.values()}:
        return {}
    found = {"api": api}
    if given.url is None:
        found["url"] = _one_url(urls, api)
    sqs = given.sqs or api  # port 9001 passes SQS's calls on
    if given.sqs is None:
        found["sqs"] = sqs
    if given.response_queue is None:
        failed = _queues_of_failed_events(api, sorted(health["functions"]))
        found["response_queue"] = _response_queue(api, sqs, [name for name in health["queues"] if name not in failed])
    return found


def _ask_health(api: str) -> Mapping[str, Any]:
    """Return the report of `/health`, also of an emulator that is not ready."""
    try:
        with http_client(api, timeout=ASK_S) as http:
            answer = http.get(f"{api}/health")
        content = answer.json()
        return {"functions": content["functions"], "queues": content["queues"]}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        why = str(error) or type(error).__name__
        raise EndpointError(f"no emulator answers at {api} ({why}); is the pipeline up? {UP}") from error


def _urls(api: str, functions: Sequence[str]) -> dict[str, str]:
    """Return the address of each function URL by its function."""
    return {
        function: str(config["FunctionUrl"])
        for function in functions
        for config in ask_soon(api, f"{URLS}/{function}/urls").get("FunctionUrlConfigs", [])
    }


def _one_url(urls: Mapping[str, str], api: str) -> str:
    if len(urls) == 1:
        return next(iter(urls.values()))
    if not urls:
        raise EndpointError(f"no function of the emulator at {api} has a function URL; name one with --url")
    listed = ", ".join(f"{url} ({function})" for function, url in urls.items())
    raise EndpointError(f"several functions have URLs: {listed}; name one with --url")


def _queues_of_failed_events(api: str, functions: Sequence[str]) -> set[str]:
    """Return the dead-letter queues of functions: no result comes there."""
    configs = [ask_soon(api, f"{FUNCTIONS}/{function}/configuration") for function in functions]
    targets = [str(config.get("DeadLetterConfig", {}).get("TargetArn", "")) for config in configs]
    return {target.rpartition(":")[2] for target in targets}


def _response_queue(api: str, sqs: str, names: Sequence[str]) -> str:
    """Return the queue that results come to: of those that nothing reads and that hold no dead letters."""
    listed = ask_soon(api, MAPPINGS)["EventSourceMappings"]
    polled = {str(mapping["EventSourceArn"]).rpartition(":")[2] for mapping in listed}
    states = {state.name: state for state in list_queues(sqs_client(Endpoints(sqs=sqs)), {})}
    unread = [name for name in names if name not in polled and name in states and not states[name].dead_letters_of]
    telling = [name for name in unread if any(word in name.lower() for word in RESULT_WORDS)]
    for candidates in (unread, telling):
        if len(candidates) == 1:
            return candidates[0]
    if not unread:
        raise EndpointError("no queue of this emulator can be the response queue; name it with --response-queue")
    raise EndpointError(f"results could come to several queues: {', '.join(unread)}; name one with --response-queue")


def _port(url: str) -> tuple[str, int | None]:
    """Return the port of a function URL, by which the function URLs of this machine differ."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return url, None
    local = parsed.host in ("localhost", "127.0.0.1", "::1")
    return "" if local else parsed.host, parsed.port or {"http": 80, "https": 443}.get(parsed.scheme)
