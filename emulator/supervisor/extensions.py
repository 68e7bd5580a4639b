"""The Extensions API (2020-01-01): the extensions of one start of an environment, and what they wait for (RT-20).

External extensions are programs of their own (extension_processes.py), known by their file's name. All others are
internal: threads of the runtime, which get no SHUTDOWN. The names of errors and their messages are Lambda's.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.supervisor.http1 import Request, Response
from emulator.supervisor.runtime_answers import accepted, refusal

API = "/2020-01-01/extension"
#: the Telemetry API and its predecessor; RIE answers them in the same way
TELEMETRY = {"/2022-07-01/telemetry": "Telemetry", "/2020-08-15/logs": "Logs"}
IDENTIFIER, NAME = "Lambda-Extension-Identifier", "Lambda-Extension-Name"
ERROR_TYPE = "Lambda-Extension-Function-Error-Type"
INVOKE, SHUTDOWN = "INVOKE", "SHUTDOWN"
MOST = 10  #: extensions of a function


class Extension:
    """One extension that has registered."""

    def __init__(self, name: str, events: Sequence[str], *, external: bool) -> None:
        self.name = name
        self.events = events
        self.external = external
        self.identifier = str(uuid.uuid4())
        self.next: asyncio.Future[Mapping[str, Any]] | None = None  #: it waits for an event
        self.left = False  #: it has reported an error, and gets no further event

    @property
    def waits(self) -> bool:
        """Whether it has asked for its next event and has not yet received it."""
        return self.next is not None and not self.next.done()

    def tell(self, event: Mapping[str, Any]) -> None:
        """Answer its request for the next event."""
        if self.next and not self.next.done():
            self.next.set_result(event)


class Extensions:
    """The extensions of one start of an environment. `rests` is called when one asks for its next event."""

    def __init__(self, files: Sequence[str], environment: Mapping[str, str], rests: Callable[[], None]) -> None:
        self._files = set(files)  #: the names of external extensions
        self._function = _function(environment)
        self._rests = rests
        self._open = True  #: further extensions may register
        self._shutdown: Mapping[str, Any] | None = None
        self._news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.failed: asyncio.Future[tuple[str, str]] = (
            asyncio.get_running_loop().create_future()
        )  #: type, what happened
        self.registered: list[Extension] = []
        self.errors: dict[str, str] = {}  #: by name: the types of errors that they have reported

    # ---- what the environment waits for
    async def all_registered(self) -> None:
        """Wait until every external extension has registered; a failure ends the wait."""
        await self._until(lambda: self._files <= {extension.name for extension in self.registered})

    async def all_ready(self) -> None:
        """Close the registration, and wait until every extension has asked for its first event."""
        self._open = False
        await self.all_done()

    async def all_done(self) -> None:
        """Wait until every extension has asked for its next event; a failure ends the wait."""
        await self._until(lambda: self.rest)

    @property
    def rest(self) -> bool:
        """Whether every extension waits for an event."""
        return all(extension.waits for extension in self.registered)

    # ---- what extensions are told
    def invoke(self, event: Mapping[str, Any]) -> None:
        """Send INVOKE to the extensions that have registered for it."""
        for extension in self.registered:
            if INVOKE in extension.events:
                extension.tell({"eventType": INVOKE, **event})

    def shut_down(self, reason: str, deadline_ms: int) -> set[str]:
        """Send SHUTDOWN to external extensions; return the names of those that have registered for it."""
        self._shutdown = {"eventType": SHUTDOWN, "shutdownReason": reason, "deadlineMs": deadline_ms}
        wanted = [extension for extension in self.registered if SHUTDOWN in extension.events and not extension.left]
        for extension in wanted:
            extension.tell(self._shutdown)
        return {extension.name for extension in wanted}

    def fail(self, error_type: str, what: str, name: str) -> None:
        """Note that an extension has failed, which fails the init phase or the call; only the first failure counts."""
        self.errors.setdefault(name, error_type)
        if not self.failed.done():
            self.failed.set_result((error_type, what))
        self._notify()

    # ---- requests of extensions
    async def serve(self, request: Request) -> Response | None:
        """Answer a request; None if it is not one of these APIs."""
        if service := TELEMETRY.get(request.path.rstrip("/")):
            return _json(
                202, {"errorType": f"{service}.NotSupported", "errorMessage": f"{service} API is not supported"}
            )
        if not request.path.startswith(API):
            return None
        what = (request.method, request.path[len(API) :])
        if what == ("POST", "/register"):
            return self._register(request)
        if what not in (("GET", "/event/next"), ("POST", "/init/error"), ("POST", "/exit/error")):
            return refusal(
                404, "ResourceNotFound", f"{request.method} {request.path} is not part of the Extensions API"
            )
        extension = self._known(request.headers.get(IDENTIFIER.lower(), ""))
        if isinstance(extension, Response):
            return extension
        if what[0] == "GET":
            return await self._next(extension)
        return self._take_error(
            extension, request, "Extension.InitError" if "init" in what[1] else "Extension.ExitError"
        )

    def _register(self, request: Request) -> Response:
        name = request.headers.get(NAME.lower(), "")
        if not name:
            return refusal(403, "Extension.InvalidExtensionName", "Empty extension name")
        try:
            content = json.loads(request.body)
            events = [str(event) for event in content.get("events", [])]
        except (ValueError, AttributeError, TypeError) as error:
            return refusal(403, "InvalidRequestFormat", str(error))
        external = name in self._files
        refused = self._refused(name, events, external=external)
        if refused is not None:
            return refused
        extension = Extension(name, events, external=external)
        self.registered.append(extension)
        self._notify()
        return _json(200, self._function, {IDENTIFIER: extension.identifier})

    def _refused(self, name: str, events: Sequence[str], *, external: bool) -> Response | None:
        for event in events:
            if event not in (INVOKE, SHUTDOWN):
                return refusal(403, "Extension.InvalidEventType", f"{event}: ErrorInvalidEventType")
            if event == SHUTDOWN and not external:
                words = f"{event}: ShutdownEventNotSupportedForInternalExtension"
                return refusal(403, "Extension.InvalidEventType", words)
        if not self._open:
            return refusal(403, "Extension.RegistrationClosed", "Extension registration closed already")
        if any(extension.name == name for extension in self.registered):
            return refusal(403, "Extension.InvalidExtensionState", "Extension with this name already registered")
        if len(self.registered) >= MOST:
            return refusal(403, "Extension.TooManyExtensions", f"Extension limit ({MOST}) reached")
        return None

    def _known(self, identifier: str) -> Extension | Response:
        if not identifier:
            return refusal(403, "Extension.MissingExtensionIdentifier", f"Missing {IDENTIFIER} header")
        for extension in self.registered:
            if extension.identifier == identifier and not extension.left:
                return extension
        return refusal(403, "Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")

    async def _next(self, extension: Extension) -> Response:
        extension.next = asyncio.get_running_loop().create_future()
        if self._shutdown and SHUTDOWN in extension.events:
            extension.tell(self._shutdown)
        self._notify()
        self._rests()
        event = await extension.next
        return _json(
            200, event, {IDENTIFIER: extension.identifier, "Lambda-Extension-Event-Identifier": str(uuid.uuid4())}
        )

    def _take_error(self, extension: Extension, request: Request, error_type: str) -> Response:
        given = request.headers.get(ERROR_TYPE.lower(), "")
        if not given:
            return refusal(403, "Extension.MissingHeader", f"{ERROR_TYPE} not found")
        extension.left = True
        self.fail(error_type, f"extension {extension.name}: {given}", extension.name)
        return accepted()

    def _notify(self) -> None:
        self._news.set_result(None)
        self._news = asyncio.get_running_loop().create_future()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition() and not self.failed.done():
            await asyncio.shield(self._news)


def _function(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the description of the function that an extension gets when it registers."""
    return {
        "functionName": environment.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        "functionVersion": environment.get("AWS_LAMBDA_FUNCTION_VERSION", ""),
        "handler": environment.get("_HANDLER", ""),
    }


def _json(status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, json.dumps(content).encode(), {"Content-Type": "application/json", **(headers or {})})
