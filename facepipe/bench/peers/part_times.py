"""The processor time of a peer, by part: client, emulator, queues, functions, and what runs them."""

from collections.abc import Mapping

from facepipe.bench.peers.measured_peer import RunningPeer
from facepipe.bench.process_costs import cpu_s
from facepipe.bench.processor_times import CLIENT, EMULATOR, ENGINES, Times, per_request_ms, read_processor_times

QUEUES, FUNCTIONS = "queues", "functions"


def read_part_times(peer: RunningPeer) -> Times:
    """Return the seconds so far."""
    queues = {QUEUES: cpu_s(peer.queue_pid)} if peer.queue_pid else {}
    return {**read_processor_times(peer.emulator_pid), **queues}


def part_times_ms(before: Times, after: Times, requests: int) -> dict[str, float]:
    """Return the milliseconds of a request; all functions are one part."""
    return merged(per_request_ms(before, after, requests))


def merged(times: Mapping[str, float]) -> dict[str, float]:
    """Add up what is of functions, by whatever names."""
    known = (CLIENT, EMULATOR, QUEUES, ENGINES)
    functions = sum(ms for part, ms in times.items() if part not in known)
    return {**{part: times[part] for part in known if part in times}, FUNCTIONS: round(functions, 2)}
