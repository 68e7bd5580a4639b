"""Asks a running emulator and its queue server what they have."""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from emulator.queues import QueueError, Queues
from emulator.queues.of_template import connect
from emulator.queues.sqs_json import Server
from emulator.resources import EventSourceMapping, Function, Queue, Resources

ANSWER_S = 10.0
_LARGEST = re.compile(r'^facepipe_largest_message_bytes\{queue="([^"]+)"\} ([\d.e+]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Running:
    """What runs, as a template would describe it, and what has happened in it."""

    resources: Resources
    depths: Mapping[str, int] = field(default_factory=dict)  #: messages by queue, hidden ones included
    largest_bytes: Mapping[str, int] = field(default_factory=dict)  #: message received so far, by queue


async def ask_system(api: str, sqs: str, template: Resources) -> Running | None:
    """Return what runs of a template; None when nothing answers, or what answers runs another template."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S)) as http:
            health = json.loads(await _get(http, f"{api}/health"))
            if set(health.get("functions", ())) != {function.name for function in template.functions}:
                return None
            functions = tuple([await _function(http, api, function) for function in template.functions])
            told = json.loads(await _get(http, f"{api}/2015-03-31/event-source-mappings/"))["EventSourceMappings"]
            metrics = await _get(http, f"{api}/metrics")
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, AttributeError):
        return None
    mappings = tuple(_mapping(one, template) for one in told)
    of_template = {queue.name for queue in template.queues}
    others = sorted({one.queue for one in mappings} - of_template)
    async with connect(Server(sqs, "us-east-1"), template.queues) as server:
        wanted = [*template.queues, *(Queue("", name, {}) for name in others)]
        queues = tuple([found for queue in wanted if (found := await _queue(server, queue))])
        depths = await _depths(server, queues)
    largest = {name: int(float(size)) for name, size in _LARGEST.findall(metrics)}
    return Running(replace(template, queues=queues, functions=functions, mappings=mappings), depths, largest)


async def _get(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        return await answer.text()


async def _function(http: aiohttp.ClientSession, api: str, function: Function) -> Function:
    """Return a function as it runs: it may have been started with other parameters."""
    told = json.loads(await _get(http, f"{api}/2015-03-31/functions/{function.name}"))
    configuration = told["Configuration"]
    return replace(
        function,
        timeout_s=int(configuration["Timeout"]),
        memory_mb=int(configuration["MemorySize"]),
        environment=configuration.get("Environment", {}).get("Variables", {}),
        reserved_concurrency=told.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
    )


async def _queue(server: Queues, queue: Queue) -> Queue | None:
    """Return a queue as it is now; the template's where it cannot be asked, None for another that is not there."""
    try:
        found = await server.describe(queue.name)
    except QueueError:
        found = None
    if found is None:
        return queue if queue.logical_id else None
    if not queue.logical_id:
        return found
    now = {**queue.attributes, "VisibilityTimeout": str(found.visibility_timeout_s)}
    return replace(queue, attributes=now, redrive_policy=found.redrive_policy)


async def _depths(server: Queues, queues: Sequence[Queue]) -> dict[str, int]:
    """Return how many messages the queues have, and those that their dead letters go to."""
    names = {queue.name for queue in queues}
    names |= {queue.redrive_policy.dead_letter_queue for queue in queues if queue.redrive_policy}
    depths = {}
    for name in sorted(names):
        with contextlib.suppress(QueueError):
            depth = await server.depth(name)
            depths[name] = depth.visible + depth.in_flight + depth.delayed
    return depths


def _mapping(told: Mapping[str, Any], template: Resources) -> EventSourceMapping:
    """Return a mapping of the API, under its template's logical id where it comes from there."""
    queue, function = (str(told[key]).rpartition(":")[2] for key in ("EventSourceArn", "FunctionArn"))
    known = [one for one in template.mappings if (one.queue, one.function) == (queue, function)]
    return EventSourceMapping(
        logical_id=known[0].logical_id if known else str(told["UUID"]),
        queue=queue,
        function=function,
        batch_size=int(told["BatchSize"]),
        batch_window_s=int(told.get("MaximumBatchingWindowInSeconds", 0)),
        maximum_concurrency=(told.get("ScalingConfig") or {}).get("MaximumConcurrency"),
        enabled=told.get("State") == "Enabled",
    )
