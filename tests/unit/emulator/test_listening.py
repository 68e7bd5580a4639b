"""Ports for programs that the emulator starts."""

import asyncio
import socket

import pytest

from emulator.supervisor.processes import reserved_port


def say_here(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"here")
    writer.close()


def test_another_program_can_listen_on_a_reserved_port() -> None:
    async def scenario() -> bytes:
        with reserved_port() as port:
            server = await asyncio.start_server(say_here, "127.0.0.1", port)
            async with server:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                answer = await reader.read()
                writer.close()
                return answer

    assert asyncio.run(scenario()) == b"here"


def test_nobody_answers_on_it_before_and_nothing_else_gets_it() -> None:
    with reserved_port() as port, socket.socket() as other:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
