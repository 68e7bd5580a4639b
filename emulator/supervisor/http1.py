"""The part of HTTP/1.1 that the Runtime API needs, on asyncio's streams: small requests, bodies of limited size."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from emulator.supervisor.peer import is_this_user
from emulator.supervisor.stream_server import StreamServer

HEAD_BYTES = 2 << 20  #: of request line and headers; awslambdaric sends up to 1 MiB of X-Ray cause in a header


@dataclass(frozen=True)
class Request:
    """One request; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes  #: empty when it is above the server's limit
    too_large: bool = False


@dataclass(frozen=True)
class Response:
    """The answer to one request."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    unread: Callable[[], None] = lambda: None  #: called when the other side has ended before it read this


class HttpError(ValueError):
    """The bytes received are not HTTP."""


class RefusedError(Exception):
    """A request is refused by its headers; its body is not read."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def nobody(_: Mapping[str, str]) -> Response | None:
    """Refuse no request."""
    return None


class HttpServer:
    """Answers requests; the requests of one connection in turn. `refuse` may refuse a request by its headers."""

    def __init__(
        self,
        answer: Callable[[Request], Awaitable[Response]],
        body_bytes: int,
        *,
        refuse: Callable[[Mapping[str, str]], Response | None] = nobody,
        for_this_user: bool = False,
    ) -> None:
        self._answer = answer
        self._body_bytes = body_bytes
        self._refuse = refuse
        self._for_this_user = for_this_user  #: connections of other users of the machine are cut
        self.streams = StreamServer(self._serve, HEAD_BYTES)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        response = Response(200)
        if self._for_this_user and not _is_from_this_user(writer):
            writer.close()
            return
        try:
            while request := await read_request(reader, writer, self._body_bytes, self._admitted):
                response = await self._answer(request)
                if reader.at_eof():
                    response.unread()
                writer.write(encode(response))
                await writer.drain()
                if request.headers.get("connection", "").lower() == "close":
                    return
        except RefusedError as refused:
            writer.write(encode(refused.answer))
        except HttpError as error:
            writer.write(encode(Response(400, str(error).encode(), {"Connection": "close"})))
        except ConnectionError:  # the kernel resets the connection of a process that ends with something left to read
            response.unread()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the other side went away, or does not speak HTTP
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    def _admitted(self, headers: Mapping[str, str]) -> Response | None:
        """Return the refusal of a request; a connection whose request is not refused may stay."""
        refusal = self._refuse(headers)
        if refusal is None:
            self.streams.admit()
        return refusal


def _is_from_this_user(writer: asyncio.StreamWriter) -> bool:
    return is_this_user(writer.get_extra_info("peername"), writer.get_extra_info("sockname"))


def encode(response: Response) -> bytes:
    """Return a response's bytes."""
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    lines += [f"Content-Length: {len(response.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + response.body


async def read_request(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    body_bytes: int,
    refuse: Callable[[Mapping[str, str]], Response | None],
) -> Request | None:
    """Read one request; return None at the end of the connection. A body above the limit is read and dropped.

    Raises `RefusedError` before anything of a body is read.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise HttpError(f"no HTTP/1.1 request: {first[:100]!r}")
    pairs = [line.partition(":") for line in lines if line]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    refusal = refuse(headers)
    if refusal is not None:
        raise RefusedError(refusal)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = await _read_chunks(reader, body_bytes)
    else:
        body = await _read_body(reader, _number(headers.get("content-length", "0"), 10), body_bytes)
    return Request(words[0], words[1], headers, body or b"", too_large=body is None)


async def _read_body(reader: asyncio.StreamReader, size: int, limit: int) -> bytes | None:
    """Read `size` bytes; if they are more than `limit`, drop them and return None."""
    if size <= limit:
        return await reader.readexactly(size)
    while size > 0:
        piece = await reader.read(min(size, 1 << 20))
        if not piece:
            raise asyncio.IncompleteReadError(b"", size)
        size -= len(piece)
    return None


async def _read_chunks(reader: asyncio.StreamReader, limit: int) -> bytes | None:
    body: bytes | None = b""
    while size := _number((await reader.readuntil(b"\r\n")).partition(b";")[0].decode("latin-1"), 16):
        chunk = await _read_body(reader, size, limit - len(body) if body is not None else 0)
        body = None if body is None or chunk is None else body + chunk
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return body


def _number(text: str, base: int) -> int:
    digits = text.strip()
    if not digits.isalnum() or not digits.isascii():
        raise HttpError(f"no length: {text[:20]!r}")
    try:
        return int(digits, base)
    except ValueError:
        raise HttpError(f"no length: {text[:20]!r}") from None
