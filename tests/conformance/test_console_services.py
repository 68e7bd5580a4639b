"""Services behind port 9001: who can reach them, and that they cannot harm the emulator."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from emulator.console_addresses import read_addresses
from emulator.console_services import ANSWER_BYTES, BODY_BYTES
from emulator.free_ports import free_ports
from emulator.kept_places import ConsolePlace
from emulator.setting import SettingsError, TextError
from emulator.settings import Settings, from_environment
from facepipe.paths import Paths
from tests.emulators import emulator_of
from tests.unit.emulator.stacks import resources


class Service:
    """A service that keeps what it was asked, behind an emulator."""

    def __init__(self, api: str, http: aiohttp.ClientSession) -> None:
        self.api, self.http = api, http
        self.functions = ""
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs, dict(request.headers), await request.content.read()))
        if request.path == "/hang":
            assert request.transport
            request.transport.abort()
        if request.path == "/large":
            return web.Response(body=b"x" * (ANSWER_BYTES + 1))
        return web.Response(
            text="<script>alert(1)</script>", content_type="text/html", headers={"Set-Cookie": "a=b", "Location": "/"}
        )

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, str, dict[str, str]]:
        async with self.http.request(method, f"{self.api}{path}", **options) as answer:
            return answer.status, await answer.text(), dict(answer.headers)

    async def token(self) -> str:
        _, page, _ = await self.ask("GET", "/")
        assert 'name="facepipe-services" content="faces"' in page
        return page.split('name="facepipe-token" content="')[1].split('"')[0]


@contextlib.asynccontextmanager
async def on_a_socket(handler: Any, path: Path) -> AsyncIterator[None]:
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    await web.UnixSite(runner, str(path)).start()
    try:
        yield
    finally:
        await runner.cleanup()


def with_service(folder: Path, scenario: Callable[[Service], Awaitable[None]]) -> None:
    async def main() -> None:
        ports, place = free_ports(), ConsolePlace(Paths().console_pages)
        services = read_addresses([f"faces=unix:{folder}/s"])
        settings = replace(Settings(Path("none")), ports=ports, console=place, console_services=services)
        async with asyncio.timeout(240), aiohttp.ClientSession() as http:
            service = Service(f"http://127.0.0.1:{ports.api}", http)
            service.functions = f"http://127.0.0.1:{ports.functions}"
            async with on_a_socket(service.serve, folder / "s"), emulator_of(resources(), {}, settings):
                await scenario(service)

    asyncio.run(main())


def test_a_request_reaches_the_service_with_its_query_and_body_and_nothing_of_the_browsers(tmp_path: Path) -> None:
    async def scenario(service: Service) -> None:
        headers = {
            "Origin": service.api,
            "Facepipe-Page-Token": await service.token(),
            "Cookie": "a=b",
            "Authorization": "secret",
            "Content-Type": "application/x-faces",
        }
        status, _, _ = await service.ask(
            "POST", "/services/faces/people/1?name=Zo%C3%AB%26x&n=1", data=b"\0photo", headers=headers
        )
        ((method, path, seen, body),) = service.asked
        assert (status, method, path, body) == (200, "POST", "/people/1?name=Zo%C3%AB%26x&n=1", b"\0photo")
        assert seen["Content-Type"] == "application/x-faces"
        assert not {"Cookie", "Authorization", "Origin", "Facepipe-Page-Token"} & set(seen)

    with_service(tmp_path, scenario)


def test_an_answer_of_a_service_is_never_a_page(tmp_path: Path) -> None:
    async def scenario(service: Service) -> None:
        _, _, headers = await service.ask("GET", "/services/faces/people")
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert not {"Set-Cookie", "Location", "Access-Control-Allow-Origin"} & set(headers)

    with_service(tmp_path, scenario)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "rebound.example"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_page_of_another_site_reaches_no_service(tmp_path: Path, method: str, headers: dict[str, str]) -> None:
    async def scenario(service: Service) -> None:
        status, _, _ = await service.ask(method, "/services/faces/people", headers=headers)
        assert (status, service.asked) == (403, [])

    with_service(tmp_path, scenario)


@pytest.mark.parametrize("token", ["", "wrong", "ü"])
def test_a_page_of_another_port_changes_nothing_through_a_service(tmp_path: Path, token: str) -> None:
    async def scenario(service: Service) -> None:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            headers = {"Origin": "http://localhost:3000", "Facepipe-Page-Token": token}
            status, text, _ = await service.ask(method, "/services/faces/people", headers=headers)
            assert (status, "only the console's page" in text) == (403, True)
        assert service.asked == []
        _, _, headers = await service.ask("GET", "/services/faces/people", headers={"Origin": "http://localhost:3000"})
        assert "Access-Control-Allow-Origin" not in headers, "such a page cannot read what there is"

    with_service(tmp_path, scenario)


@pytest.mark.parametrize(
    "path", ["other/people", "faces/../../health", "faces/%2e%2e/x", "faces/a%00b", "faces/", "faces", "faces//x"]
)
def test_only_a_named_service_and_plain_paths_are_reached(tmp_path: Path, path: str) -> None:
    async def scenario(service: Service) -> None:
        status, _, _ = await service.ask("GET", f"/services/{path}")
        assert (status < 500, service.asked) == (True, [])

    with_service(tmp_path, scenario)


def test_many_large_bodies_at_once_are_answered_or_refused_and_the_emulator_serves_on(tmp_path: Path) -> None:
    async def scenario(service: Service) -> None:
        async def send(size: int) -> int:
            async def body() -> AsyncIterator[bytes]:
                for _ in range(size >> 20):
                    yield b"x" * (1 << 20)

            status, _, _ = await service.ask("POST", "/services/faces/photos", data=body())
            return status

        large, fitting = (BODY_BYTES >> 20) + 1 << 20, 8 << 20
        sendings = [send(size) for size in [large, fitting] * 6]
        statuses = await asyncio.gather(*sendings)
        assert statuses == [413, 200] * 6
        assert {len(body) for *_, body in service.asked} == {fitting}
        status, _, _ = await service.ask("GET", "/health")
        assert status in (200, 503)

    with_service(tmp_path, scenario)


def test_a_service_that_breaks_off_or_answers_without_end_is_told(tmp_path: Path) -> None:
    async def scenario(service: Service) -> None:
        status, text, _ = await service.ask("GET", "/services/faces/hang")
        assert (status, "the service faces does not answer" in text) == (502, True)
        status, text, _ = await service.ask("GET", "/services/faces/large")
        assert (status, "is larger than" in text) == (502, True)

    with_service(tmp_path, scenario)


def test_a_service_that_is_not_there_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        ports, place = free_ports(), ConsolePlace(Paths().console_pages)
        services = {"faces": f"unix:{tmp_path}/nothing", "other": "http://127.0.0.1:9"}
        settings = replace(Settings(Path("none")), ports=ports, console=place, console_services=services)
        async with asyncio.timeout(240), emulator_of(resources(), {}, settings), aiohttp.ClientSession() as http:
            for name in services:
                async with http.get(f"http://127.0.0.1:{ports.api}/services/{name}/people") as answer:
                    assert (answer.status, name in (await answer.json())["error"]) == (502, True)

    asyncio.run(main())


def test_functions_reach_no_service(tmp_path: Path) -> None:
    async def scenario(service: Service) -> None:
        async with service.http.get(f"{service.functions}/services/faces/people") as answer:
            assert (answer.status, service.asked) == (403, [])

    with_service(tmp_path, scenario)


@pytest.mark.parametrize(
    "text", ["faces", "faces=", "=unix:/x", "faces=unix:relative", "faces=file:///x", "Faces=unix:/x", "a b=unix:/x"]
)
def test_an_address_that_is_not_understood_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(TextError, match="name=unix:/path"):
        read_addresses([text])


def test_services_come_from_the_variable_too() -> None:
    settings = from_environment({"FACEPIPE_CONSOLE_SERVICES": "faces=unix:/run/x other=http://host:1/"})
    assert settings.console_services == {"faces": "unix:/run/x", "other": "http://host:1"}
    with pytest.raises(SettingsError, match="FACEPIPE_CONSOLE_SERVICES"):
        from_environment({"FACEPIPE_CONSOLE_SERVICES": "faces"})
