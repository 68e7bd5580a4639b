"""What the emulator says when it is ready: where everything is."""

from collections.abc import Callable

from emulator.queues import Queues
from emulator.resources import FunctionUrl, Resources
from emulator.settings import Settings

Say = Callable[[str], None]


async def announce(settings: Settings, resources: Resources, queues: Queues, say: Say) -> None:
    """Say the addresses of URLs, queues and health, how many environments there may be, and what is not emulated."""
    for position, url in enumerate(resources.urls):
        say(f"{url.function}: {address_of(settings, position)}{_closed(url)}")
    for queue in resources.queues:
        depth = await queues.depth(queue.name)
        count = depth.visible + depth.in_flight
        left = f" ({count} messages left from before)" if count else ""
        say(f"queue: {settings.queue_port}/{settings.account_id}/{queue.name}{left}")
    if settings.native:
        say(f"environments: {settings.native.limits}, started when calls need them")
    say(f"health: http://127.0.0.1:{settings.ports.api}/health")
    if resources.not_emulated:
        say(f"not emulated: {', '.join(resources.not_emulated)}")
    say("ready")


def address_of(settings: Settings, position: int) -> str:
    """Return where a function URL is reached from outside; `position` is its place in the template, from 0."""
    own = settings.ports.function_url(position)
    return f"http://127.0.0.1:{own if position else settings.public_url_port or own}/"


def _closed(url: FunctionUrl) -> str:
    if not url.not_granted:
        return ""
    return f" (403 for everyone: nobody is granted {' and '.join(url.not_granted)})"
