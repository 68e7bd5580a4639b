"""Asks a running emulator and its queue server for the state of their resources."""

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from emulator.aws.identifiers import API_VERSION, DEFAULT_REGION
from emulator.queues import QueueError, Queues
from emulator.queues.sqs_json import Server
from emulator.queues.template_queues import connect
from emulator.resources import EventSourceMapping, Function, Queue, Resources
from emulator.resources.function_description import read_description

ANSWER_S = 10.0
_METRIC = r'^facepipe_{name}\{{(?:queue|function)="([^"]+)"\}} ([\d.e+]+)$'


@dataclass(frozen=True, slots=True)
class RunningResources:
    """The running resources, and what has happened to them so far."""

    resources: Resources
    depths: Mapping[str, int] = field(default_factory=dict)  #: messages by queue, including hidden and delayed ones
    largest_bytes: Mapping[str, int] = field(default_factory=dict)  #: the largest received message, by queue
    peaks_mb: Mapping[str, int] = field(default_factory=dict)  #: the most memory that an environment used, by function
    ignored_statuses: Mapping[str, int] = field(default_factory=dict)
    """Messages that were deleted although the function answered with a failure's status, by function."""


async def ask_system(api: str, sqs: str, template: Resources) -> RunningResources | None:
    """Return a template's running resources; None if no emulator answers, or it runs another template."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_S)) as http:
            health = json.loads(await _get(http, f"{api}/health"))
            if set(health.get("functions", ())) != {function.name for function in template.functions}:
                return None
            functions = tuple([await _function(http, api, function) for function in template.functions])
            listed = json.loads(await _get(http, f"{api}/{API_VERSION}/event-source-mappings/"))["EventSourceMappings"]
            metrics = await _get(http, f"{api}/metrics")
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, AttributeError):
        return None
    mappings = tuple(_mapping(description, template) for description in listed)
    declared = {queue.name for queue in template.queues}
    others = sorted({mapping.queue for mapping in mappings} - declared)
    async with connect(Server(sqs, DEFAULT_REGION), {queue.name: queue for queue in template.queues}) as server:
        wanted = list(template.queues) + [Queue("", name, {}) for name in others]
        queues, depths = await ask_queues(server, wanted)
    return RunningResources(
        replace(template, queues=queues, functions=functions, mappings=mappings),
        depths,
        largest_bytes=_metric("largest_message_bytes", metrics),
        peaks_mb=_metric("peak_memory_mb", metrics),
        ignored_statuses=_metric("ignored_status_total", metrics),
    )


async def ask_queues(server: Queues, wanted: Sequence[Queue]) -> tuple[tuple[Queue, ...], dict[str, int]]:
    """Return queues as they are now, and the number of messages by queue, dead-letter queues included."""
    queues = tuple([found for queue in wanted if (found := await _queue(server, queue))])
    return queues, await _depths(server, queues)


def _metric(name: str, metrics: str) -> dict[str, int]:
    """Return a metric's values by their only label, which is a queue or a function."""
    found = re.findall(_METRIC.format(name=name), metrics, re.MULTILINE)
    return {label: int(float(value)) for label, value in found}


async def _get(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        return await answer.text()


async def _function(http: aiohttp.ClientSession, api: str, function: Function) -> Function:
    """Return a function's running configuration; the emulator may have been started with other parameters."""
    description = json.loads(await _get(http, f"{api}/{API_VERSION}/functions/{function.name}"))
    return read_description(description, function.logical_id)


async def _queue(server: Queues, queue: Queue) -> Queue | None:
    """Return a queue's current state. If it cannot be asked: the template's queue, or None if it is not in there."""
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
    """Return the number of messages in each queue and in each dead-letter queue."""
    names = {queue.name for queue in queues}
    names |= {queue.redrive_policy.dead_letter_queue for queue in queues if queue.redrive_policy}
    depths = {}
    for name in sorted(names):
        with contextlib.suppress(QueueError):
            depth = await server.depth(name)
            depths[name] = depth.visible + depth.in_flight + depth.delayed
    return depths


def _mapping(description: Mapping[str, Any], template: Resources) -> EventSourceMapping:
    """Read the API's description of a mapping, with the template's logical id if the mapping is in the template."""
    mapping = EventSourceMapping.read_description(description, str(description["UUID"]))
    known = [declared for declared in template.mappings if declared.queue_and_function == mapping.queue_and_function]
    return replace(mapping, logical_id=known[0].logical_id) if known else mapping
