"""Finds deadlocks: a function that calls itself (or A → B → A) while all its environments are busy."""

from collections.abc import Mapping

from emulator.aws.trace_header import segment_id
from emulator.environments.pool import Pool
from emulator.invocation import Invocation


def waits_for_itself(call: Invocation, pools: Mapping[str, Pool]) -> bool:
    """Return whether a waiting call can never get an environment.

    An invocation is stuck if it waits for a call that is stuck. A call is stuck if it waits in a full pool whose
    invocations are all stuck. The emulator knows which invocation waits for a call (`Invocation.caller`) if the
    function's client passes on the trace header of its invocation.
    """
    if not call.caller or not pools[call.key].full:
        return False
    serving = [invocation for pool in pools.values() for invocation in pool.serving()]
    waiting = [invocation for pool in pools.values() for invocation in pool.line.calls()]
    callers = {segment_id(invocation.request_id): invocation.caller for invocation in serving}
    full, before = {name for name, pool in pools.items() if pool.full}, set[str]()
    while full != before:
        before = full
        stuck = _stuck({invocation.caller for invocation in waiting if invocation.key in full}, callers)
        full = {
            name
            for name in full
            if all(segment_id(invocation.request_id) in stuck for invocation in pools[name].serving())
        }
    return call.key in full


def _stuck(directly: set[str], callers: Mapping[str, str]) -> set[str]:
    """Return the segment ids of these invocations, and of all invocations that wait for them."""
    stuck, unvisited = set(directly), list(directly)
    while unvisited:
        caller = callers.get(unvisited.pop(), "")
        if caller and caller not in stuck:
            stuck.add(caller)
            unvisited.append(caller)
    return stuck
