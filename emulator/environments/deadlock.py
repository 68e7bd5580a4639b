"""Calls that wait for themselves: a function that calls itself (or A → B → A) when all its environments are taken."""

from collections.abc import Mapping

from emulator.aws.trace_header import segment_id
from emulator.environments.pool import Pool
from emulator.invocation import Invocation


def waits_for_itself(call: Invocation, pools: Mapping[str, Pool]) -> bool:
    """Tell whether a call that waits in its pool's line could never be served.

    An invocation is stuck when a call that it waits for is stuck. A call is stuck while it waits in a pool that is
    full and whose invocations are all stuck. Which invocation waits for a call is known where the function's client
    passes on the trace header that the invocation was given (`Invocation.caller`).
    """
    if not call.caller or not pools[call.function].full:
        return False
    serving = [one for pool in pools.values() for one in pool.serving()]
    waiting = [one for pool in pools.values() for one in pool.line.calls()]
    callers = {segment_id(one.request_id): one.caller for one in serving}
    full, before = {name for name, pool in pools.items() if pool.full}, set[str]()
    while full != before:
        before = full
        stuck = _stuck({one.caller for one in waiting if one.function in full}, callers)
        full = {name for name in full if all(segment_id(one.request_id) in stuck for one in pools[name].serving())}
    return call.function in full


def _stuck(directly: set[str], callers: Mapping[str, str]) -> set[str]:
    """Return the segments of these invocations, and of all that wait for them."""
    stuck, news = set(directly), list(directly)
    while news:
        caller = callers.get(news.pop(), "")
        if caller and caller not in stuck:
            stuck.add(caller)
            news.append(caller)
    return stuck
