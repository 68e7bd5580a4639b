"""Asks a running emulator and its queue server what they have."""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from emulator.aws.identifiers import API_VERSION, DEFAULT_REGION
from emulator.queues import QueueError, Queues
from emulator.queues.of_template import connect
from emulator.queues.sqs_json import Server
from emulator.resources import EventSourceMapping, Function, Queue, Resources

ANSWER_S = 10.0
_LARGEST = re.compile(r'^facepipe_largest_message_bytes\{queue="([^"]+)"\} ([\d.e+]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RunningResources:
    """What runs, as a template would describe it, and what has happened in it."""

    resources: Resources
    depths: Mapping[str, int] = field(default_factory=dict)  #: messages by queue, hidden ones included
    largest_bytes: Mapping[str, int] = field(default_factory=dict)  #: message received so far, by queue


async def ask_system(api: str, sqs: str, template: Resources) -> RunningResources | None:
    """Return what runs of a template; None when nothing answers, or what answers runs another template."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S)) as http:
            health = json.loads(await _get(http, f"{api}/health"))
            if set(health.get("functions", ())) != {function.name for function in template.functions}:
                return None
            functions = tuple([await _function(http, api, function) for function in template.functions])
            told = json.loads(await _get(http, f"{api}/{API_VERSION}/event-source-mappings/"))["EventSourceMappings"]
            metrics = await _get(http, f"{api}/metrics")
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, AttributeError):
        return None
    mappings = tuple(_mapping(one, template) for one in told)
    of_template = {queue.name for queue in template.queues}
    others = sorted({one.queue for one in mappings} - of_template)
    async with connect(Server(sqs, DEFAULT_REGION), {queue.name: queue for queue in template.queues}) as server:
        wanted = list(template.queues) + [Queue("", name, {}) for name in others]
        queues = tuple([found for queue in wanted if (found := await _queue(server, queue))])
        depths = await _depths(server, queues)
    largest = {name: int(float(size)) for name, size in _LARGEST.findall(metrics)}
    return RunningResources(replace(template, queues=queues, functions=functions, mappings=mappings), depths, largest)


async def _get(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        return await answer.text()


async def _function(http: aiohttp.ClientSession, api: str, function: Function) -> Function:
    """Return a function as it runs: it may have been started with other parameters."""
    told = json.loads(await _get(http, f"{api}/{API_VERSION}/functions/{function.name}"))
    return Function.read_description(told, function.logical_id)


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
    return replace(queue.with_visibility(found.visibility_timeout_s), redrive_policy=found.redrive_policy)


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
    mapping = EventSourceMapping.read_description(told, str(told["UUID"]))
    known = [one for one in template.mappings if one.queue_and_function == mapping.queue_and_function]
    return replace(mapping, logical_id=known[0].logical_id) if known else mapping
