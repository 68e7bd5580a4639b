"""Announces that the emulator is ready, with all addresses."""

from collections.abc import Callable

from emulator.queues import Queues
from emulator.resources import FunctionUrl
from emulator.settings import Settings
from emulator.stack import Stack

Say = Callable[[str], None]


async def announce(settings: Settings, stack: Stack, queues: Queues, say: Say) -> None:
    """Announce the addresses of URLs, queues and health, the limits of environments, and what is not emulated."""
    for live in stack.urls.values():
        say(f"{live.url.function}: {address_of(settings, live.position)}{_closed(live.url)}")
    say(f"SQS: {settings.queue_port} in region {settings.region}; calls may be signed for any region")
    for name in stack.queues:
        depth = await queues.depth(name)
        count = depth.visible + depth.in_flight
        left = f" ({count} messages left from before)" if count else ""
        say(f"queue: {settings.queue_port}/{settings.account_id}/{name}{left}")
    if settings.native:
        say(f"environments: {settings.environments}, started when calls need them")
    say(f"health: http://127.0.0.1:{settings.ports.api}/health")
    if stack.template.not_emulated:
        say(f"not emulated: {', '.join(stack.template.not_emulated)}")
    for difference in stack.template.differences:
        say(f"not as on AWS: {difference}")
    say("ready")


def address_of(settings: Settings, position: int) -> str:
    """Return a function URL's public address; `position` is its place in the template, counted from 0."""
    own = settings.ports.function_url(position)
    return f"http://127.0.0.1:{own if position else settings.public_url_port or own}/"


def _closed(url: FunctionUrl) -> str:
    if not url.not_granted:
        return ""
    return f" (403 for everyone: no permission grants {' and '.join(url.not_granted)})"
