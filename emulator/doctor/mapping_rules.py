"""Event source mappings and their queues: what loses, delays or multiplies messages on AWS."""

from collections.abc import Iterator

from emulator.aws.arns import is_arn, resource_name
from emulator.aws.limits import MESSAGE_BYTES, PAYLOAD_BYTES, POLLERS_AT_START
from emulator.doctor.findings import Finding, Level
from emulator.resources import EventSourceMapping, Function, Queue, Resources
from emulator.resources.function import RESERVED_CONCURRENCY
from emulator.resources.queue import MAXIMUM_SIZE, REDRIVE, RETENTION, VISIBILITY_TIMEOUT

ADVISED_TIMEOUTS = 6  #: of the function, that a queue's visibility should last (ES-41)
ADVISED_RECEIVES = 5  #: (ES-45)
RECORD_BYTES = 500  #: that a record has besides its body, about


def examine_mappings(resources: Resources) -> Iterator[Finding]:
    """Look at every mapping with its queue and function, and at each function's concurrency."""
    queues = {queue.name: queue for queue in resources.queues}
    functions = {function.name: function for function in resources.functions}
    for mapping in resources.mappings:
        queue, function = queues.get(mapping.queue), functions[mapping.function]
        if queue is None:
            yield _unknown(mapping)
            continue
        yield from _visibility(mapping, queue, function)
        yield from _dead_letters(queue, queues)
        yield from _sizes(mapping, queue)
        yield from _loops(queue, function)
    for function in resources.functions:
        yield from _concurrency(function, [m for m in resources.mappings if m.function == function.name and m.enabled])


def _unknown(mapping: EventSourceMapping) -> Finding:
    return Finding(
        Level.NOTE,
        "ES-42",
        _path(mapping.logical_id, "EventSourceArn"),
        f"the template does not make {mapping.queue}: Lambda refuses the mapping unless the queue exists before",
        "add an AWS::SQS::Queue, or create the queue first; its visibility and dead letters are examined once it runs",
    )


def _visibility(mapping: EventSourceMapping, queue: Queue, function: Function) -> Iterator[Finding]:
    advised = ADVISED_TIMEOUTS * function.timeout_s + mapping.batch_window_s
    have, path = queue.visibility_timeout_s, _queue_path(queue, VISIBILITY_TIMEOUT)
    if told := queue.visibility_problem(function.timeout_s):
        yield Finding(Level.ERROR, "ES-41", path, f"Lambda refuses the mapping: {told}", f"set it to {advised}")
    elif have < advised:
        yield Finding(
            Level.WARNING,
            "ES-41",
            path,
            f"{have} s is less than 6 × {function.name}'s timeout plus the window: while calls are throttled, messages"
            " come back and are processed twice, or go to the dead letters unprocessed",
            f"set it to {advised} or more",
        )


def _dead_letters(queue: Queue, queues: dict[str, Queue]) -> Iterator[Finding]:
    policy, path = queue.redrive_policy, _queue_path(queue, REDRIVE)
    if policy is None:
        yield Finding(
            Level.WARNING,
            "ES-45",
            path,
            "there is no dead-letter queue: a message that always fails is processed again and again, and paid for,"
            " until its retention ends, and is lost then",
            f"give {queue.name} a RedrivePolicy with maxReceiveCount {ADVISED_RECEIVES} or more",
        )
        return
    if policy.max_receive_count < ADVISED_RECEIVES:
        yield Finding(
            Level.WARNING,
            "ES-45",
            f"{path}.maxReceiveCount",
            f"{policy.max_receive_count}: throttling counts as a receive (ES-22), so that good messages end among the"
            " dead letters when calls are throttled a few times",
            f"set it to {ADVISED_RECEIVES} or more",
        )
    target = queues.get(policy.dead_letter_queue)  # a running system's may be none of the template's
    if target and not queue.fifo and target.retention_s <= queue.retention_s:
        yield Finding(
            Level.NOTE,
            "ES-45",
            _queue_path(target, RETENTION),
            "a standard queue's dead letters keep the age they had: with a retention no longer than the source's they"
            " may be gone soon after they arrive",
            "set it longer than the source queue's, best to 1209600 (14 days)",
        )


def _sizes(mapping: EventSourceMapping, queue: Queue) -> Iterator[Finding]:
    largest = queue.maximum_message_bytes
    if largest < MESSAGE_BYTES.high:
        yield Finding(
            Level.NOTE,
            "A.6",
            _queue_path(queue, MAXIMUM_SIZE),
            f"SendMessage refuses more than {largest:,} bytes, attributes included; SQS takes {MESSAGE_BYTES.high:,}",
            "leave it out, or see that whoever sends stays below",
        )
    fitting = PAYLOAD_BYTES // (largest + RECORD_BYTES)
    if mapping.batch_size > fitting:
        yield Finding(
            Level.NOTE,
            "ES-11",
            _path(mapping.logical_id, "BatchSize"),
            f"{mapping.batch_size} messages of {largest:,} bytes do not fit into one event (6 MB): large messages"
            " arrive in smaller batches",
            f"count on no more than {fitting} of the largest at once",
        )


def _loops(queue: Queue, function: Function) -> Iterator[Finding]:
    for name, value in function.environment.items():
        if _names(value, queue.name):
            yield Finding(
                Level.WARNING,
                "ES-47",
                _path(function.logical_id, f"Environment.Variables.{name}"),
                f"{function.name} is given the queue that feeds it: if it sends there, Lambda stops the loop after"
                " about 16 rounds, and the messages are not processed",
                "name the queue for its output; ignore this if the function only reads the queue's state",
            )


def _names(value: str, queue: str) -> bool:
    """Tell whether a variable's value is a queue's URL, ARN or name."""
    if "://" in value:
        return value.rstrip("/").rpartition("/")[2] == queue
    return resource_name(value) == queue if is_arn(value) else value == queue


def _concurrency(function: Function, mappings: list[EventSourceMapping]) -> Iterator[Finding]:
    reserved, path = function.reserved_concurrency, _path(function.logical_id, RESERVED_CONCURRENCY)
    if reserved == 0:
        yield Finding(Level.ERROR, "FU-25", path, "0: every call is throttled", "remove it, or raise it")
        return
    if reserved is None or not mappings:
        return
    limits = [mapping.maximum_concurrency for mapping in mappings]
    wanted = sum(limit or POLLERS_AT_START for limit in limits)
    if reserved >= wanted:
        return
    if all(limits):
        at = _path(mappings[0].logical_id, "ScalingConfig.MaximumConcurrency")
        cure = f"raise {function.name}'s ReservedConcurrentExecutions to {wanted}, or lower MaximumConcurrency"
        told = f"{wanted} batches at once for {reserved} reserved environments"
        yield Finding(Level.WARNING, "ES-14", at, f"{told}: the others are throttled, again and again", cure)
    else:
        told = (
            f"the mapping starts with {POLLERS_AT_START} batches at once and scales up; {reserved} reserved starve it"
        )
        cure = f"reserve {wanted} or more, and set MaximumConcurrency (2 or more) no higher"
        yield Finding(
            Level.WARNING, "ES-22", path, f"{told}: throttled messages come back until they are dead letters", cure
        )


def _path(logical_id: str, name: str) -> str:
    return f"Resources.{logical_id}.Properties.{name}"


def _queue_path(queue: Queue, name: str) -> str:
    """Return where an attribute of a queue is: in the template, or on the queue server alone."""
    return _path(queue.logical_id, name) if queue.logical_id else f"Queue {queue.name}: {name}"
