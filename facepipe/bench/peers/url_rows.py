"""How fast a function's URL answers: one after another, several at once, and all at once without an environment."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from facepipe.bench.peers.measured_peer import Address, FunctionClient, PeerError, RunningPeer

WARM_UP = 10
CALLS, CALLS_S = 200, 2.0  #: of each size at most, and for how long
TOGETHER, TOGETHER_S = 8, 2.0
COLD = 20
KB, LARGE = b"x" * 1_000, b"x" * 500_000


def url_rows(peer: RunningPeer) -> dict[str, float]:
    """Measure calls of a function that is warm."""
    address = peer.addresses["echo"]
    return {
        "url_1kb": _median_ms(address, KB),
        "url_1kb_printing": _median_ms(peer.addresses["echo-printing"], KB),
        "url_500kb": _median_ms(address, LARGE),
        "url_8_in_flight": _rate(address),
    }


def cold_rows(peer: RunningPeer) -> dict[str, float]:
    """Measure until the last of several calls at once has its answer; the function was never called."""
    clients = [FunctionClient(peer.addresses["cold"]) for _ in range(COLD)]
    with ThreadPoolExecutor(COLD) as pool:
        began = time.perf_counter()
        for future in [pool.submit(_answered, client, KB) for client in clients]:
            future.result()
        took = time.perf_counter() - began
    for client in clients:
        client.close()
    return {"cold_20": took}


def _median_ms(address: Address, body: bytes) -> float:
    client, times = FunctionClient(address), list[float]()
    for _ in range(WARM_UP):
        _answered(client, body)
    end = time.perf_counter() + CALLS_S
    while len(times) < CALLS and time.perf_counter() < end:
        times.append(_answered(client, body))
    client.close()
    return statistics.median(times) * 1000


def _rate(address: Address) -> float:
    """Return the calls a second of several clients, each with one call in flight; they warm up first."""

    def load(client: FunctionClient, seconds: float) -> int:
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            _answered(client, KB)
            count += 1
        return count

    clients = [FunctionClient(address) for _ in range(TOGETHER)]
    with ThreadPoolExecutor(TOGETHER) as pool:
        list(pool.map(load, clients, [TOGETHER_S / 2] * TOGETHER))
        began = time.perf_counter()
        done = sum(pool.map(load, clients, [TOGETHER_S] * TOGETHER))
        took = time.perf_counter() - began
    for client in clients:
        client.close()
    return done / took


def _answered(client: FunctionClient, body: bytes) -> float:
    """Return how long a call took. Raises `PeerError` if its answer is wrong."""
    began = time.perf_counter()
    status, answer = client.post(body)
    took = time.perf_counter() - began
    if status != 200:
        raise PeerError(f"a call of {len(body)} bytes was answered with {status} {answer[:200]!r}")
    return took
