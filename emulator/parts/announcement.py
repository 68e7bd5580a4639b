"""Announces that the emulator is ready, with all addresses together in one block at the end of the start."""

from collections.abc import Callable, Iterator

from emulator.queues import Queues
from emulator.resources import FunctionUrl
from emulator.settings import Settings
from emulator.stack.stack import Stack

Say = Callable[[str], None]
INDENT = "    "


async def announce(settings: Settings, stack: Stack, queues: Queues, say: Say) -> None:
    """Announce what is not emulated, and the addresses of URLs, the API and queues.

    The queues are asked first: the lines then follow each other without a pause, so that no line of the log can come
    between them.
    """
    left = {}
    for name in stack.queues:
        depth = await queues.depth(name)
        left[name] = depth.visible + depth.in_flight
    if stack.template.not_emulated:
        say(f"not emulated: {', '.join(stack.template.not_emulated)}")
    for difference in stack.template.differences:
        say(f"not as on AWS: {difference}")
    if settings.starts_environments:
        say(f"environments: {settings.environments}, started when calls need them")
    say("")
    addresses = [*_addresses(settings, stack, left)]
    width = max(len(name) for name, _ in addresses)
    for name, address in addresses:
        say(f"{INDENT}{name:{width}}  {address}")
    say("")
    say("ready")


def _addresses(settings: Settings, stack: Stack, left: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Yield what is at each address: first what a client of the application needs."""
    for live in stack.urls.values():
        yield live.url.function, f"{address_of(settings, live.position)}{_closed(live.url)}"
    for name, count in left.items():
        messages = f" ({count} messages left from before)" if count else ""
        yield name, f"{settings.queue_port}/{settings.account_id}/{name}{messages}"
    yield "SQS", f"{settings.queue_port} in region {settings.region}; calls may be signed for any region"
    api = f"http://127.0.0.1:{settings.ports.api}"
    if settings.console.pages:
        yield "console", f"{api}/"
    yield "Lambda API", api
    yield "health", f"{api}/health"


def address_of(settings: Settings, position: int) -> str:
    """Return a function URL's public address; `position` is its place in the template, counted from 0."""
    own = settings.ports.function_url(position)
    return f"http://127.0.0.1:{own if position else settings.public_url_port or own}/"


def _closed(url: FunctionUrl) -> str:
    if not url.not_granted:
        return ""
    return f" (403 for everyone: no permission grants {' and '.join(url.not_granted)})"
