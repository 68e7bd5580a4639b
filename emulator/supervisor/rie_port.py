"""The port that takes invocations for RIE, from callers that know the function's token.

RIE itself takes a call from anybody who reaches its port, so it listens on the environment's loopback address and this
relay stands in front of it. The relay changes nothing of an HTTP exchange but the token's header. It also passes on how
a connection ended, because the emulator makes a call anew only if RIE cannot have seen it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any

from emulator.supervisor.http1 import encode
from emulator.supervisor.link_token import LINK_HEADER, is_same_token, unknown_caller
from emulator.supervisor.stream_server import StreamServer

CHUNK_BYTES = 1 << 18
HEAD_BYTES = 1 << 16  #: the most bytes of a request's head; the emulator sends less than 8 KiB
HEAD_S = 10.0  #: the time that a caller has for the head of its request
RESET_AT_ONCE = struct.pack("ii", 1, 0)  #: SO_LINGER: closing the socket resets the connection


class RiePort:
    """Relays connections to a port of the loopback address, if their first request carries the token."""

    def __init__(self, token: str, *, before_request: Callable[[], None], before_answer: Callable[[], None]) -> None:
        self.target = 0  #: RIE's port; 0 while RIE does not run
        self._token = token
        self._before_request = before_request  #: called before each request is passed on
        self._before_answer = before_answer  #: called before the first byte of an answer is passed on
        self.streams = StreamServer(self._serve, HEAD_BYTES)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_S)
            token, rest = split_token(head)
            if not is_same_token(self._token, token):
                writer.write(encode(unknown_caller()))
                await writer.drain()
                return
            self.streams.admit()
            await self._relay(rest, reader, writer)
        except asyncio.TimeoutError:  # noqa: UP041  # before Python 3.11 it is another error than TimeoutError
            pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the caller disconnected, or does not send HTTP
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    async def _relay(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass the request and the answer on, until either side ends."""
        try:
            if not self.target:
                raise ConnectionRefusedError
            rie_reader, rie_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            reset(writer)  # the call has not arrived
            return
        self._before_request()
        rie_writer.write(head)
        request = asyncio.ensure_future(copy(reader, rie_writer))
        answer = asyncio.ensure_future(self._copy_answer(rie_reader, writer))
        try:
            await asyncio.wait({request, answer}, return_when=asyncio.FIRST_COMPLETED)
            if request.done() and request.exception():  # RIE takes no more: its side of the connection says why
                await asyncio.wait({answer})
        finally:
            await cancel(request, answer)
            rie_writer.close()

    async def _copy_answer(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            first = await source.read(CHUNK_BYTES)
        except ConnectionError:  # RIE ended before it had read the request
            reset(target)
            return
        self._before_answer()
        target.write(first)
        await copy(source, target)


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Copy until the source ends."""
    await target.drain()
    while chunk := await source.read(CHUNK_BYTES):
        target.write(chunk)
        await target.drain()


async def cancel(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks, and wait for their end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def split_token(head: bytes) -> tuple[str, bytes]:
    """Return the token in the head of a request ("" if it has none), and the head without the token's header."""
    token = ""
    kept: list[bytes] = []
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == LINK_HEADER.lower().encode():
            token = value.strip().decode("latin-1")
        else:
            kept.append(line)
    return token, b"\r\n".join(kept)


def reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection, as the kernel does with a process that ends before it has read a request."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_ONCE)
    writer.transport.abort()
