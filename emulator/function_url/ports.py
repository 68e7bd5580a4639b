"""Opens a port for each function URL of the stack, and closes it when the URL is removed or moves."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from emulator.edge.listener import Listener
from emulator.function_url.server import UrlServer
from emulator.listening import Port, PortError, serve_handler
from emulator.live import LiveResources, follow
from emulator.stack import LiveUrl

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenPort:
    """The port of one function URL."""

    position: int
    listener: Listener
    closing: contextlib.AsyncExitStack


@dataclass(slots=True)
class UrlPorts:
    """The ports of all function URLs."""

    urls: LiveResources[LiveUrl]
    server: Callable[[str], UrlServer]  #: of the URL with this id
    port: Callable[[int], Port]  #: of the URL at this position
    _open: dict[str, OpenPort] = field(default_factory=dict)  #: by URL id

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
            open_port.listener.close()

    async def close(self) -> None:
        """Close all ports."""
        for url_id in list(self._open):
            await self._close_port(url_id)

    async def _catch_up(self) -> None:
        """Close the ports that no URL uses any more, and then open the missing ports."""
        for url_id, open_port in list(self._open.items()):
            live = self.urls.get(url_id)
            if live is None or live.position != open_port.position:
                await self._close_port(url_id)
        for url_id, live in list(self.urls.items()):
            if url_id not in self._open:
                try:
                    await self._open_port(url_id, live.position)
                except PortError as error:
                    log.error("the URL of %s is not served: %s", live.url.function, error)  # noqa: TRY400

    async def _open_port(self, url_id: str, position: int) -> None:
        server, closing = self.server(url_id), contextlib.AsyncExitStack()
        listener = await closing.enter_async_context(serve_handler(server, self.port(position), server.gate))
        self._open[url_id] = OpenPort(position, listener, closing)

    async def _close_port(self, url_id: str) -> None:
        await self._open.pop(url_id).closing.aclose()
