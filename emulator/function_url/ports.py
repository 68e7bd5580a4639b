"""Opens a port for each function URL of the stack, and closes it when the URL is removed or moves."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from emulator.function_url.server import UrlServer
from emulator.listening import OpenServer, Port, PortError, is_free, serve_handler
from emulator.setting_texts import MOST_PORT
from emulator.stack.live import LiveResources, follow
from emulator.stack.stack import LiveUrl

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenPort:
    """The port of one function URL."""

    position: int
    server: OpenServer
    closing: contextlib.AsyncExitStack

    async def finish(self) -> None:
        """Close the port after the answers to the requests that have arrived."""
        try:
            await self.server.finish()
        finally:
            await self.closing.aclose()


@dataclass(slots=True)
class UrlPorts:
    """The ports of all function URLs."""

    urls: LiveResources[LiveUrl]
    server: Callable[[str], UrlServer]  #: of the URL with this id
    port: Callable[[int], Port]  #: of the URL at this position
    address: Callable[[int], str] = str  #: of the URL at this position, for callers
    _open: dict[str, OpenPort] = field(default_factory=dict)  #: by URL id
    _ending: set[asyncio.Task[None]] = field(default_factory=set)  #: answer the last requests of URLs that are removed
    _failed: set[str] = field(default_factory=set)  #: the URLs whose ports could not be opened
    _caught_up: asyncio.Event = field(default_factory=asyncio.Event)  #: is set after the next change of the ports

    async def open(self) -> None:
        """Open the ports of all URLs; raise `PortError` if a port is taken."""
        for url_id, live in self.urls.items():
            await self._open_port(url_id, live.position)

    async def follow(self) -> None:
        """Open and close ports as URLs are added, moved and removed, until cancelled."""
        await follow(self.urls, self._catch_up)

    def stop_accepting(self) -> None:
        """Accept no new connection; requests that are being answered go on."""
        for open_port in self._open.values():
            open_port.server.listener.close()

    async def close(self) -> None:
        """Close all ports."""
        for task in self._ending:
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)
        while self._open:
            _, open_port = self._open.popitem()
            await open_port.closing.aclose()

    def of(self, position: int) -> str:
        """Return the address of the URL at a position."""
        return self.address(position)

    def first_free(self, positions: Iterable[int]) -> int:
        """Return the first of these positions whose port no other program has. Raises `PortError`."""
        for position in positions:
            if self.port(position).number > MOST_PORT:
                break
            if is_free(self.port(position)):
                return position
        raise PortError(
            "no port for another function URL is free: start the emulator with a lower --url-port; docker compose"
            " publishes only the ports of the template's URLs"
        )

    async def opened(self, url_id: str) -> bool:
        """Return, once it is known, whether a URL's port could be opened."""
        self._failed.discard(url_id)
        while url_id in self.urls and url_id not in self._open and url_id not in self._failed:
            await self._caught_up.wait()
        return url_id in self._open

    async def _catch_up(self) -> None:
        """Close the ports that no URL uses any more, and then open the missing ports."""
        for url_id, open_port in list(self._open.items()):
            live = self.urls.get(url_id)
            if live is None or live.position != open_port.position:
                self._end(url_id)
        for url_id, live in list(self.urls.items()):
            if url_id not in self._open:
                try:
                    await self._open_port(url_id, live.position)
                except PortError as error:
                    self._failed.add(url_id)
                    log.error("the URL of %s is not served: %s", live.url.function, error)  # noqa: TRY400

        self._caught_up.set()
        self._caught_up = asyncio.Event()

    async def _open_port(self, url_id: str, position: int) -> None:
        handler, closing = self.server(url_id), contextlib.AsyncExitStack()
        server = await closing.enter_async_context(serve_handler(handler, self.port(position), handler.gate))
        self._open[url_id] = OpenPort(position, server, closing)

    def _end(self, url_id: str) -> None:
        """Give a port up at once; the requests that have arrived there get their answers."""
        open_port = self._open.pop(url_id)
        open_port.server.listener.close()
        task = asyncio.ensure_future(open_port.finish())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
