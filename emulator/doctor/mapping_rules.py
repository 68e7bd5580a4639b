"""Rules for event source mappings and their queues: what loses, delays or repeats messages on AWS."""

from collections.abc import Iterator

from emulator.aws.arns import is_arn, resource_name
from emulator.aws.limits import BATCHES_OF_A_POLLER, MESSAGE_BYTES, PAYLOAD_BYTES, POLLERS_AT_START
from emulator.doctor.findings import Finding, Level
from emulator.resources import EventSourceMapping, Function, Queue, Resources
from emulator.resources.function import RESERVED_CONCURRENCY
from emulator.resources.queue import MAXIMUM_SIZE, REDRIVE, RETENTION, VISIBILITY_TIMEOUT

ADVISED_TIMEOUTS = 6  #: AWS advises a visibility timeout of so many function timeouts (ES-41)
ADVISED_RECEIVES = 5  #: the smallest maxReceiveCount that AWS advises (ES-45)
RECORD_BYTES = 500  #: roughly the size of a record without its body


def examine_mappings(resources: Resources) -> Iterator[Finding]:
    """Examine each mapping with its queue and function, and each function's concurrency."""
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
        f"the template does not create {mapping.queue}: Lambda refuses the mapping unless the queue exists before",
        "add an AWS::SQS::Queue, or create the queue first; run doctor again while it runs to examine its settings",
    )


def _visibility(mapping: EventSourceMapping, queue: Queue, function: Function) -> Iterator[Finding]:
    advised = ADVISED_TIMEOUTS * function.timeout_s + mapping.batch_window_s
    have, path = queue.visibility_timeout_s, _queue_path(queue, VISIBILITY_TIMEOUT)
    if problem := queue.visibility_problem(function.timeout_s):
        yield Finding(Level.ERROR, "ES-41", path, f"Lambda refuses the mapping: {problem}", f"set it to {advised}")
    elif have < advised:
        yield Finding(
            Level.WARNING,
            "ES-41",
            path,
            f"{have} s is less than 6 × {function.name}'s timeout plus the batch window: while calls are throttled,"
            " messages become visible again and are processed twice, or go to the dead-letter queue unprocessed",
            f"set it to {advised} or more",
        )


def _dead_letters(queue: Queue, queues: dict[str, Queue]) -> Iterator[Finding]:
    policy, path = queue.redrive_policy, _queue_path(queue, REDRIVE)
    if policy is None:
        yield Finding(
            Level.WARNING,
            "ES-45",
            path,
            "there is no dead-letter queue: a message that always fails is retried, at your cost, until its retention"
            " period ends; then it is lost",
            f"give {queue.name} a RedrivePolicy with maxReceiveCount {ADVISED_RECEIVES} or more",
        )
        return
    if policy.max_receive_count < ADVISED_RECEIVES:
        yield Finding(
            Level.WARNING,
            "ES-45",
            f"{path}.maxReceiveCount",
            f"{policy.max_receive_count}: a throttled call counts as a receive (ES-22), so that good messages go to"
            " the dead-letter queue after a few throttled calls",
            f"set it to {ADVISED_RECEIVES} or more",
        )
    target = queues.get(
        policy.dead_letter_queue
    )  # the running queue's policy may name a queue that is not in the template
    if target and not queue.fifo and target.retention_s <= queue.retention_s:
        yield Finding(
            Level.NOTE,
            "ES-45",
            _queue_path(target, RETENTION),
            "a standard queue's dead letters keep their age: if the dead-letter queue's retention period is not longer"
            " than the source queue's, they may be deleted soon after they arrive",
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
            "leave it out, or keep messages smaller",
        )
    fitting = PAYLOAD_BYTES // (largest + RECORD_BYTES)
    if mapping.batch_size > fitting:
        yield Finding(
            Level.NOTE,
            "ES-11",
            _path(mapping.logical_id, "BatchSize"),
            f"{mapping.batch_size} messages of {largest:,} bytes do not fit into one event (6 MB): large messages"
            " arrive in smaller batches",
            f"expect at most {fitting} of the largest messages in a batch",
        )


def _loops(queue: Queue, function: Function) -> Iterator[Finding]:
    for name, value in function.environment.items():
        if _names(value, queue.name):
            yield Finding(
                Level.WARNING,
                "ES-47",
                _path(function.logical_id, f"Environment.Variables.{name}"),
                f"this variable names the queue that invokes {function.name}: if the function sends to it, Lambda"
                " stops the loop after about 16 rounds, and the messages are not processed",
                "name the queue for its output; ignore this if the function does not send to the queue",
            )


def _names(value: str, queue: str) -> bool:
    """Return whether a variable's value is the queue's URL, ARN or name."""
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
    wanted = sum(mapping.maximum_concurrency or _batches_at_start(mapping) for mapping in mappings)
    if reserved >= wanted:
        return
    if all(limits):
        at = _path(mappings[0].logical_id, "ScalingConfig.MaximumConcurrency")
        cure = f"raise {function.name}'s ReservedConcurrentExecutions to {wanted}, or lower MaximumConcurrency"
        on_aws = f"{wanted} batches at once for {reserved} reserved concurrent executions: the others are throttled"
        yield Finding(Level.WARNING, "ES-14", at, on_aws, cure)
    else:
        on_aws = (
            f"the mapping starts with {_batches_at_start(mappings[0])} batches at once and scales up, but"
            f" {reserved} are reserved: throttled messages become visible again until they go to the dead-letter queue"
        )
        cure = f"reserve {wanted} or more, and set MaximumConcurrency (2 or more) no higher than that"
        yield Finding(Level.WARNING, "ES-22", path, on_aws, cure)


def _batches_at_start(mapping: EventSourceMapping) -> int:
    pollers = mapping.provisioned_pollers
    return pollers.minimum * BATCHES_OF_A_POLLER if pollers else POLLERS_AT_START


def _path(logical_id: str, name: str) -> str:
    return f"Resources.{logical_id}.Properties.{name}"


def _queue_path(queue: Queue, name: str) -> str:
    """Return the place of a queue's attribute: in the template, or else on the queue server."""
    return _path(queue.logical_id, name) if queue.logical_id else f"Queue {queue.name}: {name}"
