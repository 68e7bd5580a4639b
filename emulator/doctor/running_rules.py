"""Rules for what a running emulator has seen: dead letters, sizes of messages, memory, statuses that Lambda ignores."""

from collections.abc import Iterator

from emulator.doctor.findings import Finding, Level
from emulator.doctor.leftovers import examine_leftovers
from emulator.doctor.mapping_rules import examine_mappings
from emulator.doctor.system import RunningResources

WARNING_SHARE = 0.9  #: the share of a limit above which there is a warning


def examine_running(running: RunningResources) -> Iterator[Finding]:
    """Examine the running resources by the template's rules, and what has happened to them so far."""
    yield from examine_mappings(running.resources)
    yield from examine_leftovers(running)
    yield from _queues(running)
    yield from _memory(running)
    for name, count in running.ignored_statuses.items():
        on_aws = f"{name} answered batches with a statusCode of 400 or more: Lambda ignores it for messages of a queue,"
        on_aws += f" and deleted {count} of them as processed"
        cure = "raise an exception, or report batchItemFailures with FunctionResponseTypes"
        yield Finding(Level.ERROR, "ES-20", f"Function {name}", on_aws, cure)


def _queues(running: RunningResources) -> Iterator[Finding]:
    for queue in running.resources.queues:
        policy = queue.redrive_policy
        if policy and (dead := running.depths.get(policy.dead_letter_queue, 0)):
            on_aws = f"{dead} messages of {queue.name} failed {policy.max_receive_count} times"
            name = policy.dead_letter_queue
            cure = f"`facepipe queues {name} --dead` shows why, `facepipe queues {name} --replay all` sends them back"
            yield Finding(Level.WARNING, "ES-45", f"Queue {policy.dead_letter_queue}", on_aws, cure)
        largest = running.largest_bytes.get(queue.name, 0)
        most = queue.maximum_message_bytes
        if largest > most * WARNING_SHARE:
            on_aws = f"a message of {largest:,} bytes was received; SendMessage refuses more than {most:,}"
            yield Finding(Level.WARNING, "A.6", f"Queue {queue.name}", on_aws, "send less, or a reference to it in S3")


def _memory(running: RunningResources) -> Iterator[Finding]:
    """Compare the most memory that an environment has used with its function's: without Docker nothing limits it."""
    for function in running.resources.functions:
        peak, most = running.peaks_mb.get(function.name, 0), function.memory_mb
        if peak <= most * WARNING_SHARE:
            continue
        path = f"Resources.{function.logical_id}.Properties.MemorySize"
        used = f"an environment of {function.name} has used {peak} MB of its {most} MB so far"
        if peak > most:
            on_aws = f"{used}: Lambda kills it, and the call fails with Runtime.OutOfMemory"
            yield Finding(Level.ERROR, "RT-04", path, on_aws, f"set it to {_advised(peak)} or more")
        else:
            yield Finding(
                Level.WARNING, "RT-04", path, f"{used}: a larger input ends it", f"set it to {_advised(peak)}"
            )


def _advised(peak_mb: int) -> int:
    """Return the peak with a quarter to spare, in whole steps of 64 MB."""
    return -(-peak_mb * 5 // 4 // 64) * 64
